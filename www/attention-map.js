// <attention-map>: what a real transformer attends to in a text, computed in the reader's browser; or a map that was stored.
// Importing this module defines the element. The files beside it are found relative to it.

import { engineAddress } from './engine-address.js';
import { follow, groundOf, unfollow } from './ground.js';
import { choose, failure, languageOf, running, speak, spoken, tr } from './language.js';
import { load, programs } from './programs.js';
import { translate } from './translator.js';

export { programs, tr };

const ATTRIBUTES = [
  'text', 'text-b', 'src', 'model', 'model-base', 'backend', 'layer', 'head', 'heads', 'view', 'lens', 'from-layer', 'special',
  'punctuation', 'words', 'pair-part', 'map', 'threshold', 'scale', 'theme', 'controls', 'read-only', 'made-with', 'history', 'linked',
  'developer', 'language',
];

// What the reader changes is seen in these, too. Those in the first list only where they are not as they began.
const REFLECTED = ['model', 'layer', 'head', 'scale', 'backend'];
const OPTIONAL = ['heads', 'view', 'lens', 'from-layer', 'special', 'punctuation', 'words', 'pair-part', 'map', 'threshold'];

// An element with one of them needs more than the half of its program that comes first.
const BEYOND = [...OPTIONAL, 'developer'];

// These are for this module, not for the program.
const OWN = ['src', 'model-base'];
// What a stored map is not of any more once they are set.
const TEXTS = ['text', 'text-b'];
// What a stored trace's own state may say, where no attribute does.
const OF_A_VIEW = ['layer', 'head', 'scale', ...OPTIONAL];
// What `state` is made of.
const OF_A_STATE = [...TEXTS, ...REFLECTED, ...OPTIONAL];

// What the engine can be asked (src/protocol.rs).
const QUESTIONS = ['run', 'inspect', 'habits', 'sensitivity', 'noise', 'ablate'];

// So near to what is seen, nothing is put off any longer.
const NEAR = '600px';

/** The property of an attribute: text-b is textB. */
export const propertyOf = (attribute) => attribute.replace(/-(.)/, (_, letter) => letter.toUpperCase());
const PROPERTIES = new Map(ATTRIBUTES.map((name) => [propertyOf(name), name]));

let defaults;

/** What an element begins with where an attribute isn't there. A program has to be loaded. */
export const defaultOf = (name) => defaults[propertyOf(name)];

// A server that renders pages may import this module, too.
export class AttentionMapElement extends (globalThis.HTMLElement ?? class {}) {
  static observedAttributes = ATTRIBUTES;

