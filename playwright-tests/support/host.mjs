// A static host unlike `cargo xtask serve`: any folder under any path, compressed, with the headers of the test's choice, or broken.

import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';

const compress = promisify(brotliCompress);

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.xml': 'application/xml',
};
/** What a host compresses. */
const TEXT = new Set(['.html', '.js', '.mjs', '.css', '.json', '.md', '.svg', '.txt', '.wasm', '.webmanifest', '.xml', '.onnx']);
/** The file that a path stands for, or null: a folder stands for its index.html, and nothing outside of the folder is served. */
async function fileAt(folder, path) {
  const file = join(folder, path);
  if (relative(folder, file).startsWith('..')) return null;
  const found = await stat(file).catch(() => null);
  if (found?.isFile()) return file;
  return found?.isDirectory() && path.endsWith('/') ? fileAt(folder, `${path}index.html`) : null;
}

/** A file as it goes over the line: from the compressed one beside it, or compressed here. */
async function packed(file) {
  const beside = await readFile(`${file}.br`).catch(() => null);
  return beside ?? compress(await readFile(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
}

/**
 * Serves folders until it is closed.
 *
 * @param {Record<string, string>} folders what lies under which path, each ending in "/", the most particular first
 * @param {{
 *   headers?: (path: string) => Record<string, string>,
 *   files?: Record<string, string>,
 *   change?: (path: string, body: Buffer) => Buffer,
 *   answer?: (path: string, response: import('node:http').ServerResponse, body: Buffer) => boolean | void,
 * }} [options] `files` are the test's own, by path; `change` rewrites a body; `answer` may answer instead and says so
 */
export async function serve(folders, options = {}) {
  const { headers = () => ({}), files = {}, change = (_, body) => body, answer = () => false } = options;
  const cache = new Map();

  /** Body and encoding for a request; null where there is nothing. */
  async function find(path, encodings) {
    if (path in files) return { body: Buffer.from(files[path]), type: TYPES[extname(path)] ?? TYPES['.html'] };
    const [prefix, folder] = Object.entries(folders).find(([key]) => path.startsWith(key)) ?? [];
    const file = folder && (await fileAt(folder, path.slice(prefix.length) || '/'));
    if (!file) return null;
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    const encoding = /\bbr\b/.test(encodings) && TEXT.has(extname(file)) ? 'br' : undefined;
    const key = `${encoding} ${file}`;
    if (!cache.has(key)) cache.set(key, await (encoding ? packed(file) : readFile(file)));
    return { body: cache.get(key), type, encoding };
  }

  async function reply(request, response) {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    // What is rewritten or broken on the way is so in the clear.
    const isTouched = options.change || options.answer;
    const found = await find(path, isTouched ? '' : (request.headers['accept-encoding'] ?? ''));
    if (!found) return response.writeHead(404, { 'content-type': 'text/plain' }).end('no such file');
    const body = change(path, found.body);
    if (answer(path, response, body)) return undefined;
    response.writeHead(200, {
      'content-type': found.type,
      'content-length': body.length,
      'cache-control': 'no-cache',
      'access-control-allow-origin': '*',
      ...(found.encoding && { 'content-encoding': found.encoding, vary: 'accept-encoding' }),
      ...headers(path),
    });
    return response.end(request.method === 'HEAD' ? undefined : body);
  }

  const server = createServer((request, response) => reply(request, response).catch((error) => response.destroy(error)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  return {
    origin,
    /** Ends it at once, connections included. */
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
