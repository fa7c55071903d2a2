// Every page in browsers that Playwright does not drive: `node walk.mjs [firefox] [webkit] [page ...]`, after `cargo xtask build --all`.
//
// A page loads without an error, its figures play on the CPU, a control moves a readout, a permalink restores.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { serve } from './support/host.mjs';
import { figures, pageOf, pages, papers, site } from './support/site.mjs';
import { ARROW_LEFT, ARROW_RIGHT, Browser, engines, missing } from './support/webdriver.mjs';

const PROBE = '/probe.js';
/** Much shows at once; the rest only once the figure has moved for a while. */
const STEPS = [2, 60];
/** So often is a step tried, and so often where the browser itself crashed. */
const ATTEMPTS = 2;
const CRASHES = 3;
/** What is said where the browser itself has gone. */
const LOST = /invalid session id|the browser has gone|fetch failed/;

function check(condition, words) {
  if (!condition) throw new Error(words);
}

const say = (line) => process.stdout.write(`${line}\n`);

/** The built site, with the probe at the head of each page. */
function host() {
  const probe = readFileSync(fileURLToPath(new URL('support/probe.js', import.meta.url)), 'utf8');
  const watched = (body) => body.toString().replace(/<head[^>]*>/, (head) => `${head}<script src="${PROBE}"></script>`);
  return serve({ '/': site }, { files: { [PROBE]: probe }, change: (path, body) => (/(\/|\.html)$/.test(path) ? Buffer.from(watched(body)) : body) });
}

/** One browser on its way through the site. */
class Walk {
  passed = 0;
  /** Of these, not at the first try. */
  again = 0;
  failed = 0;
  /** Figures of the page before. */
  figures;

  constructor(engine, origin) {
    Object.assign(this, { engine, origin });
  }

  /** A new browser. */
  async begin() {
    await this.browser?.close();
    this.browser = await Browser.start(this.engine);
  }

  /** A busy machine fails a step now and then, and a browser may crash. */
  async try(what, work) {
    const start = performance.now();
    const attempt = () => work().then(() => null, (error) => error);
    const told = [];
    let failure = await attempt();
    while (failure) {
      told.push(failure.message);
      const isLost = LOST.test(failure.message);
      if (isLost) await this.anew();
      if (told.length >= (isLost ? CRASHES : ATTEMPTS)) break;
      failure = await attempt();
    }
    const seconds = ((performance.now() - start) / 1_000).toFixed(1);
    if (failure) this.failed += 1;
    else this.passed += 1;
    if (told.length > 0 && !failure) this.again += 1;
    const verdict = failure ? 'FAILED' : told.length > 0 ? `ok, at try ${told.length + 1}` : 'ok';
    say(`  ${verdict} [${this.engine}] ${what} (${seconds} s)${told.length > 0 ? `: ${told.join('; then ')}` : ''}`);
  }

  /** The same page in a new browser. */
  async anew() {
    await this.begin();
    await this.browser.open(`${this.origin}/${this.path}`);
  }

