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
  kind: 'self' | 'encoder' | 'decoder' | 'cross';
  layers: number;
  heads: number;
  queries: Token[];
  keys: Token[];
  /**
   * Row-major, (layers, heads, queries, keys). Each row is one query's distribution over the keys. It is the
   * array that the element paints from: read it freely, and copy it before changing or transferring it.
   */
  weights: Float32Array;
}

/** Text that did not fit the model: `tokens` tokens of text `segment`, from offset `start` on. */
export interface Cut {
  segment: number;
  start: number;
  tokens: number;
}

export interface Trace {
  model: string;
  backend: 'webgpu' | 'cpu';
  /** What computed it, as the adapter or processor names itself. */
  adapter: string;
  texts: string[];
  maps: AttentionMap[];
  cuts: Cut[];
  milliseconds: number;
}

/** What an error's `code` can be. */
export type AttentionMapErrorCode =
  | 'attribute-invalid'
  | 'engine-not-started'
  | 'engine-stopped'
  | 'fetch-failed'
  | 'file-corrupt'
  | 'model-invalid'
  | 'model-not-loaded'
  | 'model-unknown'
  | 'no-adapter'
  | 'device-lost'
  | 'not-connected'
  | 'overtaken'
  | 'page-not-started'
  | 'protocol'
  | 'removed'
  | 'shape'
  | 'tokenizer'
  | 'trace-invalid'
  | 'unsupported'
  | (string & {});

export interface AttentionMapError extends Error {
  code: AttentionMapErrorCode;
}

/** What a link to a view has to carry. */
export interface AttentionMapChange {
  text: string;
  textB: string | null;
  layer: number;
  head: number;
  scale: 'unit' | 'max' | 'small';
  backend: 'auto' | 'webgpu' | 'cpu';
  model: string;
  /** An example, or the removal of the second text, put aside what was written; a page may let Back undo it. */
  replaced: boolean;
}

export interface AttentionMapEventMap {
  /** A model is loaded and can run. */
  'attention-map:ready': CustomEvent<{ model: string; backend: 'webgpu' | 'cpu'; adapter: string }>;
  /** Bytes of the model so far, from the network or from the browser's cache. */
  'attention-map:progress': CustomEvent<{ loaded: number; total: number; cached: boolean }>;
  /** A text has been run and is shown; its canvases are painted in the next frame. Not for text that is typed over already. */
  'attention-map:trace': CustomEvent<Trace>;
  'attention-map:error': CustomEvent<AttentionMapError>;
  /** The reader, or `run`, changed something that a link carries. */
  'attention-map:change': CustomEvent<AttentionMapChange>;
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
  /** What the last colour stands for: a weight of 1, the map's largest, or the one that 99 of 100 do not exceed. */
  scale: 'unit' | 'max' | 'small' | null;
  /** One view alone; without it all are shown. */
  view: 'grid' | 'matrix' | null;
  lens: 'weight' | null;
  theme: 'auto' | 'light' | 'dark' | null;
  /** Below the maps, a table of the GPU's kernels with the time that each takes, made when the reader asks for it. */
  developer: boolean;

  /**
   * Resolves with the element as soon as a model can run. Failures come as `attention-map:error`. After the
   * element was removed, it is a new promise, of the program that starts when it is put back.
   */
  readonly ready: Promise<AttentionMapElement>;

  /**
   * Shows a text or a pair and resolves with its trace, once that is shown. Rejects with an `AttentionMapError`; its code is
   * `overtaken` where a newer text came first.
   */
  run(text: string, textB?: string | null): Promise<Trace>;

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
}

declare global {
  interface HTMLElementTagNameMap {
    'attention-map': AttentionMapElement;
  }
}
