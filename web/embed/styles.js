// How a figure looks. A constructed sheet, because a strict policy refuses inline styles. The colours are those of
// crates/demo/src/palette.rs; a page may set them with the --pp-* properties.

const light = {
  ink: '#1d1f24', muted: '#5c616b', paper: '#ffffff', grid: '#dddfe4', truth: '#3a3d45', model: '#006cb0',
  baseline: '#c84e00', accent: '#007d5a', highlight: '#a83d86',
};
const dark = {
  ink: '#ecedf0', muted: '#a5abb6', paper: '#16181d', grid: '#353942', truth: '#d5d8de', model: '#56b4e9',
  baseline: '#f08a3c', accent: '#2bc497', highlight: '#e08cc0',
};

const roles = (colors) => Object.entries(colors).map(([role, color]) => `--${role}: var(--pp-${role}, ${color});`).join(' ');

const CSS = `
:host { display: block; container-type: inline-size; min-width: 0; }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
.figure {
  ${roles(light)}
  --edge: color-mix(in srgb, var(--muted) 55%, var(--paper));
  --wash: color-mix(in srgb, var(--ink) 4%, var(--paper));
  --press: color-mix(in srgb, var(--ink) 9%, var(--paper));
  color-scheme: light;
  margin: 0; overflow: hidden; border: 1px solid var(--grid); border-radius: 12px;
  background: var(--paper); color: var(--ink);
  font: 400 14px/1.4 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; text-align: start;
  -webkit-text-size-adjust: 100%;
}
.figure.dark { ${roles(dark)} color-scheme: dark; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
[hidden] { display: none !important; }
:focus { outline: none; }
:focus-visible { outline: 2px solid var(--highlight); outline-offset: 2px; }

.head { display: flex; align-items: center; gap: 8px; height: 44px; padding: 0 6px 0 16px; }
.title { margin: 0; flex: 1; min-width: 0; overflow: hidden; font-weight: 600; font-size: 15px; text-overflow: ellipsis; white-space: nowrap; }
.engine-mark { flex: none; padding: 1px 8px; border: 1px solid var(--grid); border-radius: 99px; color: var(--muted); font-size: 12px; }
.engine-mark.fast { border-color: var(--accent); color: var(--accent); }

.stage { position: relative; overflow: hidden; width: 100%; aspect-ratio: var(--wide, 1.6); background: var(--paper); touch-action: pan-y; }
.stage > canvas, .poster, .poster > img, ::slotted(img) { position: absolute; inset: 0; display: block; width: 100%; height: 100%; }
.poster > img, ::slotted(img) { object-fit: contain; }
.stage.paints { cursor: crosshair; }
.stage.paints > canvas { touch-action: none; }
.handles { position: absolute; inset: 0; pointer-events: none; }
.handle { position: absolute; top: 0; left: 0; border-radius: 50%; cursor: grab; pointer-events: auto; touch-action: none; }
.handle::after { content: ""; position: absolute; inset: 0; border: 2px solid transparent; border-radius: 50%; }
.handle:hover::after { border-color: color-mix(in srgb, var(--highlight) 60%, transparent); }
.handle.grabbed { cursor: grabbing; }
.handle.grabbed::after, .handle.armed::after { border-color: var(--highlight); background: color-mix(in srgb, var(--highlight) 18%, transparent); }
.handle:focus-visible { outline-offset: 1px; }
.aiming { pointer-events: none; }
.brush-mark { position: absolute; top: 0; left: 0; width: 24px; height: 24px; border: 2px solid var(--highlight); border-radius: 50%; pointer-events: auto; cursor: crosshair; }
.brush-mark::after { content: ""; position: absolute; inset: 7px; border-radius: 50%; background: var(--highlight); opacity: 0.4; }
.brush-mark[aria-pressed="true"]::after { inset: 3px; opacity: 1; }
.stage:has(.aiming) { cursor: crosshair; }

.cover { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 16px; text-align: center; }
.cover p { max-width: 34em; margin: 0; }
.cover.veil { background: color-mix(in srgb, var(--paper) 88%, transparent); }
.loading { color: var(--muted); }
.loading p { padding: 2px 12px; border-radius: 99px; background: var(--paper); }
.spinner { width: 28px; height: 28px; border: 3px solid var(--grid); border-top-color: var(--model); border-radius: 50%; animation: turn 0.9s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
.drop { border: 2px dashed var(--accent); font-weight: 600; }
.guide { position: absolute; inset: 0; overflow: auto; padding: 16px 20px; background: var(--paper); }
.guide p { max-width: 40em; margin: 0 0 0.8em; }
.guide p:first-of-type { padding-inline-end: 40px; }
.guide .close { position: absolute; top: 8px; right: 8px; }
.alert { position: absolute; inset: auto 12px 12px; display: flex; align-items: start; gap: 8px; padding: 8px 8px 8px 14px; border: 1px solid var(--baseline); border-radius: 10px; background: var(--paper); box-shadow: 0 4px 16px rgb(0 0 0 / 18%); }
.alert p { flex: 1; margin: 4px 0; overflow-wrap: anywhere; }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 16px; min-height: 55px; padding: 10px 12px; border-top: 1px solid var(--grid); }
.group { display: flex; flex-wrap: wrap; align-items: center; gap: 6px; }
.group:last-child { margin-inline-start: auto; }
button, select, input { font: inherit; color: inherit; }
button, select, input[type="number"], input[type="text"] { height: 34px; border: 1px solid var(--edge); border-radius: 8px; background: var(--paper); }
button { display: inline-flex; align-items: center; justify-content: center; gap: 6px; min-width: 34px; padding: 0 8px; cursor: pointer; }
button:hover:not(:disabled) { background: var(--wash); }
button:active:not(:disabled) { background: var(--press); }
button:disabled, select:disabled, input:disabled { opacity: 0.55; cursor: default; }
button.main { padding: 0 14px 0 10px; border-color: var(--model); background: var(--model); color: var(--paper); font-weight: 600; }
button.main:hover:not(:disabled) { background: color-mix(in srgb, var(--model) 86%, var(--ink)); }
button.quiet { border-color: transparent; }
button[aria-expanded="true"], button[aria-pressed="true"] { background: var(--press); }
svg { width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.play svg { width: 16px; height: 16px; fill: currentColor; stroke-width: 1.2; }
.play span { min-width: 2.6em; text-align: start; }
select { padding: 0 4px 0 8px; max-width: 100%; }
input[type="number"], input[type="text"] { min-width: 0; padding: 0 6px; font-variant-numeric: tabular-nums; }
.seed { display: flex; align-items: center; gap: 6px; color: var(--muted); font-size: 13px; }
.seed input { width: 5.5em; color: var(--ink); }

.controls, .readouts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 132px), 1fr)); gap: 10px 16px; margin: 0; padding: 12px 16px; border-top: 1px solid var(--grid); }
.control { display: flex; flex-direction: column; justify-content: end; gap: 2px; height: 56px; min-width: 0; }
.control > label, .control > .label { overflow: hidden; color: var(--muted); font-size: 13px; line-height: 1.25; text-overflow: ellipsis; white-space: nowrap; }
.control .row { display: flex; align-items: center; gap: 8px; height: 34px; min-width: 0; }
.control .unit { color: var(--muted); font-size: 13px; }
.control input[type="range"] { flex: 1 1 40px; width: 0; min-width: 40px; height: 34px; margin: 0; accent-color: var(--model); cursor: pointer; touch-action: pan-y; }
.control input[type="number"] { flex: none; width: 4.9em; height: 30px; }
.control select, .control > button { width: 100%; }
.control > button { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.control > .toggle { display: flex; align-items: center; gap: 8px; height: 34px; color: var(--ink); font-size: 14px; cursor: pointer; white-space: normal; }
.toggle input { flex: none; width: 18px; height: 18px; margin: 0; accent-color: var(--model); }
.readouts { gap: 8px 16px; background: var(--wash); }
.readout { display: flex; flex-direction: column; justify-content: end; gap: 2px; min-height: 56px; min-width: 0; }
.readout dt { flex: none; display: -webkit-box; overflow: hidden; color: var(--muted); font-size: 12px; line-height: 1.25; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
.readout dd { flex: none; margin: 0; font-size: 15px; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.blank { border-radius: 8px; background: var(--wash); }
.readouts .blank { background: var(--press); opacity: 0.5; }
.status { min-height: 30px; margin: 0; padding: 4px 16px 8px; background: var(--wash); color: var(--muted); font-size: 12.5px; overflow-wrap: anywhere; }
.status input { width: 100%; margin-top: 4px; }
.figure.bare :is(.controls, .group:last-child, .seed, .dice) { display: none; }

@container (min-width: 560px) {
  .controls, .readouts { grid-template-columns: repeat(auto-fill, minmax(176px, 1fr)); }
}
@container (max-width: 559.98px) {
  .stage { aspect-ratio: var(--narrow, 0.8); }
  .bar { gap: 8px; min-height: 97px; }
  .figure.bare .bar { min-height: 0; }
  .group:last-child { margin-inline-start: 0; }
  .status { min-height: 48px; }
  .title { display: -webkit-box; font-size: 14px; line-height: 1.2; white-space: normal; -webkit-box-orient: vertical; -webkit-line-clamp: 2; }
  .seed span { display: none; }
  .seed input { width: 4.6em; }
}
@media (pointer: coarse) {
  .bar { min-height: 61px; }
  button, select, input[type="number"], input[type="text"] { height: 40px; min-width: 40px; font-size: 16px; }
  .control { height: 62px; }
  .control .row { height: 40px; }
  .control input[type="number"] { width: 4.2em; height: 36px; padding: 0 4px; }
}
@container (max-width: 400px) {
  .play span { display: none; }
  button.main.play { padding: 0 12px; }
  .seed input { width: 4em; }
}
@container (max-width: 559.98px) {
  @media (pointer: coarse) { .bar { min-height: 109px; } }
}
@media (prefers-reduced-motion: no-preference) {
  button, .handle::after { transition: background-color 120ms, border-color 120ms; }
  .cover.veil, .alert, .guide { animation: appear 160ms ease-out; }
}
@media (prefers-reduced-motion: reduce) { .spinner { animation-duration: 4s; } }
@keyframes appear { from { opacity: 0; } }
@media (forced-colors: active) { .handle::after { border-color: Highlight; } }
`;

/** @type {CSSStyleSheet | undefined} */
let sheet;

/** A sheet of these rules. @param {string} css */
export function sheetOf(css) {
  const made = new CSSStyleSheet();
  made.replaceSync(css);
  return made;
}

/** The one sheet of all figures. */
export const styles = () => (sheet ??= sheetOf(CSS));
