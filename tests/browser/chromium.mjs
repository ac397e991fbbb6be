// Chromium as the tests and the measurements start it.

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** A headless Chromium with WebGPU on the processor (SwiftShader). */
export function launch() {
  return chromium.launch({ executablePath: required('ATTENTION_MAP_CHROMIUM'), args: FLAGS, headless: true });
}

/** An environment variable that `cargo xtask` sets. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; \`cargo xtask test\` and \`cargo xtask bench\` set it`);
  return value;
}
