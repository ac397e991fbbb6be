/** One token as the model saw it. Offsets are UTF-16 code units of the text with index `segment`. */
export interface Token {
  /** The vocabulary's own spelling, `##ing` or `[CLS]`. */
  text: string;
  start: number;
  end: number;
  /** Added by the tokenizer, not typed. */
  special: boolean;
  segment: number;
}

export interface AttentionMap {
  kind: MapKind;
  layers: number;
  heads: number;
  queries: Token[];
  keys: Token[];
  /**
   * Row-major, (layers, heads, queries, keys). Each row is one query's distribution over the keys. It is the
   * array that the element paints from: read it freely, and copy it before changing or transferring it.
   */
  weights: Float32Array;
  /**
   * Where not all heads are there, which a stored map may leave out: the layer and head of those that are, in order. The
   * weights are of these alone.
   */
  stored?: [number, number][];
}

/** Text that did not fit the model: `tokens` tokens of text `segment`, from offset `start` on. */
export interface Cut {
  segment: number;
  start: number;
  tokens: number;
}

export interface Trace {
  model: string;
  /** `other` is another program, of attention that was computed elsewhere. */
  backend: 'webgpu' | 'cpu' | 'other';
  /** What computed it, as the adapter or processor names itself. */
  adapter: string;
  texts: string[];
  maps: AttentionMap[];
  cuts: Cut[];
  milliseconds: number;
}

/** What a text is to be translated into. */
export interface TranslationWanted {
  to: 'fr' | 'zh' | (string & {});
  /** Pieces that the translation begins with, by their ids (of a step's `top`, say); the rest is decoded behind them. */
  prefix?: number[];
  /** The translation itself: nothing is searched, and what the model thinks of it is told (teacher forcing). Not with `prefix`. */
  target?: string;
  /** Hypotheses beside each other; 1 always takes the likeliest piece. Without it, the model's own, 4. */
  beam?: number;
}

/** A piece of the translation, and what else might have been written there. Offsets are UTF-16 code units of `texts[1]`. */
export interface TranslationStep {
  id: number;
  /** The vocabulary's own spelling: `\u2581maison`. */
  text: string;
  /** Among what may be written; 0 for a piece that never is, such as an unknown one in a `target`. */
  probability: number;
  start: number;
  end: number;
  /** The five likeliest, the likeliest first. */
  top: { id: number; text: string; probability: number }[];
}

/** Word alignment by cross-attention of one layer, averaged over the heads that did best on sentences aligned by hand. */
export interface AlignmentLinks {
  layer: number;
  heads: number[];
  /** [word of the source, word of the translation], numbers in `Translation.alignment`'s lists. */
  links: [number, number][];
  /** The same in Pharaoh format, `0-0 1-2`. */
  pharaoh: string;
}

export interface Translation {
  to: string;
  /** Row t of the maps `decoder` and `cross` wrote step t: its token is what it had read before, and the last step is the end. */
  steps: TranslationStep[];
  /** The first so many steps were given. */
  given: number;
  /** Whether the model ended it; otherwise it is as long as is allowed. */
  ended: boolean;
  /** The natural logarithm of the probability of all steps, over the length penalty; missing where a step has none. */
  score?: number;
  /** All that the search ended with, the best first. */
  results: { ids: number[]; text: string; score: number }[];
  /** Tokens of the source that the vocabulary hasn't, by their place in the map's keys. */
  unknown: number[];
  /** (layers, heads, source tokens): a weight of `cross` times it is norm-weighted attention (Kobayashi et al. 2020). */
  crossLengths: number[];
  alignment: {
    /** [start, end) of each word, in UTF-16 code units of `texts[0]` and `texts[1]`. */
    source: [number, number][];
    target: [number, number][];
    /** By attention weights, and by norm-weighted attention. */
    weight: AlignmentLinks;
    norm: AlignmentLinks;
  };
}

/** Its `texts` are the source and the translation (segments 0 and 1), its maps `encoder`, `decoder` and `cross`. */
export interface TranslationTrace extends Trace {
  translation: Translation;
}

/** A stored trace, as the page and the command line write it. trace.schema.json says what every field means. */
export interface StoredTrace {
  format: 'attention-map';
  version: 1;
  program: string;
  model: { id: string; name: string; sha256?: string };
  backend: 'webgpu' | 'cpu' | 'other';
  texts: string[];
  cuts?: Cut[];
  maps: StoredMap[];
  /** How it is to be seen: an `AttentionMapState` as JSON. */
  state?: string;
}