  #app;
  /** 'viewer' or 'app'. */
  #program;
  #mounting;
  #live;
  #speaking;
  #reflecting = false;
  #ready = newPromise();
  #lab;
  /** What is shown without the engine, until it runs: its JSON, or a trace. */
  #given;
  /** Texts that were set while a stored map was shown, which the engine is then loaded for. */
  #texts = new Map();
  #observer;
  /** The theme that the program was given. */
  #ground;

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).append(document.createElement('slot'));
    this.addEventListener('attention-map:ready', () => this.#readyAgain().resolve(this));
    this.addEventListener('attention-map:progress', () => this.#readyAgain());
    this.addEventListener('attention-map:stopped', ({ detail }) => this.#ready.reject(detail));
    this.addEventListener('attention-map:change', ({ detail }) => this.#reflect(detail));
    this.addEventListener('attention-map:choose-language', ({ detail }) => choose(detail, this.history));
    this.addEventListener('attention-map:live', () => this.#goLive());
    // The first map does without the later half.
    this.addEventListener('attention-map:trace', () => this.#complete().catch((error) => this.#raise(error)));
  }

  /**
   * Resolves with the element as soon as its model can run, or what was stored is there. Rejects where that cannot be had;
   * from the next attempt on it is a new promise.
   */
  get ready() {
    if (this.isConnected) this.#begin();
    return this.#ready.promise;
  }

  /**
   * Shows a text or a pair, and resolves with its trace. With `{ to }` instead of a second text, translates it without
   * showing that.
   */
  async run(text, textB) {
    if (typeof textB === 'object' && textB !== null) {
      return translate(String(text), textB, { backend: this.backend ?? 'auto', base: this.#models() });
    }
    if (!this.isConnected) throw failure('not-connected', 'the element must be in a document to run a text');
    return this.#running((app) => app.run(String(text), textB == null ? undefined : String(textB)));
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
    // A text of its own has no second one, unless it says so.
    const texts = () => ('text' in question ? {} : { text: this.text ?? '', textB: this.textB?.trim() ? this.textB : undefined });
    const asked = () => ({ model: this.model ?? defaultOf('model'), backend: this.backend ?? defaultOf('backend'), ...texts(), ...question });
    // What cannot be posted to the engine is none of its replies.
    try {
      return await this.#running((app) => app.ask(structuredClone(asked())));
    } catch (error) {
      throw error.name === 'DataCloneError' ? failure('protocol', 'a question is plain data: {0}', error.message) : error;
    }
  }

  /** The trace of what is shown, or null. */
  get trace() {
    return this.#app?.trace() ?? null;
  }

  /** Shows a stored trace, as an object or as JSON, or a trace that `run` gave out. Throws where it cannot be read. */
  set trace(given) {
    if (given == null) return;
    if (this.#app) {
      this.#open(given);
    } else {
      this.#given = given;
      // What is on its way would be of what was there before.
      if (this.isConnected) this.#begin(true);
    }
  }

  /** All that a link to what is shown carries, as a plain object. */
  get state() {
    if (!this.#app) return Object.fromEntries(OF_A_STATE.map(propertyOf).map((property) => [property, this[property]]));
    const { replaced, ...state } = this.#app.state();
    return state;
  }

  /** Sets what it names, and leaves the rest. */
  set state(state) {
    for (const property of OF_A_STATE.map(propertyOf)) {
      if (state?.[property] !== undefined) this[property] = state[property];
    }
  }

  /** The large view as SVG that stands alone. Throws where there is no map yet, or the view is a table. */
  toSVG() {
    return this.#painter().svg();
  }

  /** The large view as a Blob of the type image/png or image/svg+xml. */
  async toBlob(type = 'image/png') {
    if (type === 'image/svg+xml') return new Blob([this.toSVG()], { type });
    if (type !== 'image/png') throw failure('unsupported', 'there are pictures of the types image/png and image/svg+xml, not {0}', type);
    return this.#painter().png();
  }

  #painter() {
    if (!this.#app) throw failure('no-picture', 'there is no picture yet, or the view is a table');
    return this.#app;
  }

  connectedCallback() {
    // Properties that were set before the element was defined hide its own.
    for (const property of [...PROPERTIES.keys(), 'trace', 'state']) {
      if (!Object.hasOwn(this, property)) continue;
      const value = this[property];
      delete this[property];
      this[property] = value;
    }
    if (this.#mounting || this.#observer) return;
    // Nothing is fetched for what nobody may ever scroll to.
    this.#observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) this.#begin();
    }, { rootMargin: NEAR });
    this.#observer.observe(this);
    if (this.#given !== undefined) this.#begin();
  }

  disconnectedCallback() {
    // An element that is only moved is connected again by then, and goes on.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#observer?.disconnect();
      this.#leave();
      this.#observer = this.#mounting = this.#live = undefined;
      // A promise that is still open is kept by whichever program starts next.
      if (this.#ready.kept || this.#ready.failed) this.#ready = newPromise();
      this.shadowRoot.replaceChildren(document.createElement('slot'));
    });
  }

  attributeChangedCallback(name, before, value) {
    if (before === value) return;
    // Also before the program is there, which begins in the language whose words have come.
    if (name === 'language' && this.#mounting) this.#speaking = speak(languageOf(this));
    if (this.#reflecting || !this.#app) {
      if (name === 'src' && this.#mounting && !this.#reflecting) this.#begin(true);
      return;
    }
    if (name === 'src') this.#follow();
    if (OWN.includes(name)) return;
    if (name === 'theme') return this.#followGround();
    const grown = name === 'controls' && this.#program === 'viewer' && value === 'full';
    this.#app.set(name, name === 'controls' ? this.#controls() : value ?? undefined);
    if (TEXTS.includes(name) && (this.#isStored() || this.#texts.size > 0)) {
      this.#texts.set(name, value);
      this.#goLive();
    } else if (grown) this.#swap().catch((error) => this.#tell(error));
    this.#offerLab();
  }

  /** Light or dark: what the attribute says, or else the page's style sheet, or else the reader's system. */
  #followGround() {
    const asked = this.getAttribute('theme') ?? 'auto';
    const ground = asked === 'auto' ? groundOf(this) : asked;
    if (ground === this.#ground) return;
    this.#ground = ground;
    this.#app?.set('theme', ground);
  }

  /** How much stands around the view. */
  #controls() {
    return this.getAttribute('controls') ?? (this.#given === undefined ? undefined : 'minimal');
  }

  /** Whether what is shown came in a file, or from the page, and no engine runs. */
  #isStored() {
    return this.#given !== undefined && !this.#live;
  }

  /** Loads what the element is, or begins anew. */
  #begin(again = false) {
    this.#observer?.disconnect();
    if (again && this.#mounting) {
      this.#leave();
      this.#mounting = this.#live = undefined;
    }
    if (this.#mounting) return this.#mounting;
    // In its language from the start.
    this.#speaking = speak(languageOf(this));
    const mounting = this.#mount(() => this.#mounting === mounting);
    this.#mounting = mounting;
    mounting.catch(async (error) => {
      await this.#speaking;
      if (this.#mounting === mounting) this.#show(error);
    });
    return mounting;
  }

  /** A new promise where the last one was of an attempt that failed. */
  #readyAgain() {
    if (this.#ready.failed) this.#ready = newPromise();
    return this.#ready;
  }

  async #mount(isCurrent) {
    this.#readyAgain();
    const source = this.#stored();
    // The neuron view takes more than is ever stored.
    const small = this.getAttribute('controls') !== 'full' && this.getAttribute('view') !== 'neuron';
    const name = source !== undefined && small ? 'viewer' : 'app';
    const [program, given] = await Promise.all([load(name), source?.(), this.#speaking]);
    if (given !== undefined || BEYOND.some((attribute) => this.hasAttribute(attribute))) await program.whole();
    // Taken away meanwhile, and perhaps put back, which began another.
    if (!isCurrent()) throw failure('not-connected', 'the element was removed before it had started');
    this.#given = given;
    this.#place(name, program);
    if (given === undefined) {
      this.#live = Promise.resolve(this.#app);
      this.#app.start();
    } else {
      this.#ready.resolve(this);
    }
    this.#offerLab();
    return this.#app;
  }

  /** A function to what is to be shown without the engine; undefined where the text is to be run. */
  #stored() {
    if (this.#given !== undefined) return async () => this.#given;
    const address = this.getAttribute('src');
    if (address !== null) return () => fetched(new URL(address, this.baseURI));
    const child = this.querySelector(':scope > script[type="application/json"]');
    return child ? async () => child.textContent : undefined;
  }

  /** Puts a program into the shadow root, with what is stored, if anything is. */
  #place(name, { module, sheet }) {
    defaults ??= module.defaults();
    const frame = document.createElement('div');
    frame.className = 'root';
    frame.setAttribute('part', 'root');
    const root = document.createElement('div');
    frame.append(root);
    // What only shows what is stored asks for none of this, and has no address to find it from where it is one file.
    const app = new module.App(this, root, ...(name === 'app' ? [engineAddress(), this.#models()] : ['', '']));
    try {
      const carried = this.#given === undefined ? undefined : app.open(this.#given);
      if (carried !== undefined) this.#take(app, carried);
    } catch (error) {
      app.free();
      throw error;
    }
    this.#leave();
    this.#app = app;
    this.#program = name;
    running.set(app, () => this.#translateLab());
    for (const attribute of ATTRIBUTES) {
      if (attribute === 'controls' || OWN.includes(attribute) || !this.hasAttribute(attribute)) continue;
      if (this.#given !== undefined && TEXTS.includes(attribute)) continue;
      app.set(attribute, this.getAttribute(attribute));
    }
    app.set('controls', this.#controls());
    this.#ground = undefined;
    this.#followGround();
    follow(this, () => this.#followGround());
    app.speak(languageOf(this), spoken.words);
    this.shadowRoot.adoptedStyleSheets = [sheet];
    this.shadowRoot.replaceChildren(frame);
  }

  /** Loads what is not there yet of the program. */
  async #complete() {
    const { whole } = await load(this.#program);
    await whole();
  }

  /** The folder of the models' folders. */
  #models() {
    const base = this.getAttribute('model-base');
    return base === null ? modelsBeside(import.meta.url) : new URL(base.replace(/\/*$/, '/'), this.baseURI).href;
  }

  /** How a stored trace says that it is to be seen, where no attribute says otherwise. */
  #take(app, carried) {
    let state;
    try {
      state = JSON.parse(carried);
    } catch {
      // It is for people who made it then.
    }
    for (const name of OF_A_VIEW) {
      const value = state?.[propertyOf(name)];
      if (value == null || value === false || typeof value === 'object' || this.hasAttribute(name)) continue;
      app.set(name, value === true ? '' : String(value));
    }
  }

  /** Shows what was stored, in the program that there is. */
  #open(given) {
    const carried = this.#app.open(given);
    if (!this.#live) this.#given = given;
    if (carried !== undefined) this.#take(this.#app, carried);
    this.#app.set('controls', this.#controls());
  }

  /** Shows what is at the new address. */
  async #follow() {
    const address = this.getAttribute('src');
    if (address === null) return;
    try {
      const given = await fetched(new URL(address, this.baseURI));
      if (this.getAttribute('src') === address && this.#app) this.#open(given);
    } catch (error) {
      this.#tell(error);
    }
  }

  /** Has the whole program take the viewer's place. */
  async #swap() {
    const program = await load('app');
    await program.whole();
    if (this.#program !== 'viewer') return;
    this.#place('app', program);
    this.#offerLab();
  }

  /** The reader, or the page, wants the text run that is stored. */
  #goLive() {
    if (this.#live) return this.#live;
    this.#live = (async () => {
      await this.#swap();
      if (!this.#app) throw failure('not-connected', 'the element was removed before it had started');
      for (const [name, value] of this.#texts) this.#app.set(name, value ?? undefined);
      this.#texts.clear();
      this.#app.start();
      this.#offerLab();
      return this.#app;
    })();
    this.#live.catch((error) => {
      this.#live = undefined;
      this.#tell(error);
    });
    return this.#live;
  }

  /** What `use` makes of the program once it has an engine. */
  async #running(use) {
    await this.#begin();
    const app = this.isConnected ? await (this.#live ?? this.#goLive()) : undefined;
    // Taken away meanwhile, and its program with it.
    if (app === undefined || app !== this.#app) throw failure('not-connected', 'the element was removed before it had started');
    return use(app);
  }

  #tell(error) {
    this.#app?.fail(error.code ?? 'page-not-started', error.message);
    this.#raise(error);
  }

  #raise(error) {
    this.dispatchEvent(new CustomEvent('attention-map:error', { detail: error, bubbles: true, composed: true }));
  }

  /** Takes the programs away. */
  #leave() {
    running.delete(this.#app);
    unfollow(this);
    this.#lab?.free();
    this.#app?.free();
    this.#app = this.#lab = undefined;
  }

  /** Below the maps, what is loaded only for readers who open it. */
  #offerLab() {
    const frame = this.shadowRoot.querySelector('[part="root"]');
    const there = frame?.querySelector('[part="compare"]');
    const wanted = this.#live !== undefined && (this.#controls() ?? 'full') === 'full' && !this.readOnly;
    if (!frame || wanted === Boolean(there)) return;
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
      const { module, sheet } = await load('lab');
      if (!place.isConnected) return;
      place.replaceChildren();
      if (!this.shadowRoot.adoptedStyleSheets.includes(sheet)) this.shadowRoot.adoptedStyleSheets.push(sheet);
      this.#lab = new module.Lab(this, place);
      this.#lab.speak(spoken.words);
    } catch (error) {
      // The next time that it is opened is another attempt.
      place.replaceChildren();
      place.parentElement.open = false;
      this.#raise(error);
    }
  }

  /** What the reader changed is seen in the attributes, too. */
  #reflect(detail) {
    this.#reflecting = true;
    // Of a stored map the texts are in the file.
    if (!this.#isStored()) {
      this.setAttribute('text', detail.text);
      if (detail.textB === null) this.removeAttribute('text-b');
      else this.setAttribute('text-b', detail.textB);
    }
    for (const name of REFLECTED) {
      if (this.hasAttribute(name) || detail[name] !== defaults[name]) this.setAttribute(name, detail[name]);
    }
    for (const name of OPTIONAL) {
      const value = detail[propertyOf(name)];
      if (value === null || value === false) this.removeAttribute(name);
      else this.setAttribute(name, value === true ? '' : value);
    }
    this.#reflecting = false;
  }

  /** Where the program itself, or what was stored, is missing, there is plain text to say so with, above the fallback. */
  #show(error) {
    this.#mounting = undefined;
    this.#ready.reject(error);
    const text = document.createElement('p');
    text.setAttribute('part', 'error');
    text.setAttribute('role', 'alert');
    text.textContent = error.shown?.() ?? error.message;
    const retry = document.createElement('button');
    retry.setAttribute('part', 'retry');
    retry.textContent = tr('Try again');
    retry.addEventListener('click', () => this.#begin(), { once: true });
    this.shadowRoot.replaceChildren(text, ...(error.code === 'unsupported' ? [] : [retry]), document.createElement('slot'));
    this.#raise(error);
  }
}

/** A folder, which no bundler should look for. */
const modelsBeside = (module) => new URL('./models/', module).href;

/** The text of a stored trace. */
async function fetched(address) {
  let said;
  try {
    const response = await fetch(address);
    if (response.ok) return await response.text();
    said = `${response.status} ${response.statusText}`.trim();
  } catch (error) {
    said = error.message;
  }
  throw failure('fetch-failed', 'The stored map could not be fetched from {0}: {1}', address.href, said);
}

function newPromise() {
  const made = { kept: false, failed: false };
  made.promise = new Promise((fulfil, reject) => {
    made.resolve = (value) => {
      made.kept = true;
      fulfil(value);
    };
    made.reject = (error) => {
      made.failed = !made.kept;
      reject(error);
    };
  });
  // Nobody has to wait for it: there is an event, too.
  made.promise.catch(() => {});
  return made;
}

for (const [property, name] of PROPERTIES) {
  const numeric = ['layer', 'head', 'from-layer', 'threshold'].includes(name);
  // These are there or not.
  const flag = ['words', 'read-only', 'history', 'linked', 'developer'].includes(name);
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

if (globalThis.customElements && !customElements.get('attention-map')) customElements.define('attention-map', AttentionMapElement);
