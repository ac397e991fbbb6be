// A small static server with switches to make it fail: what a page meets on a bad day.

import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** What can be made to happen to a file. Each takes the response and the whole file. */
export const FAULTS = {
  /** The server says no. */
  refuse(response) {
    response.writeHead(503, { 'content-type': 'text/plain' }).end('out of order');
  },
  /** Half of it, passed off as all of it. */
  truncate(response, bytes) {
    response.end(bytes.subarray(0, bytes.length >> 1));
  },
  /** Half of it, then the line goes dead. */
  hangUp(response, bytes) {
    response.setHeader('content-length', bytes.length);
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  },
  /** All of it, with one byte in the middle changed. */
  corrupt(response, bytes) {
    bytes[bytes.length >> 1] ^= 0xff;
    response.setHeader('content-length', bytes.length);
    response.end(bytes);
  },
};

/**
 * Serves folders on a free port of localhost.
 *
 * @param {Record<string, string | { page: string }>} mounts path to file or to the text of a page, or path prefix ending in
 * '/' to folder
 * @param {Record<string, string>} headers of every response
 */
export async function serve(mounts, headers = {}) {
  const requests = [];
  const faults = [];

  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const entry = { method: request.method, path, status: 0 };
    requests.push(entry);
    response.on('close', () => (entry.status = response.statusCode));

    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (mounts[path]?.page !== undefined) {
      response.writeHead(200, { 'content-type': TYPES['.html'] }).end(mounts[path].page);
      return;
    }
    const file = await find(mounts, path);
    if (!file) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end(`there is no ${path}`);
      return;
    }
    response.setHeader('content-type', TYPES[extname(file.name)] ?? 'application/octet-stream');
    response.setHeader('cache-control', 'no-cache');
    const fault = faults.find((candidate) => candidate.times > 0 && path.endsWith(candidate.ending));
    if (fault) {
      fault.times -= 1;
      FAULTS[fault.kind](response, await readFile(file.name));
      return;
    }
    response.setHeader('content-length', file.size);
    createReadStream(file.name).pipe(response);
  });
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));

  return {
    origin: `http://localhost:${server.address().port}`,
    /** Everything asked for so far: method, path, status. */
    requests,
    /** From now on, the next `times` requests for a path ending in `ending` meet one of FAULTS. */
    fail(ending, kind, times = Infinity) {
      faults.push({ ending, kind, times });
    },
    /** All is well again. */
    heal() {
      faults.length = 0;
    },
    /** Nobody answers from now on. */
    async stop() {
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function find(mounts, path) {
  const prefix = Object.keys(mounts)
    .filter((candidate) => path.startsWith(candidate) && typeof mounts[candidate] === 'string')
    .sort((one, other) => other.length - one.length)[0];
  if (!prefix) return null;
  const rest = path.slice(prefix.length);
  const name = normalize(join(mounts[prefix], rest.endsWith('/') || (!rest && prefix.endsWith('/')) ? `${rest}index.html` : rest));
  if (rest && !name.startsWith(normalize(mounts[prefix] + sep))) return null;
  const found = await stat(name).catch(() => null);
  return found?.isFile() ? { name, size: found.size } : null;
}