export interface StoredMap {
  kind: AttentionMap['kind'];
  layers: number;
  heads: number;
  queries: StoredToken[];
  /** Without it, the queries. */
  keys?: StoredToken[];
  encoding: 'u8' | 'u8-runs' | 'f16';
  /** No weight is further than this from the one that was computed. */
  error: number;
  stored: { layer: number; head: number; largest?: number }[];
  /** Base64. */
  weights: string;
}

export type StoredToken = Pick<Token, 'text' | 'start' | 'end'> & Partial<Token>;

/** What an error's `code` can be. */
export type AttentionMapErrorCode =
  | 'attribute-invalid'
  | 'engine-not-started'
  | 'engine-stopped'
  | 'fetch-failed'
  | 'file-corrupt'
  | 'made-with-other'
  | 'model-invalid'
  | 'model-not-loaded'
  | 'model-unknown'
  | 'no-adapter'
  | 'no-picture'
  | 'device-lost'
  | 'not-connected'
  | 'overtaken'
  | 'page-not-started'
  | 'protocol'
  | 'removed'
  | 'shape'
  | 'tokenizer'
  | 'translation'
  | 'trace-invalid'
  | 'unsupported'
  | (string & {});

export interface AttentionMapError extends Error {
  code: AttentionMapErrorCode;
}

export type View = 'grid' | 'matrix' | 'lines' | 'text' | 'layers' | 'neuron' | 'table';

/**
 * What a number is: an attention weight; the mean or the maximum over the chosen heads; the norm of the weighted value
 * vectors (Kobayashi et al. 2020); value zeroing (Mohebbi et al. 2023); attention rollout (Abnar and Zuidema 2020); the mean
 * attention that a word receives.
 */
export type Lens = 'weight' | 'mean' | 'max' | 'norm' | 'value-zeroing' | 'rollout' | 'received';

/** Of special tokens or punctuation: shown; left out; left out, and what remains of each row divided by its sum. */
export type Treatment = 'show' | 'hide' | 'renormalise';

/** Of a pair, the text whose words attend and the one that they attend to. */
export type MapKind = 'self' | 'encoder' | 'decoder' | 'cross';
export type PairPart = 'all' | 'a-a' | 'a-b' | 'b-a' | 'b-b';

/** What the last colour stands for: 1; the map's largest number; the one that 99 of 100 do not exceed; or the largest, with four powers of ten below it. */
export type Scale = 'unit' | 'max' | 'small' | 'log';

/** What a link to a view has to carry. */
export interface AttentionMapChange {
  text: string;
  textB: string | null;
  layer: number;
  head: number;
  scale: Scale;
  backend: 'auto' | 'webgpu' | 'cpu';
  model: string;
  /** The model and the beginning of its weights' hash, as the `made-with` attribute takes it. */
  madeWith: string;
  /** What follows is null, or false, where it is as it began. */
  heads: string | null;
  view: View | null;
  lens: Lens | null;
  fromLayer: string | null;
  special: Treatment | null;
  punctuation: Treatment | null;
  words: boolean;
  pairPart: PairPart | null;
  /** Which attention, where a trace has several; of a translation it is `cross` without it. */
  map: MapKind | null;
  threshold: string | null;
  /** An example, or the removal of the second text, put aside what was written; a page may let Back undo it. */
  replaced: boolean;
}

/** All that a link to what is shown carries. */
export type AttentionMapState = Omit<AttentionMapChange, 'replaced'>;

/** What the element can be asked. What is left out of a question is the element's own; with a `text`, `textB` is none unless given. */
export type AttentionMapQuestion = {
  text?: string | null;
  textB?: string | null;
  /** One that the element, or another of the page, has loaded. */
  model?: string;
  /** For `run` and `habits`; everything else is computed on the CPU. */
  backend?: 'auto' | 'webgpu' | 'cpu';
} & (
  /** A trace, without showing it. */
  | { type: 'run' }
  /** What each head does, (layers, heads, habits); over the built-in sentences where `text` is null. */
  | { type: 'habits' }
  /** What is behind the weights; src/inspection.rs has the shapes and where the formulas come from. */
  | { type: 'inspect'; inspection: { kind: 'values' } | { kind: 'valueZeroing'; layer: number; from: number; to: number } | { kind: 'neuron'; layer: number; head: number } }
  /**
   * How far each head's map moves from the text to another, (layers, heads): the mean Jensen-Shannon divergence in bits, 0 to
   * 1, of the rows of tokens that both have. Keys that one text alone has count as one key. `tokens` is how many both have.
   */
  | { type: 'sensitivity'; other: string; otherB?: string | null }
  /**
   * The same for each of `words`, ranges of typed tokens [from, to) in their order, when it is left out or changes places
   * with the next one: (words, layers, heads), for swaps one word less.
   */
  | { type: 'noise'; noise: 'drop' | 'swap'; words: [number, number][] }
  /** What switching heads, [layer, head], off does: their outputs are zeros, or their mean over the built-in sentences. */
  | { type: 'ablate'; heads: [number, number][]; to: 'zero' | 'mean' }
);

