// The page on which a small model learns while the reader watches: what it learns, how far it is, and where it looks.

import { chart } from './chart.js';
import { languageOf, speak, spoken, tr } from './language.js';
import { LearnMap } from './learn-map.js';
import { button, made, part, percent } from './made.js';

const TASKS = {
  dates: { name: () => tr('Dates'), rule: () => tr('A date from 1900 to 2099, each as likely as the other, with its month’s English name; it is to be written as year-month-day. “May” has to become 05, and the year, which stands last, comes first.') },
  reverse: { name: () => tr('Reverse'), rule: () => tr('3 to 10 letters, each drawn by itself, to be written from the last to the first.') },
  copy: { name: () => tr('Copy'), rule: () => tr('3 to 10 letters, each drawn by itself, to be written as they are.') },
  sort: { name: () => tr('Sort'), rule: () => tr('3 to 10 letters, each drawn by itself, to be written by the alphabet.') },
};
const SCORES = {
  'scaled-dot': () => tr('scaled dot product, q·k/√d'),
  dot: () => tr('dot product, q·k'),
  general: () => tr('general, qᵀWk'),
  additive: () => tr('additive, vᵀtanh(q+k)'),
};
const ENCODERS = { 0: () => tr('single characters'), 1: () => tr('characters that have seen each other') };
const RATES = ['0.0003', '0.001', '0.003', '0.01', '0.03', '0.1'];
// What is shown of what a task draws.
const DRAWN = 4;
// Evaluations without a fault after which it pauses by itself, and steps after which it does so with faults.
const ENOUGH = 5;
const MOST = 3000;
// What the address carries after its #, and what it is without.
const BEGINNING = { task: 'dates', heads: '1', score: 'scaled-dot', encoder: '0', rate: '0.001', seed: '1', source: '' };

const settings = { ...BEGINNING };
const state = { choices: undefined, running: false, begun: false, steps: 0, parameters: 0, look: undefined, error: undefined, unlike: undefined, why: undefined, pairs: [] };
let curves;
let worker;
let lesson = 0;
let draws = 0;
let written;
const map = new LearnMap(part('maps'));

const example = () => settings.source || state.choices.tasks.find(({ id }) => id === settings.task).example;
const ask = (type, more) => worker?.postMessage({ type, ...more });

// ---- the worker ----------------------------------------------------------------------------------------------------

function start() {
  worker = new Worker(new URL('./learn-worker.js', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }) => {
    // What another lesson had to say comes too late.
    if (data.lesson === undefined || data.lesson === lesson) HEARD[data.type](data);
  });
  for (const name of ['error', 'messageerror']) {
    worker.addEventListener(name, (event) => {
      event.preventDefault();
      const what = event.message ?? '';
      stopped(state.choices ? tr('The program that learns stopped. “Start anew” starts it again. {0}', what) : what || 'learn-worker.js, trainer.js');
      worker.terminate();
      worker = undefined;
    });
  }
}

const HEARD = {
  ready({ tasks, heads, batch, unseen }) {
    state.choices = { tasks, heads, batch, unseen };
    read();
    document.querySelector('main').hidden = false;
    words();
    begin();
  },
  begun({ parameters }) {
    state.parameters = parameters;
  },
  told({ steps, loss, running, evaluation, look, unlike }) {
    Object.assign(state, { steps, look: look ?? state.look, unlike, begun: true });
    if (loss !== undefined) curves.loss.push([steps, loss]);
    if (evaluation) {
      for (const name of ['exact', 'aligned', 'even']) curves[name].push([steps, evaluation[name]]);
      curves.unseen.push([steps, evaluation.loss]);
      curves.perfect = evaluation.exact === 1 ? curves.perfect + 1 : 0;
    }
    if (running && curves.perfect === ENOUGH) pause(tr('It pauses, since it has made no fault for a while.'));
    else if (running && steps >= curves.until) pause(tr('It pauses, since it has gone on for {0} steps.', MOST));
    later();
  },
  drawn({ pairs }) {
    state.pairs = pairs;
    rule();
  },
  error({ message }) {
    stopped(message);
  },
};

function stopped(error) {
  Object.assign(state, { running: false, error });
  if (state.choices) show();
  else part('about').textContent = tr('The program that learns could not be started: {0}', error);
}

