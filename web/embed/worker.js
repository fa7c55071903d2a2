// The thread of one figure: takes the page's messages, advances and paints the figure, and tells the page what to show around it.
//
// One loop does everything in turn, so that no call ever meets another: messages, tick, paint, report, and then the next frame or message.

import { prepare } from './gpu.js';
import { Runner } from './runner.js';
import { clauseOf, foreign, lastWordsOf, load, models, Trouble, wordsOf } from './load.js';

/** A longer pause does not count as time for the figure. */
const MAX_TICK_SECS = 0.1;
/** The page shows numbers at most so often. */
const REPORT_MS = 50;
const MAX_REST_MS = 100;
/** On a GPU the figure is saved so often, for the case that the GPU is lost. */
const SNAPSHOT_MS = 1_000;
/** A tick that takes longer is seen as a stutter. */
const SLOW_MS = 30;
const ALIVE_MS = 2_000;

const say = (message, transfer = []) => postMessage(message, transfer);

/** Messages that wait for their turn. @type {any[]} */
const inbox = [];
let wake = () => {};

/** What the page said about itself. */
const page = { visible: true, playing: 1, theme: 'light', ratio: 1, colors: new Int16Array(0), size: { width: 0, height: 0 } };

/** @type {Runner} */
let cpu;
/** The runner on WebGPU while it plays. @type {Runner | null} */
let gpu = null;
let paper = '';
let listed = null;
let seed = 0;
let weights = {};
/** The visitor's model: an object that crates/web/src/foreign.rs can drive. @type {any} */
let guest = null;
let context = null;
/** The last view that the page was told, in JSON. */
let view = '';
/** Whether it is paused and has worked out what it was asked for last. */
let stands = false;

const runner = () => gpu ?? cpu;

addEventListener('message', ({ data }) => {
  if (data.type === 'ping') return say({ type: 'alive' });
  if (data.type === 'start') {
    start(data).catch((error) => say({ type: 'fatal', message: lastWordsOf(error) }));
    return;
  }
  // Of the points of one drag only the last counts.
  const last = inbox.at(-1)?.event;
  const again = data.event?.type === 'drag' && last?.type === 'drag' && last.id === data.event.id;
  if (again) inbox.pop();
  inbox.push(data);
  if (data.type !== 'event' || !isPlaying()) wake();
});

async function start(message) {
  const beat = setInterval(() => say({ type: 'alive' }), ALIVE_MS);
  ({ paper, seed } = message);
  page.visible = message.visible;
  page.playing = message.playing;
  look(message);
  cpu = new Runner(await load(message.program));
  const figures = JSON.parse(cpu.module.figures(paper));
  listed = figures.find(({ id }) => !message.figure || id === message.figure) ?? { id: message.figure, models: [] };
  if (listed.models.length > 0) say({ type: 'loading', text: 'Loading the models…' });
  weights = await models(paper, listed.models);
  cpu.create(paper, listed.id, seed, weights, 'cpu');
  context = message.canvas.getContext('2d', { alpha: false });
  resize(message.size);
  begin(message);
  paint();
  clearInterval(beat);
  const files = performance.getEntriesByType('resource').map(({ name }) => name);
  say({ type: 'ready', spec: JSON.parse(cpu.figure.spec()), listed, files });
  report(performance.now(), true);
  if (message.model) attach(message.model);
  await loop();
}

/** Where the figure goes on: a snapshot, or else a link's state; then what the visitor did meanwhile. */
function begin({ snapshot, state, paused, events }) {
  let restored = false;
  if (snapshot) restored = attempt(() => cpu.figure.restore(snapshot));
  if (!restored) {
    if (state) attempt(() => cpu.event({ type: 'state', state }));
    cpu.event({ type: 'pause', paused });
  }
  for (const event of events) attempt(() => cpu.event(event));
}

/** Does something that may be refused; the refusal is for the visitor to read. */
function attempt(work) {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError || runner().failure) throw error;
    say({ type: 'error', message: wordsOf(error) });
    return false;
  }
}

const isPlaying = () => page.visible && !stands;

async function loop() {
  let before = performance.now();
  for (;;) {
    const framed = await turn();
    const now = performance.now();
    try {
      const { steps, touched } = await answer();
      if (gpu?.failure) throw gpu.failure;
      const seconds = Math.min((now - before) / 1000, MAX_TICK_SECS);
      for (let ticks = Math.max(Number(framed), steps); ticks > 0; ticks -= 1) await tick(seconds);
      if (framed || touched) paint();
      if (gpu && now - snapshotAt > SNAPSHOT_MS) await takeSnapshot();
      const moves = runner().figure.moves();
      report(now, touched || moves === stands);
      stands = !moves;
      if (framed) await rest(performance.now() - now);
    } catch (error) {
      if (!(await recover(error))) return;
    }
    before = now;
  }
}

