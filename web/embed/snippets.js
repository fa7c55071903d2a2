// The code that puts a figure on another page, as text to copy.

const MEANINGS = { '&': '&amp;', '"': '&quot;', '<': '&lt;', '>': '&gt;' };

/** Text for an attribute's value. @param {string} text */
const escaped = (text) => text.replace(/[&"<>]/g, (sign) => MEANINGS[sign]);

/** `name="value"` for each that has a value. @param {Record<string, string | undefined>} attributes */
const list = (attributes) =>
  Object.entries(attributes)
    .filter(([, value]) => value)
    .map(([name, value]) => ` ${name}="${escaped(value ?? '')}"`)
    .join('');

/**
 * The three ways to embed a figure in its present state.
 * @param {import('./share.js').Facts} facts
 * @param {{
 *   published: { embed?: string, integrity?: string }, address(path: string): URL, site: string,
 * }} place where the figure's files lie
 * @returns {{ name: string, code: string, note: string }[]}
 */
export function ways({ paper, figure, title, state, height }, { published, address, site }) {
  const element = `<playable-paper${list({ paper, figure, state })}></playable-paper>`;
  const { integrity } = published;
  const src = address(integrity && published.embed ? published.embed : 'embed.js').href;
  const script = `<script type="module"${list({ src, integrity, crossorigin: integrity && 'anonymous' })}></script>`;
  const page = new URL(`embed/${paper}/${figure}.html`, site);
  if (state) page.searchParams.set('state', state);
  const frame = list({ src: page.href, title, width: '100%', height: String(height), loading: 'lazy', allow: 'clipboard-write', style: 'border: 0' });
  return [
    {
      name: 'Script',
      code: `${script}\n${element}`,
      note: integrity
        ? 'One script serves any number of figures. The integrity hash keeps the page on this very version.'
        : 'One script serves any number of figures on a page.',
    },
    {
      name: 'Iframe',
      code: `<iframe${frame}></iframe>\n<script type="module"${list({ src: address('host.js').href })}></script>`,
      note: 'For pages that take no scripts into their own text. The second line is optional: it fits the height.',
    },
    {
      name: 'npm',
      code: `npm install playable-papers\n\n// in your script\nimport 'playable-papers';\n\n// in your page\n${element}`,
      note: 'For a bundler: models and WebAssembly come with the package, nothing is fetched from here.',
    },
  ];
}