/** A model that has not learnt anything, by the settings. */
function begin() {
  if (!worker) return start();
  lesson++;
  curves = { loss: [], unseen: [], exact: [], aligned: [], even: [], perfect: 0 };
  Object.assign(state, { running: false, begun: false, steps: 0, error: undefined, unlike: undefined, why: undefined });
  const { task, heads, score, encoder, seed } = settings;
  ask('begin', { lesson, source: example(), settings: { task, heads: Number(heads), score, encoder: encoder === '1', seed: Number(seed) } });
  ask('rate', { rate: Number(settings.rate) });
  keep();
  draw();
  show();
}

function pause(why) {
  Object.assign(state, { running: false, why });
  ask('pause');
}

function draw() {
  ask('drawn', { task: settings.task, count: DRAWN, seed: ++draws });
}

// ---- the address ---------------------------------------------------------------------------------------------------

function keep() {
  const carried = Object.entries(settings).filter(([name, value]) => value !== BEGINNING[name]);
  history.replaceState(null, '', carried.length ? `#${new URLSearchParams(carried)}` : location.pathname + location.search);
}

/** What of an address can be learnt; the rest stays as it begins. */
function read() {
  const carried = new URLSearchParams(location.hash.slice(1));
  const known = { task: Object.keys(TASKS), score: Object.keys(SCORES), encoder: Object.keys(ENCODERS), rate: RATES, heads: state.choices.heads.map(String) };
  Object.assign(settings, BEGINNING);
  for (const [name, values] of Object.entries(known)) {
    const value = carried.get(name);
    if (values.includes(value)) settings[name] = value;
  }
  const seed = carried.get('seed');
  if (/^\d{1,9}$/.test(seed ?? '')) settings.seed = seed;
  settings.source = carried.get('source') ?? '';
}

// ---- showing -------------------------------------------------------------------------------------------------------

/** What does not change while it learns, in the reader's language. */
function words() {
  document.documentElement.lang = written = spoken.language;
  document.title = `${tr('Attention Map')}: ${tr('Watch it learn')}`;
  document.querySelector('h1').textContent = tr('Watch it learn');
  part('about').textContent = tr('A small model learns in your browser, beginning with random numbers. Its task has a known answer, so you can watch its attention find it.');
  part('back').textContent = tr('Back to the attention map');
  part('how').textContent = tr('An encoder-decoder Transformer of one layer each, trained by Adam on {0} new pairs a step. A tenth of all there are is never trained on.', state.choices.batch);
  document.querySelector('#lesson h2').textContent = tr('The task');
  document.querySelector('#look h2').textContent = tr('Where it looks');
  document.querySelector('#far h2').textContent = tr('How far it is');
  part('others').textContent = tr('Draw others');
  part('reset').textContent = tr('Start anew');
  part('step').textContent = tr('One step');
  document.querySelector('label[for="source"]').textContent = tr('An example that it is never trained on, or one of yours');
  part('scale').textContent = tr('Cross-attention: each row is a character that is to be written, given the right ones before it; the stronger a cell’s colour, the more it looks there, from 0 to 100 %. Framed is what the character stands for.');
  part('unseen').textContent = tr('Of {0} pairs that it was never trained on, always the same. Without a fault: every character and the end are the likeliest. Attention on what a character stands for is the mean of the heads.', state.choices.unseen);
  const named = [
    ['heads', tr('Heads'), state.choices.heads.map((heads) => [String(heads), String(heads)])],
    ['score', tr('Scores'), Object.entries(SCORES).map(([id, name]) => [id, name()])],
    ['encoder', tr('It looks at'), Object.entries(ENCODERS).map(([id, name]) => [id, name()])],
    ['rate', tr('Learning rate'), RATES.map((rate) => [rate, rate])],
  ];
  for (const [id, name, choices] of named) {
    part(id).previousElementSibling.textContent = name;
    part(id).replaceChildren(...choices.map(([value, text]) => made('option', text, { value })));
    part(id).value = settings[id];
  }
  part('seed').previousElementSibling.textContent = tr('Seed');
  part('seed').value = settings.seed;
  part('tasks').setAttribute('aria-label', tr('The task'));
  rule();
}

