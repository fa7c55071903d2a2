// The figure on WebGPU: fetched, tried against the CPU, and only then handed over.

import { Runner } from './runner.js';
import { load, Trouble } from './load.js';

const ADAPTER_MS = 2_000;
/** A GPU may be busy with another page for a while. */
const PATIENCE_MS = 20_000;
/** Shaders are compiled at their first use. */
const COMPILE_MS = 60_000;
/** So long after its failure the last callbacks of a device may trap. */
const LAST_TRAPS_MS = 5_000;
/** So many ticks meet every shader of a figure; a tick of the last few shows how fast the GPU is. */
const WARM_TICKS = 6;
/** Two engines agree to this, relative; near zero relative to a tenth of the largest value. */
const TOLERANCE = 1e-3;

let copies = 0;

async function adapterHere() {
  // Asked for first: a request that throws must not leave behind a promise that nobody waits for.
  const answer = navigator.gpu?.requestAdapter();
  const silence = new Promise((_, reject) => setTimeout(() => reject(new Trouble('no adapter answers')), ADAPTER_MS));
  const adapter = await Promise.race([answer, silence]);
  if (!adapter) throw new Trouble('this browser offers no adapter to a figure');
}

/** Tells `runner` of what its devices go through. The wasm asks for the device itself, so its request is overheard. */
function overhear(runner) {
  const { prototype } = GPUAdapter;
  const { requestDevice } = prototype;
  prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    // Where a test can lay hands on it.
    globalThis.playableDevice = device;
    device.lost.then(({ message, reason }) => runner.fail(new Trouble(`the GPU was lost (${message || reason})`)));
    device.addEventListener('uncapturederror', ({ error }) => runner.fail(new Trouble(`the GPU refused a computation (${error.message})`)));
    return device;
  };
  return () => (prototype.requestDevice = requestDevice);
}

/** Whether two engines computed the same. @param {Float32Array} expected @param {Float32Array} found */
export function agree(expected, found) {
  if (expected.length === 0 || expected.length !== found.length) return false;
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.every((value, i) => Math.abs(value - found[i]) <= TOLERANCE * Math.max(Math.abs(value), 0.1 * largest));
}

/**
 * A runner on WebGPU, and how long a tick takes on it, that goes on from the CPU's snapshot and agrees with it.
 * @param {(error: Error) => void} onFailure also later, when it plays
 * @param {(runner: Runner) => void} create makes the figure
 * @param {() => Promise<{ snapshot: Uint8Array, expected: Float32Array }>} examine the CPU's figure
 */
export async function prepare(onFailure, create, examine) {
  await adapterHere();
  const module = await load('gpu', copies);
  copies += 1;
  const runner = new Runner(module, (error) => {
    setTimeout(() => removeEventListener('error', quieten), LAST_TRAPS_MS);
    onFailure(error);
  });
  runner.patienceMs = PATIENCE_MS;
  // A shader that is refused is only logged: the numbers would be wrong without an error.
  module.on_log((words) => runner.fail(new Trouble(`the GPU reported: ${words}`)));
  // A trap in a callback of the browser is nobody's to catch, and would end the worker in the page's eyes; the runner has failed by then.
  const quieten = (event) => runner.failure && event.preventDefault();
  addEventListener('error', quieten);
  const stop = overhear(runner);
  try {
    await runner.wait(() => module.init(), COMPILE_MS);
  } finally {
    stop();
  }
  create(runner);
  const { snapshot, expected } = await examine();
  runner.figure.restore(snapshot);
  const found = await runner.probe(COMPILE_MS);
  if (!agree(expected, found)) throw new Trouble('its results differ from the CPU’s');
  const tickMs = await warmUp(runner);
  if (runner.failure) throw runner.failure;
  return { runner, tickMs };
}

/** Lets every shader compile, and times a tick after that. @param {Runner} runner */
async function warmUp(runner) {
  let tickMs = 0;
  for (let i = 0; i < WARM_TICKS; i += 1) {
    const before = performance.now();
    runner.event({ type: 'step' });
    await runner.wait(() => runner.figure.tick(1 / 60), COMPILE_MS);
    tickMs = performance.now() - before;
  }
  return tickMs;
}
