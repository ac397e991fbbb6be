// Translations without an element: a worker of the engine for the page, which fetches the translation model (4 MB) when it is
// first asked for, and nothing else.

import { engineAddress } from './engine-address.js';
import { failure } from './language.js';

/** What comes before an answer. */
const TOLD = new Set(['progress', 'writing', 'notice']);

/** The worker, and who waits for it. */
let engine;

/**
 * Translates an English text. `wanted` is what `el.run(text, wanted)` takes: { to, prefix, target, beam }. Resolves with its trace;
 * rejects with an error that has a `code`. `base` is the folder of the models' folders. `told` hears of { loaded, total, cached } in
 * bytes while the model is fetched, of { text }, the best that is written so far, and of what did not stop it, { code, message }.
 */
export async function translate(text, wanted, { backend = 'auto', base = modelsBeside(import.meta.url), told } = {}) {
  engine ??= started();
  const { trace, translation } = await engine.ask({ type: 'translate', text, wanted: plain(wanted), backend, base, growing: told !== undefined }, told);
  return { ...trace, translation };
}

/** A folder, which no bundler should look for. */
const modelsBeside = (module) => new URL('./models/', module).href;

/** What can be posted to a worker. */
function plain(wanted) {
  try {
    return structuredClone(wanted);
  } catch (error) {
    throw failure('protocol', 'a question is plain data: {0}', error.message);
  }
}

function started() {
  const worker = new Worker(engineAddress(), { type: 'module' });
  const waiting = new Map();
  let next = 1;
  let ready;
  let running = false;
  const begun = new Promise((begin) => { ready = begin; });
  const made = {
    ask: (request, told) => new Promise((resolve, reject) => {
      const id = next++;
      waiting.set(id, { resolve, reject, told });
      begun.then(() => worker.postMessage({ ...request, id }));
    }),
  };
  const lose = (error) => {
    worker.terminate();
    if (engine === made) engine = undefined;
    for (const { reject } of waiting.values()) reject(error);
  };
  worker.addEventListener('message', ({ data }) => {
    if (data.type === 'started') {
      running = true;
      return ready();
    }
    const asker = waiting.get(data.id);
    if (!asker) return;
    if (TOLD.has(data.type)) return asker.told?.(data);
    waiting.delete(data.id);
    if (data.type === 'error') asker.reject(Object.assign(new Error(data.message), { code: data.code }));
    else asker.resolve(data);
  });
  for (const name of ['error', 'messageerror']) {
    worker.addEventListener(name, ({ message }) => lose(running
      ? failure('engine-stopped', 'the engine stopped: {0}', message ?? name)
      : failure('engine-not-started', 'the engine could not be started; check that engine-worker.js and the files beside it are there{0}{1}', message ? ': ' : '', message ?? '')));
  }
  return made;
}
