// Keeps what a visitor has seen for the time without a network. `cargo xtask publish` fills in the three lines below and puts it at
// the root of the site.
//
// Each build has a cache of its own, and nothing of another build gets into it: pages say which build they are of, every other file
// has its hash in its name. A new build first fetches all that the old one had kept; where that fails the old one stays, whole.

const BUILD = '';
/** Files with a hash in their name. @type {string[]} */
const FILES = [];
/** What every page needs. @type {string[]} */
const SHELL = [];

const ROOT = new URL('./', location.href);
const FAMILY = `playable-papers ${ROOT.pathname} `;
const CACHE = FAMILY + BUILD;
/** A page that has been kept is shown when the network takes longer than this. */
const PATIENCE_MS = 4_000;
const HASH = /\.[0-9a-f]{10}(?=\.[a-z]+$)/;

const files = new Set(FILES);
const plain = (path) => path.replace(HASH, '');

/** The path of an address within the site, a folder's page by its file; undefined outside. @param {string} address */
function inside(address) {
  const url = new URL(address);
  if (url.origin !== ROOT.origin || !url.pathname.startsWith(ROOT.pathname)) return undefined;
  const path = url.pathname.slice(ROOT.pathname.length);
  return path === '' || path.endsWith('/') ? `${path}index.html` : path;
}

const addressOf = (path) => new URL(path, ROOT).href;

/** Whether an answer belongs to this build, or to none: a page that somebody else put beside ours. @param {Response} response */
async function isOfThisBuild(response) {
  if (!/html|javascript/.test(response.headers.get('content-type') ?? '')) return true;
  const [, page, script] = (await response.clone().text()).match(/<meta name="build" content="(\w+)">|^\/\/ build (\w+)/) ?? [];
  return (page ?? script ?? BUILD) === BUILD;
}

/** Fetches a file and keeps it; what is kept already is not fetched again. @param {string} path */
async function keep(path) {
  const cache = await caches.open(CACHE);
  const address = addressOf(path);
  if (await cache.match(address)) return;
  const response = await fetch(address, HASH.test(path) ? {} : { cache: 'no-cache' });
  if (!response.ok || !(await isOfThisBuild(response))) throw new Error(`${path}: not a file of this build`);
  await cache.put(address, direct(response));
}

/** Hosts that leave `.html` out of addresses answer by a redirect, which a browser does not take from us. @param {Response} response */
function direct(response) {
  if (!response.redirected) return response;
  const { status, statusText, headers, body } = response;
  return new Response(body, { status, statusText, headers });
}

/** What an earlier build had kept, as this build names it. */
async function keptBefore() {
  const now = new Map(FILES.map((path) => [plain(path), path]));
  const paths = new Set();
  for (const name of await earlier()) {
    const requests = await (await caches.open(name)).keys();
    for (const { url } of requests) {
      const path = inside(url);
      if (path === undefined) continue;
      const today = HASH.test(path) ? now.get(plain(path)) : path;
      if (today) paths.add(today);
    }
  }
  return [...paths];
}

const earlier = async () => (await caches.keys()).filter((name) => name.startsWith(FAMILY) && name !== CACHE);

async function install() {
  try {
    await Promise.all(SHELL.map(keep));
    // A page may be gone from the site; a file that this build names may not.
    const before = await keptBefore();
    await Promise.all(before.map((path) => (HASH.test(path) ? keep(path) : keep(path).catch(() => {}))));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  await self.skipWaiting();
}

/** The build before this one stays: pages of it may be open. */
async function activate() {
  const old = await earlier();
  await Promise.all(old.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** A file whose name holds its hash: from a cache, and from the network once. */
async function unchanging(request, path) {
  const kept = await caches.match(addressOf(path));
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok && files.has(path)) await remember(path, response);
  return response;
}

/** A page, or another file that keeps its name: from the network, and from the cache where that fails or is slow. */
async function changing(request, path) {
  const kept = await (await caches.open(CACHE)).match(addressOf(path)) ?? (await caches.match(addressOf(path)));
  // Some hosts let browsers take an old page for a fresh one; and a navigation cannot be asked for again as it is.
  const fresh = fetch(request.url, { cache: 'no-cache', redirect: request.redirect }).then(async (response) => {
    if (response.ok && !response.redirected && (await isOfThisBuild(response))) await remember(path, response);
    return response;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS, null));
  try {
    const response = await (kept ? Promise.race([fresh, late]) : fresh);
    if (response && (response.status < 500 || !kept)) return response;
  } catch (error) {
    if (!kept && request.mode !== 'navigate') throw error;
  }
  fresh.catch(() => {});
  return kept ?? (await caches.match(addressOf('offline.html'))) ?? Response.error();
}

/** Keeps an answer; a full disk is no reason to refuse it to the page. */
async function remember(path, response) {
  const copy = response.clone();
  try {
    await (await caches.open(CACHE)).put(addressOf(path), copy);
  } catch {
    // Not kept: it will be fetched again.
  }
}

self.addEventListener('install', (event) => event.waitUntil(install()));
self.addEventListener('activate', (event) => event.waitUntil(activate()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const path = inside(request.url);
  if (request.method !== 'GET' || path === undefined || request.headers.has('range')) return;
  event.respondWith(HASH.test(path) ? unchanging(request, path) : changing(request, path));
});

// A page tells what it had loaded before this worker was there.
self.addEventListener('message', (event) => {
  if (!Array.isArray(event.data?.seen)) return;
  const paths = event.data.seen.map(inside).filter((path) => path !== undefined && (!HASH.test(path) || files.has(path)));
  event.waitUntil(Promise.allSettled([...new Set(paths)].map(keep)));
});
