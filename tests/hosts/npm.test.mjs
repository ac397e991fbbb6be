// The npm package: what checkers of packages say of it, what TypeScript makes of its types, and a React program that Vite
// builds with it, opened in Chromium. The program is the one in docs/src/embed/npm.md.

import assert from 'node:assert/strict';
import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

import { launch } from '../browser/chromium.mjs';
import { open } from '../browser/harness.mjs';
import { serve } from '../browser/server.mjs';
import { ARTEFACTS, DIST, MAP, PATIENCE, copyOf, run, runPackage } from './tools.mjs';

const PACKAGE = join(DIST, 'npm');

describe('the npm package', () => {
  let program;
  let tarball;

  before(async () => {
    program = await copyOf('vite', { 'src/map.json': MAP });
    // As a registry would get it, and as npm would unpack it.
    const { printed } = await run('npm', ['pack', '--ignore-scripts', '--json', '--loglevel=error', '--pack-destination', program], { cwd: PACKAGE });
    const [packed] = Object.values(JSON.parse(printed));
    tarball = join(program, packed.filename);
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--offline', '--no-save', tarball], { cwd: program });
  }, { timeout: PATIENCE });

  test('has nothing that publint would change', { timeout: PATIENCE }, async () => {
    const { messages, pkg } = await publint({ pkgDir: PACKAGE, strict: true });
    assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
  });

  test('has types that are found, and are those of its code, however a bundler or Node imports it', { timeout: PATIENCE }, async () => {
    const { problems, types } = await checkPackage(createPackageFromTarballData(await readFile(tarball)));
    assert.equal(types.kind, 'included');
    // It is an ES module: who has only require, or reads no exports, cannot import it, and is told so.
    const known = ({ kind, resolutionKind }) => kind === 'CJSResolvesToESM' || (kind === 'NoResolution' && resolutionKind === 'node10');
    assert.deepEqual(problems.filter((problem) => !known(problem)), []);
  });

  test('has no models, and says what else it has', { timeout: PATIENCE }, async () => {
    const files = await readdir(join(program, 'node_modules/attention-map'), { recursive: true });
    assert.ok(!files.some((name) => /safetensors|models/.test(name)));
    for (const name of ['README.md', 'LICENSE-MIT', 'LICENSE-APACHE', 'attention-map.js', 'attention-map.d.ts', 'engine_bg.wasm', 'standalone.js', 'words/zh-Hans.json']) {
      assert.ok(files.includes(name), `${name} should be in the package`);
    }
    const { size } = await stat(tarball);
    assert.ok(size < 6_000_000, `the package has ${size} bytes`);
  });

  test('is imported without harm where there is no browser', { timeout: PATIENCE }, async () => {
    const { printed } = await run(process.execPath, ['--input-type=module', '--eval',
      "import('attention-map').then(({ AttentionMapElement }) => console.log(typeof AttentionMapElement))"], { cwd: program });
    assert.equal(printed.trim(), 'function');
  });

  test('makes a React program that TypeScript accepts, and refuses a view that there is not', { timeout: PATIENCE }, async () => {
    await runPackage('typescript', 'bin/tsc', ['-p', '.'], { cwd: program });
    const wrong = join(program, 'src/wrong.tsx');
    await writeFile(wrong, "import 'attention-map/react';\nexport const wrong = <attention-map view=\"pie\" />;\n");
    await assert.rejects(runPackage('typescript', 'bin/tsc', ['-p', '.'], { cwd: program }), /"pie"/);
    await rm(wrong);
  });

  test('has a type for every attribute, and for its property', { timeout: PATIENCE }, async () => {
    const { AttentionMapElement, propertyOf } = await import(pathToFileURL(join(PACKAGE, 'attention-map.js')).href);
    const names = AttentionMapElement.observedAttributes;
    assert.ok(names.length > 25, `${names}`);
    const file = join(program, 'src/attributes.ts');
    await writeFile(file, [
      "import type { AttentionMapAttributes, AttentionMapElement } from 'attention-map';",
      `export const attributes: Required<Record<${names.map((name) => `'${name}'`).join(' | ')}, unknown>> = {} as Required<AttentionMapAttributes>;`,
      `export const properties = (element: AttentionMapElement) => [${names.map((name) => `element.${propertyOf(name)}`).join(', ')}];`,
    ].join('\n'));
    await runPackage('typescript', 'bin/tsc', ['-p', '.'], { cwd: program });
    await rm(file);
  });

  describe('in a program built by Vite', () => {
    let site;
    let browser;

    before(async () => {
      await runPackage('vite', 'bin/vite.js', ['build', '--base', './'], { cwd: program });
      site = await serve({ '/notes/': join(program, 'dist'), '/models/': join(DIST, 'models') });
      browser = await launch();
    }, { timeout: PATIENCE });
    after(async () => {
      await browser?.close();
      await site?.stop();
    });

    test('shows a stored map, and runs a model', { timeout: PATIENCE }, async () => {
      const context = await browser.newContext({ viewport: { width: 1000, height: 1200 } });
      const page = await open(context, site, '/notes/');
      await page.locator('#stored [part~="matrix"]').waitFor();
      await page.locator('#tokens', { hasText: /^5 tokens$/ }).waitFor();
      const [texts, count] = await page.evaluate(async () => {
        const { texts, maps } = await document.querySelector('#live').run('built by Vite');
        return [texts, maps[0].queries.length];
      });
      assert.deepEqual(texts, ['built by Vite']);
      await page.locator('#tokens', { hasText: `${count} tokens` }).waitFor();
      await page.screenshot({ path: join(ARTEFACTS, 'vite.png'), fullPage: true });
      page.assertClean();
      assert.deepEqual(site.requests.filter(({ status }) => status >= 400), []);
      await context.close();
    });
  });
});
