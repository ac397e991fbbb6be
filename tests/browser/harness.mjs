// What every test needs: the built page on a server, below a path of some depth, and a browser to open it in.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { launch, required } from './chromium.mjs';
import { serve } from './server.mjs';

/** Where the site lies on its server: it must work below any path. */
export const MAP = '/docs/map/';
const HERE = fileURLToPath(new URL('.', import.meta.url));
const GOLDEN = fileURLToPath(new URL('../golden/', import.meta.url));

/** The entries of tests/golden/cases.json. */
export const CASES = JSON.parse(readFileSync(`${GOLDEN}cases.json`, 'utf8'));

/** A golden's file. */
export function goldenFile(id) {
  const bytes = readFileSync(`${GOLDEN}${id}.safetensors`);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}

/** A server with the site at MAP, a bare page at /docs/host.html and the goldens. See server.mjs. */
export function openSite() {
  return serve({
    [MAP]: required('ATTENTION_MAP_DIST'),
    '/docs/host.html': `${HERE}host.html`,
    '/docs/golden.mjs': `${HERE}golden.mjs`,
    '/docs/golden/': GOLDEN,
  });
}

export { launch };

/**
 * Opens `path` of `site` in a browser context (with its own caches) and watches the page: an uncaught error or a
 * request to another origin makes `page.assertClean` throw.
 */
export async function open(context, site, path = MAP) {
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`uncaught: ${error.stack ?? error.message}`));
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(`${site.origin}/`) && !/^(blob|data):/.test(url)) complaints.push(`asked for ${url}`);
  });
  page.assertClean = () => assert.deepEqual(complaints, []);
  await page.goto(site.origin + path);
  return page;
}
