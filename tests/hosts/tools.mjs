// Other people's tools, as their users run them, each in a copy of a folder here that the build may write to.

import { execFile } from 'node:child_process';
import { cp, mkdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Pictures and built pages, not kept in the repository. Below this folder, so that packages are found from it. */
export const ARTEFACTS = join(HERE, 'artefacts');
/** A stored map: "The animal didn't cross the street because it was too tired.", of `attention-map render --layer 3 --head 1`. */
export const MAP = join(HERE, 'map.json');
/** What the site's build left. */
export const DIST = process.env.ATTENTION_MAP_DIST;
/** Milliseconds. Docusaurus takes most. */
export const PATIENCE = 600_000;

/** A new copy of the folder `name`, with `more` copied into it: path in the copy to path outside. */
export async function copyOf(name, more = {}) {
  const copy = join(ARTEFACTS, name);
  await rm(copy, { recursive: true, force: true });
  await mkdir(ARTEFACTS, { recursive: true });
  await cp(join(HERE, name), copy, { recursive: true });
  for (const [to, from] of Object.entries(more)) {
    await mkdir(dirname(join(copy, to)), { recursive: true });
    await cp(from, join(copy, to), { recursive: true });
  }
  return copy;
}

/** The site's files that the element consists of, without the models, as `more` of `copyOf` takes them. */
export function elementIn(folder) {
  return Object.fromEntries(ELEMENT.map((name) => [join(folder, name), join(DIST, name)]));
}
export const ELEMENT = [
  'attention-map.js', 'app.js', 'app_bg.wasm', 'app_later_bg.wasm', 'later.js', 'lab.js', 'lab_bg.wasm', 'viewer.js', 'viewer_bg.wasm', 'engine-worker.js',
  'engine-build.js', 'engine-address.js', 'ground.js', 'engine.js', 'engine_bg.wasm', 'engine_relaxed.js', 'engine_relaxed_bg.wasm', 'language.js', 'programs.js', 'style.js', 'translator.js', 'words',
];

/** Runs a program to its end and resolves with what it printed; rejects with it, too. */
export async function run(program, options, { cwd, env = {} }) {
  const begun = performance.now();
  const { CI, NODE_TEST_CONTEXT, ...rest } = process.env;
  try {
    const { stdout, stderr } = await promisify(execFile)(program, options, { cwd, env: { ...rest, ...env }, maxBuffer: 1 << 26, timeout: PATIENCE });
    return { printed: stdout + stderr, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    throw new Error(`${program} ${options.join(' ')} failed: ${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

/** Runs the program `name` of the package `name` among this folder's. */
export function runPackage(name, program, options, where) {
  const manifest = createRequire(join(HERE, 'x.js')).resolve(`${name}/package.json`);
  return run(process.execPath, [join(dirname(manifest), program), ...options], where);
}
