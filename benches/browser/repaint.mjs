// From a choice of the reader to the frame that shows it, at 512 tokens.

import { quantiles } from './statistics.mjs';

/** Times that each choice is made, after two that are not counted: what is made for the first time may have to be compiled. */
const TIMES = 24;

// What a choice is made by: a button, a menu, a box that is ticked, an attribute of the element.
const press = (part) => ({ press: part });
const pick = (part, value) => ({ pick: part, value });
const tick = { tick: 'words' };
const set = (name, value) => ({ attribute: name, value });

const steps = (part) => [press(`${part}-next`), press(`${part}-previous`)];
const lens = (id) => [pick('lens', id), pick('lens', 'weight')];
const filter = (part, value, plain = 'show') => [pick(part, value), pick(part, plain)];
const scale = (id) => [press(`scale-${id}`), press('scale-unit')];
const view = (id) => [press(`view-${id}`), press('view-matrix')];
const inView = (id, part = 'layer') => ({ name: `${part}, in the view ${id}`, given: [press(`view-${id}`)], choices: steps(part) });

/** Each is made of choices in turn, after what it is given. All are of the matrix with the grid beside it, unless they say so. */
const REPAINTS = [
  { name: 'layer', choices: steps('layer') },
  { name: 'head', choices: steps('head') },
  ...['mean', 'max', 'rollout', 'received'].map((id) => ({ name: `lens: ${id}, weight`, choices: lens(id) })),
  { name: 'layer of a mean', given: [pick('lens', 'mean')], choices: steps('layer') },
  { name: 'layer of a rollout', given: [pick('lens', 'rollout')], choices: steps('layer') },
  { name: 'first layer of a rollout', given: [pick('lens', 'rollout')], choices: steps('from') },
  ...['grid', 'lines', 'text', 'layers', 'table'].map((id) => ({ name: `view: ${id}, matrix`, choices: view(id) })),
  ...['grid', 'lines', 'text', 'layers', 'table'].map((id) => inView(id)),
  inView('lines', 'head'),
  { name: 'special tokens hidden, shown', choices: filter('special', 'hide') },
  { name: 'special tokens hidden and rescaled, shown', choices: filter('special', 'renormalise') },
  { name: 'punctuation hidden, shown', choices: filter('punctuation', 'hide') },
  { name: 'whole words, tokens', choices: [tick, tick] },
  { name: 'layer, with whole words', given: [tick], choices: steps('layer') },
  { name: 'threshold, none', choices: [set('threshold', '0.02'), set('threshold', null)] },
  ...['log', 'small', 'max'].map((id) => ({ name: `scale: ${id}, unit`, choices: scale(id) })),
  { name: 'colour map: dark, light', choices: [set('theme', 'dark'), set('theme', 'light')] },
  { name: 'one text of a pair, both', pair: true, choices: filter('pair-part', 'a-b', 'all') },
  // What these take of the engine has been asked for before they are measured.
  { name: 'lens: norm, weight', choices: lens('norm'), engine: true },
  { name: 'view: neuron, matrix', choices: view('neuron'), engine: true },
];

/**
 * Makes choices on the page at `address`, which shows `text`.
 *
 * @returns for each choice the milliseconds from its event to the end of the frame that was painted next (`painted`), to that
 * of the frame after which nothing more is painted (`whole`), and the longest that the page was busy without a break
 * (`longest`)
 */
export async function repaints(browser, address, text, { times = TIMES, wanted = () => true } = {}) {
  const choices = [];
  let tokens;
  for (const pair of [false, true]) {
    const chosen = REPAINTS.filter((repaint) => Boolean(repaint.pair) === pair && wanted(repaint.name));
    if (chosen.length === 0) continue;
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    try {
      await page.goto(address);
      const texts = pair ? halves(text) : [text];
      tokens ??= await page.evaluate(async (texts) => {
        const { maps } = await document.querySelector('attention-map').run(...texts);
        return maps[0].queries.length;
      }, texts);
      for (const { name, given = [], choices: made, engine = false } of chosen) {
        if (pair) {
          await page.evaluate(async (texts) => {
            await document.querySelector('attention-map').run(...texts);
          }, texts);
        }
        const found = await page.evaluate(measured, [times, given, made, engine]);
        const of = (key) => quantiles(found.map((one) => one[key]));
        choices.push({ name, painted: of('painted'), whole: of('whole'), longest: of('longest') });
      }
    } finally {
      await page.close();
    }
  }
  return { tokens, choices };
}

/** A text as a pair, of about as many tokens together. */
function halves(text) {
  const words = text.split(' ');
  const middle = words.length >> 1;
  return [words.slice(0, middle).join(' '), words.slice(middle, -1).join(' ')];
}

/**
 * In the page: makes choices again and again. The page is rendered in the task of the event or right after it, and its
 * canvases are drawn in the next animation frame; a message posted from there is a task after that frame's painting.
 */
async function measured([times, given, choices, engine]) {
  const element = document.querySelector('attention-map');
  const { shadowRoot } = element;
  const find = (part) => shadowRoot.querySelector(`[part~="${part}"]`);
  const frame = () => new Promise(requestAnimationFrame);
  const channel = new MessageChannel();
  const task = () => new Promise((done) => {
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(null);
  });
  const painted = () => new Promise((done) => requestAnimationFrame(() => task().then(done)));
  const busy = () => shadowRoot.querySelector('canvas[aria-busy="true"], [part~="computing"]');
  const choose = ({ press, pick, tick, attribute, value }) => {
    if (press) return find(press).click();
    if (tick) return find(tick).click();
    if (attribute) return value === null ? element.removeAttribute(attribute) : element.setAttribute(attribute, value);
    const menu = find(pick);
    menu.value = value;
    menu.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const rest = async () => {
    do for (let count = 0; count < 6; count++) await frame(); while (busy());
  };
  const seen = [];
  const observer = new PerformanceObserver((list) => seen.push(...list.getEntries()));
  observer.observe({ entryTypes: ['longtask'] });
  const view = () => find('view-matrix').click();
  view();
  for (const choice of given) choose(choice);
  const found = [];
  for (let turn = 0; turn < times + 2; turn++) {
    await rest();
    seen.length = 0;
    const start = performance.now();
    choose(choices[turn % choices.length]);
    const first = (await painted()) - start;
    let last = first;
    while (busy()) last = (await painted()) - start;
    await rest();
    seen.push(...observer.takeRecords());
    const longest = Math.max(0, ...seen.filter((entry) => entry.startTime + entry.duration > start).map(({ duration }) => duration));
    found.push({ painted: first, whole: last, longest: longest || null });
  }
  observer.disconnect();
  // Back to where it began.
  for (const choice of [...given].reverse()) {
    if (choice.tick) choose(choice);
    if (choice.pick) choose({ pick: choice.pick, value: find(choice.pick).options[0].value });
  }
  view();
  await rest();
  return found.slice(2);
}