/** The task: by what rule its pairs are drawn, and some that were. */
function rule() {
  part('tasks').replaceChildren(...Object.entries(TASKS).map(([id, { name }]) => button(name(), () => {
    Object.assign(settings, { task: id, source: '' });
    Object.assign(state, { look: undefined, pairs: [] });
    begin();
    rule();
  }, settings.task === id)));
  part('rule').textContent = TASKS[settings.task].rule();
  part('drawn').replaceChildren(...state.pairs.flatMap(([source, target]) => [made('code', `${source} → ${target}`), ' ']));
  if (document.activeElement !== part('source')) part('source').value = example();
}

let asked = false;
/** Shows what is newest in the next frame. */
function later() {
  if (asked) return;
  asked = true;
  requestAnimationFrame(() => {
    asked = false;
    show();
  });
}

function show() {
  const { running, steps, parameters, look, unlike, error, why } = state;
  // What is shown is of the model before, until this one has been looked at.
  part('watch').ariaBusy = String(!state.begun);
  part('run').textContent = running ? tr('Pause') : steps ? tr('Go on') : tr('Start');
  part('step').disabled = running;
  // Read out where it stands still.
  part('status').ariaLive = running ? 'off' : 'polite';
  part('status').textContent = tr('{0} steps, {1} pairs seen; {2} numbers are learnt.', steps, steps * state.choices.batch, parameters) + (why ? ` ${why}` : '');
  const wrong = error ?? (unlike && tr('This example could not be taken: {0}', unlike));
  part('error').hidden = !wrong;
  part('error').textContent = wrong ?? '';
  if (look) showLook(look);
  showCharts();
}

function showLook(look) {
  const { target, written, ended, probabilities } = look;
  part('written').replaceChildren(tr('It writes:'), ' ', made('code', written || '–'), ended ? ' ' : '… ', made('span', written === target && ended ? tr('That is right.') : tr('{0} would be right.', target)));
  map.show(look);
  const likely = probabilities.reduce((product, one) => product * one, 1);
  part('right').textContent = tr('Probability of writing what is right, whole: {0}.', percent(likely));
}

function showCharts() {
  const { loss, unseen, exact, aligned, even } = curves;
  const width = Math.max(240, part('charts').clientWidth);
  part('charts').replaceChildren(
    chart({
      title: tr('Loss, cross-entropy of a character in nats, over steps'),
      lines: [{ name: tr('trained on'), points: loss }, { name: tr('unseen'), points: unseen }],
      label: (number) => number.toFixed(number === 0 || number >= 1 ? 1 : number >= 0.01 ? 2 : 4),
      along: state.steps,
      width,
    }),
    chart({
      title: tr('Of unseen pairs, over steps'),
      lines: [
        { name: tr('without a fault'), points: exact },
        { name: tr('attention on what a character stands for'), points: aligned },
        { name: tr('if it looked everywhere alike'), points: even, dashed: true },
      ],
      top: 1,
      label: (number) => `${Math.round(number * 1000) / 10} %`,
      along: state.steps,
      width,
    }),
  );
}

// ---- beginning -----------------------------------------------------------------------------------------------------

part('run').onclick = () => {
  if (state.running) pause();
  else if (!worker) begin();
  else {
    Object.assign(state, { running: true, why: undefined, error: undefined });
    Object.assign(curves, { perfect: 0, until: state.steps + MOST });
    ask('run');
  }
  show();
};
part('step').onclick = () => {
  state.error = undefined;
  ask('step');
};
part('reset').onclick = begin;
part('others').onclick = draw;
for (const id of ['heads', 'score', 'encoder']) {
  part(id).onchange = () => {
    settings[id] = part(id).value;
    begin();
  };
}
part('rate').onchange = () => {
  settings.rate = part('rate').value;
  ask('rate', { rate: Number(settings.rate) });
  keep();
};
part('seed').onchange = () => {
  if (part('seed').checkValidity() && part('seed').value !== '') settings.seed = String(Number(part('seed').value));
  part('seed').value = settings.seed;
  begin();
};
part('source').oninput = () => {
  settings.source = part('source').value;
  keep();
  ask('look', { source: example() });
};
// A model that nobody watches need not learn.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden || !state.running) return;
  pause();
  show();
});
addEventListener('resize', () => state.choices && later());
addEventListener('hashchange', () => {
  if (!state.choices) return;
  read();
  words();
  begin();
});
// An element that begins has its language spoken, too, though it is spoken already.
addEventListener('attention-map:language', () => {
  if (state.choices && spoken.language !== written) {
    words();
    show();
  }
});

await speak(languageOf({ history: true, language: 'auto' }));
start();