/** Where more figures play than there are processors beside the page's own, each works a part of its time. @param {number} busy */
function rest(busy) {
  const others = Math.max(1, (navigator.hardwareConcurrency || 2) - 1);
  const idle = Math.min(busy * (page.playing / others - 1), MAX_REST_MS);
  return idle > 1 ? new Promise((resolve) => setTimeout(resolve, idle)) : undefined;
}

/** @param {number} seconds */
async function tick(seconds) {
  const before = performance.now();
  const isOnCpu = !gpu;
  await runner().tick(seconds);
  // The best of late: what else this thread does (compiling shaders) is not the tick's fault.
  if (isOnCpu) cpuTickMs = Math.min(1.02 * cpuTickMs, performance.now() - before);
}

/** Waits for the next frame, if there is to be one, or for a message. Gives whether it is a frame. */
function turn() {
  return new Promise((resolve) => {
    wake = () => resolve(false);
    if (isPlaying()) nextFrame(() => resolve(true));
    else if (inbox.length > 0) wake();
  });
}

/** Some browsers have no frames in workers, and refuse them to a worker that no page shows. */
function nextFrame(callback) {
  try {
    requestAnimationFrame(callback);
  } catch {
    setTimeout(callback, 16);
  }
}

/** Takes all messages. Gives whether there were any, and for how many steps the visitor asked. */
async function answer() {
  let steps = 0;
  const touched = inbox.length > 0;
  while (inbox.length > 0) {
    const message = inbox.shift();
    if (message.type === 'event') {
      steps += Number(message.event.type === 'step');
      take(message.event);
    } else await ANSWERS[message.type]?.(message);
  }
  return { steps, touched };
}

function take(event) {
  if (gpu) sinceSnapshot.push(event);
  attempt(() => runner().event(event));
}

const ANSWERS = {
  visible: ({ visible, playing }) => Object.assign(page, { visible, playing }),
  look: (message) => {
    look(message);
    resize(page.size);
  },
  size: ({ size, ratio }) => {
    page.ratio = ratio;
    resize(size);
  },
  model: ({ model }) => {
    attach(model);
  },
  aim: ({ engine, isAsked }) => aim(engine, isAsked),
  ask: ({ id, what, name }) => {
    const reply = answerTo(id, () => ASKED[what](name));
    // What waits for the network, and then for its turn, must not hold up the turns.
    return what === 'onnx' ? undefined : reply;
  },
  job: ({ job }) => job(),
};

/** What the page may ask for. */
const ASKED = {
  save: () => runner().save().catch(() => (gpu ? snapshot : null)),
  still: () => createImageBitmap(context.canvas),
  picture: () => context.canvas.convertToBlob({ type: 'image/png' }),
  svg: () => runner().figure.svg(page.theme, page.colors),
  exports: () => JSON.parse(runner().figure.exports()),
  csv: (name) => runner().figure.csv(name),
  data: () => runner().figure.data(),
  onnx: async (name) => {
    const { template } = await between(() => JSON.parse(runner().figure.exports()).models.find((one) => one.name === name));
    const files = await models(paper, [template]);
    return between(() => runner().onnx(name, files[template]));
  },
};

/** @param {number} id @param {() => any} work */
async function answerTo(id, work) {
  try {
    say({ type: 'answer', id, value: await work() });
  } catch (error) {
    say({ type: 'answer', id, error: wordsOf(error) });
  }
}

function look({ theme, ratio, colors }) {
  Object.assign(page, { theme, ratio, colors: Int16Array.from(colors.flatMap(channels)) });
}

/** Red, green and blue of a CSS colour, or -1 three times. @param {string | null} color */
function channels(color) {
  const pixel = new OffscreenCanvas(1, 1).getContext('2d');
  if (!color || !pixel || !takesColor(pixel, color)) return [-1, -1, -1];
  pixel.fillRect(0, 0, 1, 1);
  return [...pixel.getImageData(0, 0, 1, 1).data.subarray(0, 3)];
}

/** Whether the canvas takes `color`: of what it does not understand it keeps nothing. */
function takesColor(pixel, color) {
  const [first, second] = ['#000000', '#ffffff'].map((ground) => {
    pixel.fillStyle = ground;
    pixel.fillStyle = color;
    return pixel.fillStyle;
  });
  return first === second;
}

function resize(size) {
  page.size = size;
  const { canvas } = context;
  const pixels = [size.width, size.height].map((length) => Math.max(1, Math.round(length * page.ratio)));
  if (canvas.width !== pixels[0]) canvas.width = pixels[0];
  if (canvas.height !== pixels[1]) canvas.height = pixels[1];
  for (const one of [cpu, gpu]) one?.event({ type: 'resize', size });
}

function paint() {
  runner().figure.paint(context, page.theme, page.ratio, page.colors);
}

let reportedAt = 0;
let handles = '';

