// The page that translates: a sentence, its translation piece by piece, what else might have been written, and which words the
// model looked at while it wrote.

import './attention-map.js';
import { drawn } from './alignment.js';
import { languageOf, speak, spoken, tr } from './language.js';
import { button, made, part, percent } from './made.js';
import { translate } from './translator.js';

const EXAMPLES = ['Where is the nearest hospital?', "The cat didn't want to come in.", 'I would like a cup of tea, please.'];
const LANGUAGES = [['fr', () => tr('French')], ['zh', () => tr('Chinese')]];
const LENSES = [['weight', () => tr('by weight')], ['norm', () => tr('by norm of what is added')]];
// Milliseconds without a key after which a text is translated.
const REST = 250;
// What a text's address carries after its #.
const KEPT = ['text', 'to'];

const source = part('source');
const target = part('target');

const state = { to: 'fr', lens: 'weight', trace: undefined, chosen: undefined, own: undefined, error: undefined, progress: undefined };
let newest = 0;
let busy = false;
let waiting;
let timer;
let map;

// ---- asking --------------------------------------------------------------------------------------------------------

/** Asks for a translation; of those that wait, only the newest is asked for. */
async function ask(more = {}) {
  clearTimeout(timer);
  const text = source.value.trim();
  keep();
  if (!text) {
    newest++;
    waiting = undefined;
    Object.assign(state, { trace: undefined, chosen: undefined, own: undefined, error: undefined });
    return show();
  }
  waiting = { text: source.value, wanted: { to: state.to, ...more } };
  if (busy) return;
  busy = true;
  try {
    while (waiting) await askNext();
  } finally {
    busy = false;
  }
}

async function askNext() {
  const { text, wanted } = waiting;
  const at = ++newest;
  waiting = undefined;
  try {
    const trace = await translate(text, wanted, { told: (heard) => { if (at === newest) HEARD[heard.type](heard); } });
    // The field may have been emptied meanwhile.
    if (at === newest) Object.assign(state, { trace, error: undefined, chosen: undefined, progress: undefined, ...(!wanted.prefix && !wanted.target && { own: trace }) });
  } catch (error) {
    if (at === newest) Object.assign(state, { error, progress: undefined });
  }
  show();
  if (state.trace && !state.error) showMaps();
}

/** What is told while a translation is under way. */
const HEARD = {
  progress(progress) {
    state.progress = progress;
    status();
  },
  writing({ text }) {
    part('translation').hidden = false;
    part('pieces').lang = tagOf(state.to);
    part('pieces').replaceChildren(made('span', text), '…');
  },
  notice() {},
};

function keep() {
  const carried = new URLSearchParams([['text', source.value], ['to', state.to]]);
  history.replaceState(null, '', `#${carried}`);
}

function open() {
  const carried = new URLSearchParams(location.hash.slice(1));
  const [text, to] = KEPT.map((name) => carried.get(name));
  source.value = text ?? EXAMPLES[0];
  if (LANGUAGES.some(([id]) => id === to)) state.to = to;
  choices();
  ask();
}

// ---- showing -------------------------------------------------------------------------------------------------------

const tagOf = (to) => (to === 'zh' ? 'zh-Hans' : to);
/** A piece of the vocabulary as it is written. */
const spelt = (piece) => piece.replace(/^\u2581/, ' ');

/** The language that the page is in. */
let written;

/** What does not change with the text, in the reader's language. */
function words() {
  document.documentElement.lang = written = spoken.language;
  document.title = `${tr('Attention Map')}: ${tr('Translation')}`;
  document.querySelector('h1').textContent = tr('Translation');
  part('about').textContent = tr('What a model looks at while it translates, computed on your own machine. The model is small and was trained on short everyday sentences.');
  part('back').textContent = tr('Back to the attention map');
  document.querySelector('label[for="source"]').textContent = tr('In English');
  document.querySelector('#translation h2').textContent = tr('Translation');
  document.querySelector('#results summary').textContent = tr('Other results of the search');
  document.querySelector('#forced summary').textContent = tr('Your own translation');
  document.querySelector('label[for="target"]').textContent = tr('How the model would have attended while it wrote this, and how likely it thought each piece');
  part('judge').textContent = tr('Show');
  document.querySelector('#alignment h2').textContent = tr('Which words stand for which');
  document.querySelector('#maps h2').textContent = tr('Attention');
  document.querySelector('#maps p').textContent = tr('In cross-attention each row is named after the piece that it wrote. “Attention” chooses between cross-attention, the encoder’s, and the decoder’s, whose rows are named after what had been read.');
  part('licence').textContent = tr('The model was trained for this page on sentence pairs from Tatoeba (tatoeba.org), prepared by manythings.org/anki, CC BY 2.0. Your text stays in this browser.');
  choices();
  show();
}

