// A real JupyterLab, with nothing of the user's own, that has the package's wheel.

import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { required } from '../browser/chromium.mjs';
import { open } from '../browser/harness.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Starts JupyterLab with a folder of its own, and the wheel installed. */
export async function jupyterLab() {
  const python = required('ATTENTION_MAP_PYTHON');
  const packages = required('ATTENTION_MAP_PYTHON_PACKAGES');
  const folder = await mkdtemp(join(tmpdir(), 'attention-map-jupyter-'));
  const inside = (name) => join(folder, name);
  const data = join(packages, 'share/jupyter');
  const environment = {
    ...process.env,
    PYTHONPATH: [inside('installed'), packages, HERE].join(':'),
    PYTHONDONTWRITEBYTECODE: '1',
    JUPYTER_PATH: data,
    JUPYTERLAB_DIR: join(data, 'lab'),
    JUPYTERLAB_SETTINGS_DIR: inside('settings'),
    JUPYTERLAB_WORKSPACES_DIR: inside('workspaces'),
    JUPYTER_CONFIG_DIR: inside('config'),
    JUPYTER_DATA_DIR: inside('data'),
    JUPYTER_RUNTIME_DIR: inside('runtime'),
    IPYTHONDIR: inside('ipython'),
    // The wheel's program, not one that happens to be there.
    ATTENTION_MAP_BIN: '',
  };
  const run = async (...words) => {
    const { stdout, stderr } = await promisify(execFile)(python, words, { cwd: inside('notebooks'), env: environment, maxBuffer: 1 << 26 });
    return stdout + stderr;
  };
  const settings = async (plugin, values) => {
    await mkdir(join(inside('settings'), plugin, '..'), { recursive: true });
    await writeFile(join(inside('settings'), `${plugin}.jupyterlab-settings`), JSON.stringify(values));
  };
  await mkdir(inside('notebooks'), { recursive: true });
  // Its news are asked for on the network.
  await settings('@jupyterlab/apputils-extension/notification', { fetchNews: 'false', checkForUpdates: false });
  await run('-m', 'pip', 'install', '--quiet', '--no-index', '--no-deps', '--no-input', '--target', inside('installed'), required('ATTENTION_MAP_WHEEL'));

  const port = await freePort();
  const server = spawn(python, [
    '-m', 'jupyterlab', '--no-browser', '--allow-root', '--expose-app-in-browser', '--ServerApp.ip=127.0.0.1',
    `--ServerApp.port=${port}`, '--ServerApp.port_retries=0', '--IdentityProvider.token=', '--LabApp.extension_manager=readonly',
    `--ServerApp.root_dir=${inside('notebooks')}`,
  ], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (bytes) => (said += bytes));
  const origin = `http://127.0.0.1:${port}`;
  await answers(`${origin}/api`, server, () => said);

  return {
    origin,
    /** Where the notebooks lie. */
    folder: inside('notebooks'),
    /** Runs Python with these arguments among the notebooks; returns what it said. */
    run,
    settings,
    /** Writes a notebook of these cells of code. */
    async write(name, cells) {
      const code = (source, index) => ({ cell_type: 'code', id: `cell-${index}`, metadata: {}, execution_count: null, outputs: [], source });
      const metadata = { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } };
      await writeFile(join(inside('notebooks'), name), JSON.stringify({ cells: cells.map(code), metadata, nbformat: 4, nbformat_minor: 5 }));
    },
    async read(name) {
      return JSON.parse(await readFile(join(inside('notebooks'), name), 'utf8'));
    },
    async stop() {
      const ended = new Promise((done) => server.once('exit', done));
      // The second time it asks no question; kernels end with it.
      server.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Opens a notebook and waits for its kernel; the one that was open before is closed. */
export async function openNotebook(page, name) {
  await page.evaluate(async (name) => {
    const { commands, shell } = window.jupyterapp;
    for (const panel of [...shell.widgets('main')]) {
      await panel.sessionContext?.shutdown();
      // Not closed, which would ask what to do with changes.
      panel.dispose();
    }
    await commands.execute('docmanager:open', { path: name });
  }, name);
  await page.waitForFunction((name) => {
    const panel = window.jupyterapp.shell.currentWidget;
    return panel?.context?.path === name && panel.sessionContext.session?.kernel?.status === 'idle';
  }, name);
}

/** A page with JupyterLab, watched as the harness has it. */
export async function openLab(context, lab) {
  const page = await open(context, lab, '/lab?reset');
  await page.waitForFunction(() => window.jupyterapp?.restored);
  await page.evaluate(() => window.jupyterapp.restored);
  return page;
}

/** Runs the cell with that index and resolves with its outputs when it has run. */
export function runCell(page, index) {
  return page.evaluate(async (index) => {
    const panel = window.jupyterapp.shell.currentWidget;
    panel.content.activeCellIndex = index;
    await window.jupyterapp.commands.execute('notebook:run-cell');
    return panel.content.model.cells.get(index).outputs.toJSON();
  }, index);
}

/** What a cell that was run printed, or gave back, as text. Fails with its error. */
export async function textOf(page, index) {
  const outputs = await runCell(page, index);
  const failed = outputs.find(({ output_type: type }) => type === 'error');
  if (failed) throw new Error(`${failed.ename}: ${failed.evalue}`);
  return outputs.map((output) => [output.text ?? output.data?.['text/plain'] ?? ''].flat().join('')).join('').trim();
}

async function freePort() {
  const probe = createServer();
  await new Promise((listening) => probe.listen(0, '127.0.0.1', listening));
  const { port } = probe.address();
  await new Promise((closed) => probe.close(closed));
  return port;
}

async function answers(address, server, said) {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (server.exitCode !== null) throw new Error(`JupyterLab ended (${server.exitCode}): ${said()}`);
    const fine = await fetch(address).then((response) => response.ok, () => false);
    if (fine) return;
    await new Promise((passed) => setTimeout(passed, 100));
  }
  throw new Error(`JupyterLab did not answer at ${address}: ${said()}`);
}
