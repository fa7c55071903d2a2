// For a page that holds figures in iframes: makes each iframe as high as its figure.
//
//   <iframe src="https://papers.example/embed/hnn/arena.html" width="100%" height="760" title="…"></iframe>
//   <script type="module" src="https://papers.example/pkg/host.js"></script>
//
// It hears `{ type: 'playable-paper:size', height }` and obeys only where the message comes from the window of an iframe of this
// page and from the origin that this iframe's `src` names. Nothing else on the page is touched.

/** No figure is lower or higher; a page that claims so is not believed. */
const HEIGHTS = [100, 4_000];

/** The iframe that sent a message. @param {MessageEvent} event */
const sender = ({ source, origin }) =>
  [...document.querySelectorAll('iframe')].find((frame) => frame.contentWindow === source && new URL(frame.src, document.baseURI).origin === origin);

addEventListener('message', (event) => {
  const { type, height } = event.data ?? {};
  if (type !== 'playable-paper:size' || !Number.isFinite(height)) return;
  const frame = sender(event);
  if (frame) frame.height = String(Math.round(Math.min(Math.max(height, HEIGHTS[0]), HEIGHTS[1])));
});