function choices() {
  part('languages').replaceChildren(...LANGUAGES.map(([id, name]) => button(name(), () => {
    state.to = id;
    choices();
    ask();
  }, state.to === id)));
  part('languages').setAttribute('aria-label', tr('Into'));
  part('examples').replaceChildren(...EXAMPLES.map((text) => button(text, () => {
    source.value = text;
    ask();
  })));
  part('examples').setAttribute('aria-label', tr('Examples'));
}

function status() {
  const { progress } = state;
  part('status').textContent = progress
    ? tr('Fetching the model: {0} of {1} MB', (progress.loaded / 1e6).toFixed(1), (progress.total / 1e6).toFixed(1))
    : '';
}

function show() {
  const { trace, error } = state;
  status();
  part('error').hidden = !error;
  part('error').textContent = error ? tr('This could not be translated: {0}', error.message) : '';
  for (const id of ['translation', 'alignment', 'maps']) part(id).hidden = !trace;
  if (!trace) return;
  showPieces();
  showStep();
  showResults();
  showAlignment();
}

function showPieces() {
  const { trace: { texts, maps, cuts, translation }, own } = state;
  target.lang = part('pieces').lang = tagOf(translation.to);
  let at = 0;
  const nodes = translation.steps.flatMap((step, index) => {
    const written = texts[1].slice(step.start, step.end);
    const one = button(written || tr('end'), () => choose(index));
    one.style.setProperty('--probability', step.probability);
    one.title = percent(step.probability);
    one.setAttribute('aria-label', tr('{0}, {1}', written || tr('end'), percent(step.probability)));
    one.setAttribute('aria-expanded', state.chosen === index);
    if (!written) one.classList.add('end');
    if (index < translation.given) one.classList.add('given');
    one.onpointerenter = one.onfocus = () => light(step);
    one.onpointerleave = one.onblur = () => light();
    const gap = texts[1].slice(at, step.start);
    at = Math.max(at, step.end);
    return [gap, one];
  });
  part('pieces').replaceChildren(...nodes);
  const score = translation.score === undefined ? tr('A piece of it is one that the model never writes.') : tr('Log-probability {0} over all pieces, divided by the length penalty. The line under a piece is as long as its probability.', translation.score.toFixed(2));
  const end = translation.ended ? '' : ` ${tr('It is as long as the model may write, and did not end by itself.')}`;
  part('score').replaceChildren(score + end);
  if (own && own !== state.trace) part('score').append(' ', button(tr("Back to the model's own translation"), () => ask()));
  const lacking = translation.unknown.map((place) => maps[0].keys[place]).map(({ start, end }) => texts[0].slice(start, end));
  const cut = cuts.find(({ segment }) => segment === 0);
  part('cut').hidden = !cut;
  part('cut').textContent = cut ? tr('The text is longer than the model can read: the last {0} pieces, from “{1}” on, were left out.', cut.tokens, texts[0].slice(cut.start, cut.start + 20).trim()) : '';
  part('unknown').hidden = lacking.length === 0;
  part('unknown').textContent = lacking.length ? tr('The model does not know: {0}. It takes each for the same unknown piece.', lacking.join(', ')) : '';
}

function choose(index) {
  state.chosen = state.chosen === index ? undefined : index;
  showPieces();
  showStep();
  part('pieces').querySelectorAll('button')[index]?.focus();
}