/** The reply to a question of that type. Its arrays are the asker's own. */
export type AttentionMapReply<Type> = Type extends 'run'
  ? { type: 'traced'; trace: Trace }
  : Type extends 'ablate'
    ? {
        type: 'ablated';
        trace: Trace;
        /** Between the sentence's embeddings, the last layer's outputs averaged over all tokens, before and after. */
        cosine: number;
        /** How far each head's map moved, (layers, heads), as for `sensitivity`. */
        values: Float32Array;
      }
    : { type: 'inspected'; tokens: number; values: Float32Array };

export interface AttentionMapEventMap {
  /** A model is loaded and can run. */
  'attention-map:ready': CustomEvent<{ model: string; backend: 'webgpu' | 'cpu'; adapter: string }>;
  /** Bytes of the model so far, from the network or from the browser's cache. */
  'attention-map:progress': CustomEvent<{ loaded: number; total: number; cached: boolean }>;
  /**
   * A text has been run: `trace`, `state` and pictures are of it, and what is on screen follows at once. Not for text that is typed over
   * already.
   */
  'attention-map:trace': CustomEvent<Trace>;
  'attention-map:error': CustomEvent<AttentionMapError>;
  /** With `linked`: the address is about to be copied, and should carry what is seen. */
  'attention-map:link': CustomEvent<null>;
  /** The reader, or `run`, changed something that a link carries. */
  'attention-map:change': CustomEvent<AttentionMapChange>;
}

/** Attributes as they are written, in HTML or in JSX. Flags are there or not, whatever their value: `''` or `undefined`. */
export interface AttentionMapAttributes {
  text?: string;
  'text-b'?: string;
  /** A stored map to show: the address of its JSON. */
  src?: string;
  model?: string;
  /** The folder of the models' folders. Relative to the page. */
  'model-base'?: string;
  backend?: 'auto' | 'webgpu' | 'cpu';
  layer?: number | string;
  head?: number | string;
  heads?: string;
  scale?: Scale;
  view?: View;
  lens?: Lens;
  'from-layer'?: number | string;
  special?: Treatment;
  punctuation?: Treatment;
  words?: '' | boolean;
  'pair-part'?: PairPart;
  map?: MapKind;
  threshold?: number | string;
  controls?: 'full' | 'minimal' | 'none';
  'read-only'?: '' | boolean;
  'made-with'?: string;
  history?: '' | boolean;
  linked?: '' | boolean;
  developer?: '' | boolean;
  theme?: 'auto' | 'light' | 'dark';
  language?: 'auto' | 'en' | 'zh-Hans';
}

