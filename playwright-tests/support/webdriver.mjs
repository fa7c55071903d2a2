// A browser by WebDriver (https://www.w3.org/TR/webdriver2/), as much of it as the walk needs: over HTTP to a driver, or, with Firefox,
// straight to the browser in the protocol that its driver would translate to (Marionette: the same commands, over a socket).

import { spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The key under which WebDriver refers to an element. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
export const ARROW_RIGHT = '\uE014';
export const ARROW_LEFT = '\uE012';
const START_MS = 30_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first of these programs on the PATH. */
function find(...names) {
  const folders = process.env.PATH.split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** WebKitGTK's own small browser lies where its version and the machine's architecture put it. */
function miniBrowser() {
  const folders = (path) => {
    try {
      return readdirSync(path).map((name) => join(path, name));
    } catch {
      return [];
    }
  };
  const versions = ['/usr/lib', '/usr/libexec'].flatMap(folders).flatMap((folder) => [folder, ...folders(folder)]).filter((path) => /webkit2?gtk/.test(path));
  return versions.map((folder) => join(folder, 'MiniBrowser')).filter(isProgram).sort().at(-1);
}

/** What each engine needs, by program, and how one is reached. */
const ENGINES = {
  firefox: {
    programs: () => ({ 'firefox-esr': find('firefox-esr', 'firefox') }),
    launch: launchFirefox,
  },
  webkit: {
    programs: () => ({ WebKitWebDriver: find('WebKitWebDriver'), MiniBrowser: miniBrowser(), Xvfb: find('Xvfb') }),
    launch: launchWebKit,
  },
};

export const engines = Object.keys(ENGINES);

/** The programs that an engine needs and this machine lacks. */
export function missing(engine) {
  return Object.entries(ENGINES[engine].programs()).filter(([, path]) => !path).map(([name]) => name);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A screen that nobody sees; gives its process and its name. */
async function screen(program) {
  const process = spawn(program, ['-displayfd', '3', '-screen', '0', '1280x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const number = await new Promise((resolve, reject) => {
    process.stdio[3].once('data', (data) => resolve(String(data).trim()));
    process.once('exit', (code) => reject(new Error(`Xvfb ended (${code})`)));
  });
  return { process, display: `:${number}` };
}

/** Waits until `attempt` gives something. */
async function answered(attempt) {
  const end = Date.now() + START_MS;
  while (Date.now() < end) {
    const answer = await attempt().catch(() => null);
    if (answer) return answer;
    await sleep(100);
  }
  throw new Error('the browser does not answer');
}

/** Firefox with a profile of its own. */
async function launchFirefox({ 'firefox-esr': program }) {
  const port = await freePort();
  const profile = mkdtempSync(join(tmpdir(), 'walk-'));
  const preferences = { 'marionette.port': port, 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false };
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`);
  writeFileSync(join(profile, 'user.js'), lines.join(''));
  const process = spawn(program, ['-headless', '-marionette', '-no-remote', '-profile', profile], { stdio: 'ignore' });
  const socket = await answered(() => new Promise((resolve, reject) => {
    const trial = connect(port, '127.0.0.1', () => resolve(trial)).once('error', reject);
  })).catch((error) => {
    process.kill();
    throw error;
  });
  const end = async () => {
    socket.destroy();
    process.kill();
    await new Promise((resolve) => (process.exitCode === null ? process.once('exit', resolve) : resolve()));
    rmSync(profile, { recursive: true, force: true });
  };
  return { send: marionette(socket), capabilities: {}, end };
}

/** Sends commands over Firefox's socket, where each message is its length in bytes, a colon and JSON. */
function marionette(socket) {
  const waiting = new Map();
  let received = Buffer.alloc(0);
  let last = 0;
  socket.on('data', (data) => {
    received = Buffer.concat([received, data]);
    for (;;) {
      const colon = received.indexOf(':');
      const end = colon + 1 + Number(received.subarray(0, Math.max(colon, 0)));
      if (colon < 0 || received.length < end) return;
      const message = JSON.parse(received.subarray(colon + 1, end));
      received = received.subarray(end);
      // What the browser says of itself first is no answer.
      if (Array.isArray(message)) waiting.get(message[1])?.(message);
    }
  });
  socket.once('close', () => waiting.forEach((settle) => settle([1, 0, { error: 'closed', message: 'the browser has gone' }])));
  return async (command, parameters) => {
    const id = (last += 1);
    const text = JSON.stringify([0, id, `WebDriver:${command}`, parameters]);
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    socket.write(`${Buffer.byteLength(text)}:${text}`);
    const [, , error, result] = await answer;
    waiting.delete(id);
    if (error) throw new Error(`${error.error}: ${error.message}`);
    return result && 'value' in result ? result.value : result;
  };
}

/** WebKitGTK's browser by its driver, on a screen of its own. */
async function launchWebKit({ WebKitWebDriver, MiniBrowser, Xvfb }) {
  const { process: server, display } = await screen(Xvfb);
  const port = await freePort();
  // Canvases are painted by the processor: where there is no graphics card, Mesa's shader compiler crashes in workers now and then.
  const env = { ...process.env, DISPLAY: display, GDK_BACKEND: 'x11', WEBKIT_SKIA_ENABLE_CPU_RENDERING: '1' };
  const driver = spawn(WebKitWebDriver, [`--port=${port}`], { env, stdio: 'ignore' });
  const base = `http://127.0.0.1:${port}`;
  await answered(async () => (await fetch(`${base}/status`)).ok);
  const capabilities = { browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary: MiniBrowser, args: ['--automation'] } };
  const end = () => [driver, server].forEach((process) => process.kill());
  return { send: overHttp(base), capabilities, end };
}

/** The commands in the form in which a driver takes them: method, address, and body. */
const REQUESTS = {
  NewSession: (body) => ['POST', '/session', body],
  DeleteSession: () => ['DELETE', ''],
  SetTimeouts: (body) => ['POST', '/timeouts', body],
  SetWindowRect: (body) => ['POST', '/window/rect', body],
  Navigate: (body) => ['POST', '/url', body],
  GetCurrentURL: () => ['GET', '/url'],
  ExecuteAsyncScript: (body) => ['POST', '/execute/async', body],
  ElementClick: ({ id }) => ['POST', `/element/${id}/click`, {}],
  ElementSendKeys: ({ id, text }) => ['POST', `/element/${id}/value`, { text }],
};

function overHttp(base) {
  let session = '';
  return async (command, parameters) => {
    const [method, path, body] = REQUESTS[command](parameters);
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    const answer = await fetch(`${base}${session}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    if (command === 'NewSession') session = `/session/${value.sessionId}`;
    return value;
  };
}

/** One browser with one window. */
export class Browser {
  #send;
  #end;

  static async start(engine) {
    const { programs, launch } = ENGINES[engine];
    const browser = new Browser();
    const { send, capabilities, end } = await launch(programs());
    [browser.#send, browser.#end] = [send, end];
    try {
      await send('NewSession', { capabilities: { alwaysMatch: { ...capabilities, pageLoadStrategy: 'normal' } } });
      await send('SetTimeouts', { script: 120_000, pageLoad: 60_000 });
      await send('SetWindowRect', { width: 1280, height: 950 }).catch(() => {});
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** Loads a page, even where only the part behind "#" differs from the one that is shown. */
  async open(url) {
    await this.#send('Navigate', { url: 'about:blank' });
    await this.#send('Navigate', { url });
  }

  url() {
    return this.#send('GetCurrentURL', {});
  }

  /** Calls a function of the page and waits for what it promises. @param {Function} work @param {...any} args */
  async run(work, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve([...arguments].slice(0, -1)).then((all) => (${work})(...all)).then((value) => done({ value }), (error) => done({ failure: String(error && error.message || error) }));`;
    const { value, failure } = await this.#send('ExecuteAsyncScript', { script, args });
    if (failure) throw new Error(failure);
    return value;
  }

  /** A real click on an element that `run` gave. */
  click(element) {
    return this.#send('ElementClick', { id: element[ELEMENT] });
  }

  /** Real keys for an element that `run` gave. */
  press(element, keys) {
    return this.#send('ElementSendKeys', { id: element[ELEMENT], text: keys });
  }

  async close() {
    await this.#send('DeleteSession', {}).catch(() => {});
    await this.#end();
  }
}