  async page(path) {
    const here = figures.filter(({ paper }) => path === `${paper}/`);
    this.path = path;
    // A page with figures has a browser of its own, so that one that crashes takes no other page along.
    if (here.length > 0 || this.figures !== 0) await this.begin();
    this.figures = here.length;
    await this.try(`/${path} loads without an error`, async () => {
      await this.browser.open(`${this.origin}/${this.path}`);
      const problems = await this.browser.run(async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        return window.probe.problems;
      });
      check(problems.length === 0, problems.join('; '));
      check((await this.browser.run(() => document.querySelector('h1').textContent)).length > 0, 'no heading');
    });
    for (const entry of here) await this.figure(path, entry);
  }

  async figure(path, { paper, figure, index }) {
    const name = `${paper}/${figure}`;
    await this.try(`${name} plays on the CPU`, () => this.plays(index));
    await this.try(`${name}: a control moves a readout`, () => this.moves(index));
    await this.try(`${name}: its permalink restores it`, () => this.restores(index));
    await this.try(`${name}: nothing went wrong behind its back`, async () => {
      const problems = await this.browser.run(() => window.probe.problems);
      check(problems.length === 0, problems.join('; '));
    });
  }

  async plays(index) {
    const engine = await this.browser.run(async (at) => {
      const { ready, picture, until, part } = window.probe;
      await ready(at);
      await until('there is a picture', () => picture(at).colours > 8);
      const { hash } = picture(at);
      await until('the picture moves', () => picture(at).hash !== hash);
      return part(at, '[aria-label="Engine"]').value;
    }, index);
    check(engine === 'cpu', `it plays on ${engine}`);
  }

  /** The visitor's own play button, pressed where it says so. */
  async toggle(index, wanted) {
    const button = await this.browser.run((at, word) => {
      const play = window.probe.part(at, 'button.play');
      return play.textContent.trim() === word ? play : null;
    }, index, wanted);
    if (button) await this.browser.click(button);
    await this.browser.run((at, word) => window.probe.until(`the button changes from ${word}`, () => window.probe.part(at, 'button.play').textContent.trim() !== word), index, wanted);
  }

  async moves(index) {
    await this.toggle(index, 'Pause');
    const controls = await this.browser.run((at) => [...window.probe.host(at).shadowRoot.querySelectorAll('.controls :is(input[type=range], input[type=checkbox], select)')], index);
    check(controls.length > 0, 'it has no controls');
    for (const steps of STEPS) {
      const plain = await this.readoutsAfter(index, steps, () => {});
      for (const control of controls) if ((await this.readoutsAfter(index, steps, () => this.turn(control))) !== plain) return;
    }
    throw new Error('no control moves a readout');
  }

  /** From the defaults some steps, something done, and as many steps more. */
  async readoutsAfter(index, steps, act) {
    await this.browser.run((at, count) => window.probe.advance(at, count, true), index, steps);
    await act();
    return this.browser.run((at, count) => window.probe.advance(at, count, false), index, steps);
  }

  /** Sets a control to another value, by keys where it has keys. */
  async turn(control) {
    const { type, isLast } = await this.browser.run((one) => ({ type: one.type, isLast: one.value === one.max }), control);
    if (type === 'range') return this.browser.press(control, (isLast ? ARROW_LEFT : ARROW_RIGHT).repeat(3));
    if (type === 'checkbox') return this.browser.click(control);
    return this.browser.run((select) => {
      select.selectedIndex = select.selectedIndex === 0 ? 1 : 0;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }, control);
  }

  async restores(index) {
    const state = await this.browser.run(async (at) => {
      const { host: figure, until } = window.probe;
      figure(at).setState('seed=17');
      await until('the state is taken over', () => figure(at).getState().includes('seed=17'));
      // The address holds the states of all figures.
      const own = `${figure(at).getAttribute('figure')}?`;
      await until('the address holds the state', () => location.hash.slice(1).split(';').some((part) => part.startsWith(own) && part.includes('seed=17')));
      return figure(at).getState();
    }, index);
    const address = await this.browser.url();
    await this.browser.open(address);
    const found = await this.browser.run(async (at, wanted) => {
      const { ready, host: figure, until } = window.probe;
      await ready(at);
      await until('the state is shown', () => figure(at).getState() === wanted, 5_000).catch(() => {});
      return figure(at).getState();
    }, index, state);
    check(found === state, `“${found}” instead of “${state}”`);
  }
}

async function walk(engine, origin, paths) {
  const lacking = missing(engine);
  if (lacking.length > 0) {
    say(`${engine}: not tried, as this machine has no ${lacking.join(' and no ')}`);
    return 0;
  }
  const way = new Walk(engine, origin);
  try {
    for (const path of paths) await way.page(path);
  } finally {
    await way.browser?.close();
  }
  say(`${engine}: ${way.passed} passed${way.again > 0 ? ` (${way.again} of them not at the first try)` : ''}, ${way.failed} failed`);
  return way.failed;
}

const words = process.argv.slice(2);
const unknown = words.filter((word) => !engines.includes(word) && !pages.includes(word));
if (unknown.length > 0) {
  say(`there is no browser or page ${unknown.join(', ')}: node walk.mjs [${engines.join('] [')}] [${papers.map(pageOf).join('] [')}] ...`);
  process.exit(2);
}
const some = (all) => (all.some((one) => words.includes(one)) ? all.filter((one) => words.includes(one)) : all);
const server = await host();
// Side by side: either waits for its browser most of the time.
const failed = await Promise.all(some(engines).map((engine) => walk(engine, server.origin, some(pages))));
await server.close();
process.exit(failed.some((count) => count > 0) ? 1 : 0);