export class AttentionMapElement extends HTMLElement {
  text: string | null;
  /** The second text of a pair. The attribute is `text-b`. */
  textB: string | null;
  model: string | null;
  backend: 'auto' | 'webgpu' | 'cpu' | null;
  /** From 0. */
  layer: number;
  /** From 0. */
  head: number;
  /** Heads chosen beside the selected one, layer and head from 0: `3.1 3.4 4.0`. */
  heads: string | null;
  scale: Scale | null;
  /** The large view; the matrix without it. */
  view: View | null;
  lens: Lens | null;
  /** The first layer of a rollout, from 0. The attribute is `from-layer`. */
  fromLayer: number;
  special: Treatment | null;
  punctuation: Treatment | null;
  /** Whole words instead of the tokenizer's pieces. */
  words: boolean;
  /** The attribute is `pair-part`. */
  pairPart: PairPart | null;
  /** Which attention, where a trace has several; of a translation it is `cross` without it. */
  map: MapKind | null;
  /** From 0 to 1; smaller numbers are left out of the pictures, and counted. */
  threshold: number;
  /**
   * `none` shows the view alone, with what it takes to read it; `minimal` also layer, head, views, legend and "Run live". Without
   * it, `minimal` where a stored map is shown, and `full` otherwise.
   */
  controls: 'full' | 'minimal' | 'none' | null;
  /** The address of a stored map, relative to the page. It is shown without the engine. */
  src: string | null;
  /** The folder of the models' folders, relative to the page; `models/` beside the module without it. The attribute is `model-base`. */
  modelBase: string | null;
  /** The text cannot be edited, and a stored map not be run. The attribute is `read-only`. */
  readOnly: boolean;
  /** What a link was made with; the reader is told where this element's models are others. The attribute is `made-with`. */
  madeWith: string | null;
  /** The last ten texts are kept in this browser, and listed. */
  history: boolean;
  /** The page keeps what is seen in its address (on `attention-map:change`), which the element offers to copy. */
  linked: boolean;
  theme: 'auto' | 'light' | 'dark' | null;
  /**
   * Of the interface, of all elements on a page: `auto` is the first of the browser's languages that there is. What the reader
   * chose in the page comes first; it is kept in the browser where `history` is set, and otherwise for the visit.
   * The window hears `attention-map:language`, with `{ language }`, whenever another is spoken.
   */
  language: 'auto' | 'en' | 'zh-Hans' | null;
  /** Below the maps, a table of the GPU's kernels with the time that each takes, made when the reader asks for it. */
  developer: boolean;

  /** The trace of what is shown, or null. */
  get trace(): Trace | null;
  /** Shows a stored trace, as an object or as JSON, or a trace that `run` gave out, without the engine. Throws where it cannot be read. */
  set trace(given: Trace | StoredTrace | string | null);
  /** All that a link to what is shown carries. */
  get state(): AttentionMapState;
  /** Sets what it names, and leaves the rest. */
  set state(state: Partial<AttentionMapState>);

  /** The large view as SVG that stands alone, text as text. Throws with `no-picture` where there is none, as of a table. */
  toSVG(): string;
  /** The large view as a picture. */
  toBlob(type?: 'image/png' | 'image/svg+xml'): Promise<Blob>;

  /**
   * Resolves with the element as soon as a model can run, or a stored map is shown. An element that is far from what is seen
   * starts when this is asked for. Rejects with an `AttentionMapError`, that of `attention-map:error`, where the model or the stored map
   * cannot be had; asking again tries again, with a new promise. After the element was removed it is a new one, too, of the
   * program that starts when it is put back.
   */
  readonly ready: Promise<AttentionMapElement>;

  /**
   * Shows a text or a pair and resolves with its trace, right after `attention-map:trace`. Rejects with an `AttentionMapError`; its
   * code is `overtaken` where a newer text came first.
   */
  run(text: string, textB?: string | null): Promise<Trace>;
  /** Translates an English text, without showing it. Rejects with the code `translation` for a language that the model hasn't, say. */
  run(text: string, wanted: TranslationWanted): Promise<TranslationTrace>;

  /**
   * Has the engine compute something without showing it. Waits until the model is loaded. Rejects with an `AttentionMapError`:
   * `protocol` for what is no question, `shape` for a layer, head or word that is not there.
   */
  ask<Question extends AttentionMapQuestion>(question: Question): Promise<AttentionMapReply<Question['type']>>;

  addEventListener<K extends keyof AttentionMapEventMap>(
    type: K,
    listener: (this: AttentionMapElement, event: AttentionMapEventMap[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof AttentionMapEventMap>(
    type: K,
    listener: (this: AttentionMapElement, event: AttentionMapEventMap[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

/**
 * Where the WebAssembly programs come from. A bundle may put its own in their place, before the first is loaded: `module` is
 * what wasm-bindgen wrote, `source` the address of its WebAssembly, a response, bytes, or a promise of one. The app comes in two
 * halves, and `later` is the address of the second.
 */
export const programs: Record<'viewer' | 'app' | 'lab', () => Promise<{ module: object; source: unknown; later?: string | URL }>>;

/** The property of an attribute: `text-b` is `textB`. */
export function propertyOf(attribute: string): string;

/** What an element begins with where an attribute isn't there. Once an element is shown. */
export function defaultOf(attribute: string): unknown;

/** A text of the interface in the language that is spoken, with `parts` in the places of `{0}` and the following. */
export function tr(english: string, ...parts: string[]): string;

declare global {
  interface HTMLElementTagNameMap {
    'attention-map': AttentionMapElement;
  }
}
