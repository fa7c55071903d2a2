// A browser by WebDriver (https://www.w3.org/TR/webdriver2/): as much of the protocol as the walk needs, over plain HTTP.

import { spawn } from 'node:child_process';
import { accessSync, constants, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
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

/** What each engine needs, by program, and how a session is asked for. */
const ENGINES = {
  firefox: {
    programs: () => ({ 'firefox-esr': find('firefox-esr', 'firefox'), geckodriver: process.env.PLAYABLE_GECKODRIVER || find('geckodriver') }),
    driver: ({ geckodriver }, port) => [geckodriver, ['--port', String(port), '--log', 'error']],
    capabilities: ({ 'firefox-esr': binary }) => ({
      browserName: 'firefox',
      'moz:firefoxOptions': { binary, args: ['-headless'], prefs: { 'browser.shell.checkDefaultBrowser': false, 'datareporting.policy.dataSubmissionEnabled': false } },
    }),
  },
  webkit: {
    programs: () => ({ WebKitWebDriver: find('WebKitWebDriver'), MiniBrowser: miniBrowser(), Xvfb: find('Xvfb') }),
    driver: ({ WebKitWebDriver }, port) => [WebKitWebDriver, [`--port=${port}`]],
    capabilities: ({ MiniBrowser: binary }) => ({ browserName: 'MiniBrowser', 'webkitgtk:browserOptions': { binary, args: ['--automation'] } }),
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

/** One browser with one window. */
export class Browser {
  #processes = [];
  #session = '';

  static async start(engine) {
    const browser = new Browser();
    try {
      await browser.#start(ENGINES[engine]);
      return browser;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async #start({ programs: look, driver, capabilities }) {
    const programs = look();
    const environment = { ...process.env };
    if (programs.Xvfb) {
      const { process: server, display } = await screen(programs.Xvfb);
      this.#processes.push(server);
      Object.assign(environment, { DISPLAY: display, GDK_BACKEND: 'x11' });
    }
    const port = await freePort();
    const [program, args] = driver(programs, port);
    this.#processes.push(spawn(program, args, { env: environment, stdio: 'ignore' }));
    this.base = `http://127.0.0.1:${port}`;
    await this.#answering();
    const { sessionId } = await this.#call('POST', '/session', { capabilities: { alwaysMatch: { ...capabilities(programs), pageLoadStrategy: 'normal' } } });
    this.#session = `/session/${sessionId}`;
    await this.#call('POST', '/timeouts', { script: 120_000, pageLoad: 60_000 });
    await this.#call('POST', '/window/rect', { width: 1280, height: 950 }).catch(() => {});
  }

  async #answering() {
    const end = Date.now() + START_MS;
    while (Date.now() < end) {
      if (await fetch(`${this.base}/status`).then((answer) => answer.ok, () => false)) return;
      await sleep(100);
    }
    throw new Error('the driver does not answer');
  }

  async #call(method, path, body) {
    const answer = await fetch(`${this.base}${this.#session}${path}`, {
      method,
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: body && JSON.stringify(body),
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${value.error}: ${value.message}`);
    return value;
  }

  /** Loads a page, even where only the part behind "#" differs from the one that is shown. */
  async open(url) {
    await this.#call('POST', '/url', { url: 'about:blank' });
    await this.#call('POST', '/url', { url });
  }

  url() {
    return this.#call('GET', '/url');
  }

  /** Calls a function of the page and waits for what it promises. @param {Function} work @param {...any} args */
  async run(work, ...args) {
    const script = `const done = arguments[arguments.length - 1];
      Promise.resolve([...arguments].slice(0, -1)).then((all) => (${work})(...all)).then((value) => done({ value }), (error) => done({ failure: String(error && error.message || error) }));`;
    const { value, failure } = await this.#call('POST', '/execute/async', { script, args });
    if (failure) throw new Error(failure);
    return value;
  }

  /** A real click on an element that `run` gave. */
  click(element) {
    return this.#call('POST', `/element/${element[ELEMENT]}/click`, {});
  }

  /** Real keys for an element that `run` gave. */
  press(element, keys) {
    return this.#call('POST', `/element/${element[ELEMENT]}/value`, { text: keys });
  }

  async close() {
    if (this.#session) await this.#call('DELETE', '').catch(() => {});
    for (const process of this.#processes.reverse()) process.kill();
  }
}
