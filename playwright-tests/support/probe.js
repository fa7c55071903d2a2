// What the walk asks of a page, from inside it. A plain script that the walk's server puts before everything else of a page.

(() => {
  const problems = [];
  const note = (text) => problems.push(text);
  addEventListener(
    'error',
    (event) => {
      if (event.detail) note(`figure: ${event.detail.message}`);
      else if (event.message) note(`uncaught: ${event.message}`);
      else note(`not loaded: ${event.target.src ?? event.target.href}`);
    },
    true,
  );
  addEventListener('unhandledrejection', ({ reason }) => note(`unhandled: ${reason?.message ?? reason}`));
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => note(`policy: ${violatedDirective} ${blockedURI}`));
  const { error } = console;
  console.error = (...words) => {
    note(`console: ${words.join(' ')}`);
    error.apply(console, words);
  };

  const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  async function until(what, check, ms = 30_000) {
    const end = performance.now() + ms;
    for (;;) {
      const found = await check();
      if (found) return found;
      if (performance.now() > end) throw new Error(`${what}: not within ${ms / 1000} s`);
      await sleep(50);
    }
  }

  const host = (index) => document.querySelectorAll('playable-paper')[index];
  const part = (index, selector) => host(index).shadowRoot?.querySelector(selector);

  /** Brings a figure into view and waits until it can be played. */
  async function ready(index) {
    host(index).scrollIntoView({ block: 'center' });
    await until('the figure is ready', () => {
      const fatal = part(index, '.cover.fatal:not([hidden])');
      if (fatal) throw new Error(fatal.textContent);
      const reset = part(index, 'button.reset');
      const canvas = part(index, 'canvas:not([hidden])');
      return reset && !reset.disabled && canvas && part(index, '.cover')?.hidden !== false;
    });
  }

  function readouts(index) {
    const all = [...host(index).shadowRoot.querySelectorAll('[data-readout]')];
    return JSON.stringify(all.map((one) => [one.dataset.readout, one.querySelector('dd').textContent]));
  }

  /** A hash of the picture and how many colours it has. */
  function picture(index) {
    const canvas = part(index, 'canvas:not([hidden])');
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [canvas.width, canvas.height];
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    const pixels = new Uint32Array(context.getImageData(0, 0, copy.width, copy.height).data.buffer);
    let hash = 0;
    for (const pixel of pixels) hash = (Math.imul(hash, 31) + pixel) | 0;
    return { hash, colours: new Set(pixels).size };
  }

  /** The workers of the page's figures, and what each is still asked. @type {Map<Worker, Set<() => void>>} */
  const workers = new Map();
  window.Worker = class extends Worker {
    constructor(...words) {
      super(...words);
      workers.set(this, new Set());
    }

    terminate() {
      for (const give of workers.get(this)) give();
      workers.delete(this);
      super.terminate();
    }
  };

  let questions = 0;

  /** Waits until a worker answers, or is ended. */
  function answer(worker) {
    questions += 1;
    const id = `probe ${questions}`;
    return new Promise((resolve) => {
      workers.get(worker).add(resolve);
      worker.addEventListener('message', ({ data }) => data.id === id && resolve());
      worker.postMessage({ type: 'ask', id, what: 'exports' });
    });
  }

  /** Waits until all that figures were told is done and shown. */
  async function settled() {
    // The first answer comes before the steps that were asked for together with it; the second one after what they led to was told.
    for (let round = 0; round < 2; round += 1) await Promise.all([...workers.keys()].map(answer));
    // The page shows what it is told in the next frame.
    for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  }

  /** So many steps of a paused figure, from its defaults or from where it is; what the readouts say then. */
  async function advance(index, steps, isFromStart) {
    if (isFromStart) host(index).reset();
    for (let step = 0; step < steps; step += 1) host(index).step();
    await settled();
    return readouts(index);
  }

  window.probe = { problems, until, part, host, ready, picture, advance };
})();
