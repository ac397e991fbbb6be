// <attention-map>: what a real transformer attends to in a text, computed in the reader's browser.
// Importing this module defines the element. The files beside it are found relative to it.

import initialise, { App, defaults, style } from './app.js';

// The smallest module that uses a SIMD instruction, which the engine cannot do without.
const SIMD = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
]);

const ATTRIBUTES = [
  'text', 'text-b', 'model', 'backend', 'layer', 'head', 'heads', 'view', 'lens', 'from-layer', 'special', 'punctuation',
  'words', 'pair-part', 'threshold', 'scale', 'theme', 'controls', 'made-with', 'history', 'linked', 'developer', 'language',
];

// Where the reader's choice of a language is kept, by elements with the history attribute.
const LANGUAGE = 'attention-map:language';

// What the reader changes is seen in these, too. Those in the first list only where they are not as they began.
const REFLECTED = ['model', 'layer', 'head', 'scale', 'backend'];
const OPTIONAL = ['heads', 'view', 'lens', 'from-layer', 'special', 'punctuation', 'words', 'pair-part', 'threshold'];

// What the engine can be asked (src/protocol.rs).
const QUESTIONS = ['run', 'inspect', 'habits', 'sensitivity', 'noise', 'ablate'];

/** The property of an attribute: text-b is textB. */
export const propertyOf = (attribute) => attribute.replace(/-(.)/, (_, letter) => letter.toUpperCase());
const PROPERTIES = new Map(ATTRIBUTES.map((name) => [propertyOf(name), name]));

/** One program for all elements of the page, and the style sheet that they share. */
let program;

function load() {
  program ??= (async () => {
    if (typeof WebAssembly !== 'object' || !WebAssembly.validate(SIMD)) {
      throw failure('unsupported', 'This browser lacks WebAssembly SIMD, which the map is computed with. Browsers since 2023 have it.');
    }
    try {
      await initialise({ module_or_path: new URL('./app_bg.wasm', import.meta.url) });
    } catch (error) {
      throw failure('page-not-started', "The map's program could not be started: {0}", error.message);
    }
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style());
    return sheet;
  })();
  // The next attempt begins anew.
  program.catch(() => { program = undefined; });
  return program;
}

/** The programs that run, and what else their elements do in another language. They all speak the same. */
const running = new Map();
/** The language that is spoken, its words by the English ones, and the one that the reader chose on this visit. */
const spoken = { language: 'en', words: undefined, asked: undefined, chosen: undefined };
/** One promise of words a language. */
const catalogues = new Map();

/** A text of the page in the reader's language, with `parts` in its places. */
export const tr = (english, ...parts) => filled(spoken.words?.[english] ?? english, parts);
const filled = (text, parts) => text.replace(/\{(\d)\}/g, (_, at) => parts[at]);

function wordsOf(language) {
  if (language === 'en') return undefined;
  if (!catalogues.has(language)) {
    const fetched = fetch(new URL(`./words/${language}.json`, import.meta.url))
      .then((response) => (response.ok ? response.json() : Promise.reject(new Error(response.statusText))));
    // The next attempt begins anew.
    fetched.catch(() => catalogues.delete(language));
    catalogues.set(language, fetched);
  }
  return catalogues.get(language);
}

/** The reader's choice, then the attribute, then the first of the browser's languages that there are words in. */
function languageOf(element) {
  const kept = spoken.chosen ?? (element.history ? stored() : null);
  const asked = element.language;
  if (kept !== null) return kept;
  if (asked === 'en' || asked === 'zh-Hans') return asked;
  const known = navigator.languages.map((tag) => tag.split('-')[0].toLowerCase()).find((tag) => tag === 'en' || tag === 'zh');
  return known === 'zh' ? 'zh-Hans' : 'en';
}

function stored() {
  try {
    const kept = localStorage.getItem(LANGUAGE);
    return kept === 'en' || kept === 'zh-Hans' ? kept : null;
  } catch {
    return null;
  }
}

/** Has every element speak a language; where its words cannot be fetched, English. The window is told. */
async function speak(language) {
  spoken.asked = language;
  let words;
  try {
    words = await wordsOf(language);
  } catch (error) {
    console.warn(`attention-map: no words in ${language}:`, error.message);
  }
  // Another was asked for meanwhile.
  if (spoken.asked !== language) return;
  Object.assign(spoken, { language: words ? language : 'en', words });
  for (const [app, told] of running) {
    app.speak(language, words);
    told();
  }
  dispatchEvent(new CustomEvent('attention-map:language', { detail: { language: spoken.language } }));
}

/** The program of comparisons, and its style sheet. */
let lab;

