// What axe-core finds on a page.

import { readFileSync } from 'node:fs';

const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** Whom a page has to suit: a name, and the options of a Playwright context. */
export const READERS = [
  ['wide', {}],
  ['dark', { colorScheme: 'dark' }],
  ['phone', { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true }],
  ['chinese', { locale: 'zh-CN' }],
];

/** What is serious or worse: the rule, and what breaks it. */
export async function serious(page) {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run();
    return violations
      .filter(({ impact }) => ['serious', 'critical'].includes(impact))
      .map(({ id, nodes }) => [id, ...nodes.slice(0, 4).map(({ html, any, all, none }) => [html.slice(0, 160), ...[...any, ...all, ...none].map(({ message }) => message)])]);
  });
}