/** Tells the page what changed: handles at once, the rest now and then. */
function report(now, must) {
  const newHandles = runner().figure.handles();
  if (newHandles !== handles) say({ type: 'handles', handles: JSON.parse((handles = newHandles)) });
  if (!must && now - reportedAt < REPORT_MS) return;
  reportedAt = now;
  const newView = runner().figure.view();
  if (newView === view) return;
  view = newView;
  say({ type: 'view', view: JSON.parse(view) });
}

/** The visitor's model, beside ours. The figure plays on while it is fetched and read. @param {File} model */
async function attach(model) {
  try {
    say({ type: 'notice', text: `Reading “${model.name}”…` });
    const object = await foreign(model);
    await between(() => {
      for (const one of [cpu, gpu]) one?.figure.attach(object);
      guest = object;
    });
    say({ type: 'attached' });
    say({ type: 'notice', text: `“${model.name}” is loaded.` });
  } catch (error) {
    say({ type: 'detached' });
    say({ type: 'notice', text: '' });
    say({ type: 'error', message: wordsOf(error) });
  }
}

/** Does `job` between two ticks. @param {() => any} job */
function between(job) {
  return new Promise((resolve, reject) => {
    inbox.push({ type: 'job', job: () => Promise.resolve().then(job).then(resolve, reject) });
    wake();
  });
}

// Engines

let preparing = false;
/** The engine that was last asked for. */
let wanted = 'cpu';
/** How long a tick takes on the CPU. */
let cpuTickMs = Infinity;
/** The figure as it was on the GPU a moment ago. @type {Uint8Array | null} */
let snapshot = null;
let snapshotAt = 0;
/** What the visitor did since. @type {object[]} */
let sinceSnapshot = [];

async function aim(engine, isAsked) {
  wanted = engine;
  if (engine === 'cpu' && gpu) return toCpu('Running on the CPU.');
  if (engine === 'webgpu' && !gpu && !preparing) toGpu(isAsked);
}

/** Prepares the GPU while the CPU plays on. Nobody who did not ask for it is given one that is slower. @param {boolean} isAsked */
async function toGpu(isAsked) {
  preparing = true;
  say({ type: 'notice', text: 'Preparing WebGPU; the figure plays on the CPU meanwhile.' });
  let lost = null;
  try {
    const { runner: fresh, tickMs } = await prepare(
      (error) => ((lost = error), wake()),
      (made) => {
        made.create(paper, listed.id, seed, weights, 'webgpu');
        made.event({ type: 'resize', size: page.size });
      },
      () => between(async () => ({ snapshot: await cpu.save(), expected: await cpu.probe() })),
    );
    if (!isAsked && tickMs > SLOW_MS && tickMs > cpuTickMs) throw new Trouble('it is slower than the CPU here');
    if (wanted !== 'webgpu') throw new Trouble('the CPU was chosen meanwhile');
    await between(async () => {
      if (guest) fresh.figure.attach(guest);
      snapshot = await cpu.save();
      fresh.figure.restore(snapshot);
      fresh.event({ type: 'resize', size: page.size });
      if (lost) throw lost;
      sinceSnapshot = [];
      snapshotAt = performance.now();
      gpu = fresh;
    });
    say({ type: 'engine', engine: 'webgpu' });
    say({ type: 'notice', text: 'Running on WebGPU.' });
  } catch (error) {
    globalThis.playableDevice?.destroy();
    say({ type: 'engine', engine: 'cpu' });
    say({ type: 'notice', text: `WebGPU is not used: ${clauseOf(error)}. The figure runs on the CPU.` });
  }
  preparing = false;
}

async function takeSnapshot() {
  snapshot = await gpu.save();
  snapshotAt = performance.now();
  sinceSnapshot = [];
}

/** Back to the CPU, with everything as it was. */
async function toCpu(words) {
  const wasLost = Boolean(gpu.failure);
  const bytes = gpu.failure ? snapshot : await gpu.save().catch(() => snapshot);
  const events = bytes === snapshot ? sinceSnapshot : [];
  gpu = null;
  cpu.figure.restore(bytes);
  cpu.event({ type: 'resize', size: page.size });
  for (const event of events) attempt(() => cpu.event(event));
  globalThis.playableDevice?.destroy();
  say({ type: 'engine', engine: 'cpu', wasLost });
  say({ type: 'notice', text: words });
}

/** After a failure: from the GPU back to the CPU, or a pause with a message, or the end. Gives whether the loop goes on. */
async function recover(error) {
  if (gpu) {
    await toCpu(`WebGPU stopped: ${clauseOf(error)}. The figure goes on on the CPU.`);
    return true;
  }
  if (cpu.failure || error instanceof WebAssembly.RuntimeError) {
    say({ type: 'fatal', message: lastWordsOf(cpu.failure ?? error) });
    return false;
  }
  say({ type: 'error', message: wordsOf(error) });
  cpu.event({ type: 'pause', paused: true });
  report(performance.now(), true);
  return true;
}