function loadLab() {
  lab ??= (async () => {
    const { default: initialise, Lab, style } = await import('./lab.js');
    await initialise({ module_or_path: new URL('./lab_bg.wasm', import.meta.url) });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style());
    return { Lab, sheet };
  })();
  lab.catch(() => { lab = undefined; });
  return lab;
}

/** What an element begins with where an attribute isn't there. The program has to be loaded. */
export const defaultOf = (name) => defaults()[name];

/** An error in English, which is shown in the reader's language. */
function failure(code, english, ...parts) {
  return Object.assign(new Error(filled(english, parts)), { code, shown: () => tr(english, ...parts) });
}

export class AttentionMapElement extends HTMLElement {
  static observedAttributes = ATTRIBUTES;

  #app;
  #mounting;
  #speaking;
  #reflecting = false;
  #ready = newPromise();
  #lab;

  constructor() {
    super();
    this.attachShadow({ mode: 'open' });
    this.addEventListener('attention-map:ready', () => this.#ready.resolve(this));
    this.addEventListener('attention-map:change', ({ detail }) => this.#reflect(detail));
    this.addEventListener('attention-map:choose-language', ({ detail }) => this.#choose(detail));
  }

  /** Resolves with the element as soon as its model can run. */
  get ready() {
    return this.#ready.promise;
  }

  /** Shows a text or a pair, and resolves with its trace. */
  async run(text, textB) {
    if (!this.isConnected) throw failure('not-connected', 'the element must be in a document to run a text');
    const app = await this.#mount();
    return app.run(String(text), textB == null ? undefined : String(textB));
  }

  /**
   * Has the engine compute something without showing it, and resolves with its reply. What the question leaves out is
   * the element's own.
   */
  async ask(question) {
    if (!this.isConnected) throw failure('not-connected', 'the element must be in a document to ask something');
    if (!QUESTIONS.includes(question?.type)) {
      throw failure('protocol', 'there is no question of the type "{0}"; there are: {1}', question?.type, QUESTIONS.join(', '));
    }
    const app = await this.#mount();
    // A text of its own has no second one, unless it says so.
    const texts = 'text' in question ? {} : { text: this.text ?? '', textB: this.textB?.trim() ? this.textB : undefined };
    const asked = { model: this.model ?? defaultOf('model'), backend: this.backend ?? defaultOf('backend'), ...texts, ...question };
    // What cannot be posted to the engine is none of its replies.
    try {
      return await app.ask(structuredClone(asked));
    } catch (error) {
      throw error.name === 'DataCloneError' ? failure('protocol', 'a question is plain data: {0}', error.message) : error;
    }
  }

  connectedCallback() {
    // Properties that were set before the element was defined hide its own.
    for (const property of PROPERTIES.keys()) {
      if (!Object.hasOwn(this, property)) continue;
      const value = this[property];
      delete this[property];
      this[property] = value;
    }
    const mounting = this.#mount();
    mounting.catch(async (error) => {
      await this.#speaking;
      if (this.#mounting === mounting) this.#show(error);
    });
  }

  disconnectedCallback() {
    // An element that is only moved is connected again by then, and goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      running.delete(this.#app);
      this.#lab?.free();
      this.#app?.free();
      this.#app = this.#mounting = this.#lab = undefined;
      // A promise that is still open is kept by whichever program starts next.
      if (this.#ready.kept) this.#ready = newPromise();
      this.shadowRoot.replaceChildren();
    });
  }

  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    if (name === 'controls') this.#offerLab();
    // Also before the program is there, which begins in the language whose words have come.
    if (name === 'language' && this.#mounting) this.#speaking = speak(languageOf(this));
    if (this.#reflecting || !this.#app) return;
    this.#app.set(name, value ?? undefined);
  }

  #mount() {
    if (this.#mounting) return this.#mounting;
    // In its language from the start.
    this.#speaking = speak(languageOf(this));
    const mounting = Promise.all([load(), this.#speaking]).then(([sheet]) => {
      // Taken away meanwhile, and perhaps put back, which began another.
      if (this.#mounting !== mounting) throw failure('not-connected', 'the element was removed before it had started');
      this.shadowRoot.adoptedStyleSheets = [sheet];
      const frame = document.createElement('div');
      frame.className = 'root';
      frame.setAttribute('part', 'root');
      const root = document.createElement('div');
      frame.append(root);
      this.shadowRoot.replaceChildren(frame);
      const at = (path) => new URL(path, import.meta.url).href;
      this.#app = new App(this, root, at('./engine-worker.js'), at('./models/'));
      running.set(this.#app, () => this.#translateLab());
      for (const name of ATTRIBUTES) {
        if (this.hasAttribute(name)) this.#app.set(name, this.getAttribute(name));
      }
      this.#app.speak(languageOf(this), spoken.words);
      this.#app.start();
      this.#offerLab();
      return this.#app;
    });
    this.#mounting = mounting;
    return mounting;
  }

  #choose(language) {
    spoken.chosen = language;
    try {
      if (this.history) localStorage.setItem(LANGUAGE, language);
    } catch {
      // A browser that keeps nothing keeps nothing.
    }
    speak(language);
  }

  /** Below the maps, what is loaded only for readers who open it. */
  #offerLab() {
    const frame = this.shadowRoot.querySelector('[part="root"]');
    const there = frame?.querySelector('[part="compare"]');
    if (!frame || !there === (this.controls === 'none')) return;
    if (there) {
      there.remove();
      this.#lab?.free();
      this.#lab = undefined;
      return;
    }
    const details = document.createElement('details');
    details.className = 'compare';
    details.setAttribute('part', 'compare');
    const summary = document.createElement('summary');
    summary.textContent = tr('Compare and disturb');
    const place = document.createElement('div');
    details.append(summary, place);
    details.addEventListener('toggle', () => {
      if (details.open && !place.hasChildNodes()) this.#openLab(place);
    });
    frame.append(details);
  }

  #translateLab() {
    const summary = this.shadowRoot.querySelector('[part="compare"] > summary');
    if (summary) summary.textContent = tr('Compare and disturb');
    this.#lab?.speak(spoken.words);
  }

  async #openLab(place) {
    place.textContent = tr('Loading …');
    try {
      const { Lab, sheet } = await loadLab();
      if (!place.isConnected) return;
      place.replaceChildren();
      if (!this.shadowRoot.adoptedStyleSheets.includes(sheet)) this.shadowRoot.adoptedStyleSheets.push(sheet);
      this.#lab = new Lab(this, place);
      this.#lab.speak(spoken.words);
    } catch (error) {
      // The next time that it is opened is another attempt.
      place.replaceChildren();
      place.parentElement.open = false;
      this.dispatchEvent(new CustomEvent('attention-map:error', {
        detail: failure('page-not-started', 'The program that compares could not be started: {0}', error.message), bubbles: true, composed: true,
      }));
    }
  }

  /** What the reader changed is seen in the attributes, too. */
  #reflect(detail) {
    this.#reflecting = true;
    this.setAttribute('text', detail.text);
    if (detail.textB === null) this.removeAttribute('text-b');
    else this.setAttribute('text-b', detail.textB);
    const initial = defaults();
    for (const name of REFLECTED) {
      if (this.hasAttribute(name) || detail[name] !== initial[name]) this.setAttribute(name, detail[name]);
    }
    for (const name of OPTIONAL) {
      const value = detail[propertyOf(name)];
      if (value === null || value === false) this.removeAttribute(name);
      else this.setAttribute(name, value === true ? '' : value);
    }
    this.#reflecting = false;
  }

  /** Where the program itself is missing, there is only plain text to say so with. */
  #show(error) {
    this.#mounting = undefined;
    const text = document.createElement('p');
    text.setAttribute('part', 'error');
    text.setAttribute('role', 'alert');
    text.textContent = error.shown?.() ?? error.message;
    const retry = document.createElement('button');
    retry.setAttribute('part', 'retry');
    retry.textContent = tr('Try again');
    retry.addEventListener('click', () => this.connectedCallback(), { once: true });
    this.shadowRoot.replaceChildren(text, ...(error.code === 'unsupported' ? [] : [retry]));
    this.dispatchEvent(new CustomEvent('attention-map:error', { detail: error, bubbles: true, composed: true }));
  }
}

function newPromise() {
  const made = { kept: false };
  made.promise = new Promise((fulfil) => {
    made.resolve = (value) => {
      made.kept = true;
      fulfil(value);
    };
  });
  return made;
}

for (const [property, name] of PROPERTIES) {
  const numeric = ['layer', 'head', 'from-layer', 'threshold'].includes(name);
  // These are there or not.
  const flag = ['words', 'history', 'linked', 'developer'].includes(name);
  Object.defineProperty(AttentionMapElement.prototype, property, {
    configurable: true,
    enumerable: true,
    get() {
      const value = this.getAttribute(name);
      if (flag) return value !== null;
      return numeric ? Number(value ?? 0) : value;
    },
    set(value) {
      if (flag) this.toggleAttribute(name, Boolean(value));
      else if (value == null) this.removeAttribute(name);
      else this.setAttribute(name, value);
    },
  });
}

if (!customElements.get('attention-map')) customElements.define('attention-map', AttentionMapElement);