/** What else might have been written there. */
function showStep() {
  const { trace: { translation: { steps } }, chosen } = state;
  part('step').hidden = chosen === undefined;
  if (chosen === undefined) return;
  const table = document.createElement('table');
  for (const { id, text, probability } of steps[chosen].top) {
    const row = table.insertRow();
    const piece = button(spelt(text).trim() || (id === steps.at(-1).id ? tr('end') : text), () => ask({ prefix: [...steps.slice(0, chosen).map((step) => step.id), id] }), id === steps[chosen].id);
    row.insertCell().append(piece);
    row.insertCell().textContent = percent(probability);
    const bar = row.insertCell();
    bar.className = 'bar';
    bar.style.setProperty('--probability', probability);
  }
  part('step').replaceChildren(made('p', tr('The five likeliest pieces there. Choose one, and the rest is translated behind it.'), { className: 'muted' }), table);
}

function showResults() {
  const { results } = state.trace.translation;
  part('results').hidden = results.length < 2;
  part('results').querySelector('ol').replaceChildren(...results.map(({ ids, text, score }) => {
    const item = document.createElement('li');
    item.append(button(text, () => ask({ prefix: ids })), ` ${score.toFixed(2)}`);
    return item;
  }));
}

let picture;

function showAlignment() {
  const { trace: { texts, translation: { alignment } }, lens } = state;
  part('lenses').replaceChildren(...LENSES.map(([id, name]) => button(name(), () => {
    state.lens = id;
    showAlignment();
  }, lens === id)));
  part('lenses').setAttribute('aria-label', tr('Lens'));
  const { links, layer, heads, pharaoh } = alignment[lens];
  const cut = (text) => ([start, end]) => text.slice(start, end);
  picture = drawn(alignment.source.map(cut(texts[0])), alignment.target.map(cut(texts[1])), links);
  picture.setAttribute('aria-label', tr('Links between the words of both sentences'));
  part('links').replaceChildren(picture);
  part('pharaoh').textContent = pharaoh;
  // Of these links nothing has been copied yet.
  part('copy').textContent = tr('Copy in Pharaoh format');
  part('said').textContent = tr('Read from cross-attention, the mean of the heads {1} of layer {0}, the layer that did best on sentences aligned by hand: each word of the translation is linked to the word that most weight goes to. Nothing taught the model which words belong together, and it is often wrong.', layer, heads.join(' '));
}

/** Lights the words of a step, and what they are linked to. */
function light(step) {
  const { target: spans } = state.trace.translation.alignment;
  const word = step === undefined ? -1 : spans.findIndex(([start, end]) => start < step.end && step.start < end);
  picture?.light(word);
}

function showMaps() {
  const { trace } = state;
  const steps = trace.translation.steps.map(({ text, start, end }) => ({ text: start === end ? '</s>' : text, start, end, special: start === end, segment: 1 }));
  const maps = trace.maps.map((one) => (one.kind === 'cross' ? { ...one, queries: steps } : one));
  const { translation, ...shown } = { ...trace, maps };
  if (map) {
    map.trace = shown;
    return;
  }
  map = document.createElement('attention-map');
  const { layer, heads } = translation.alignment.weight;
  for (const [name, value] of Object.entries({ view: 'lines', layer, head: heads[0], controls: 'minimal', 'read-only': '' })) map.setAttribute(name, value);
  map.trace = shown;
  part('place').append(map);
}

// ---- listening -----------------------------------------------------------------------------------------------------

source.addEventListener('input', () => {
  clearTimeout(timer);
  timer = setTimeout(ask, REST);
});
part('judge').addEventListener('click', () => {
  if (target.value.trim()) ask({ target: target.value });
});
part('copy').addEventListener('click', async () => {
  try {
    await navigator.clipboard.writeText(part('pharaoh').textContent);
    part('copy').textContent = tr('Copied.');
  } catch {
    // A page that is not secure has no clipboard: the reader copies what is selected.
    getSelection().selectAllChildren(part('pharaoh'));
  }
});
addEventListener('hashchange', open);
// An element that begins has its language spoken, too, though it is spoken already.
addEventListener('attention-map:language', () => {
  if (spoken.language !== written) words();
});

await speak(languageOf({ history: true, language: 'auto' }));
open();
