// Texts of a known number of tokens.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

// Each of them is one token.
const WORDS = 'the old man and his small dog walked along the river to the next town before night'.split(' ');

/** Makes texts for the tokenizer of `model`, as the site in `dist` serves it. */
export async function sequencesOf(dist, model) {
  const tokenizer = JSON.parse(await readFile(join(dist, 'models', model, 'tokenizer.json'), 'utf8'));
  const vocabulary = tokenizer.model.vocab;
  /** A text that is exactly `tokens` tokens, [CLS] and [SEP] among them, its pieces and its ids. */
  return (tokens) => {
    const words = Array.from({ length: tokens - 2 }, (_, index) => WORDS[index % WORDS.length]);
    const pieces = ['[CLS]', ...words, '[SEP]'];
    return { text: words.join(' '), pieces, ids: pieces.map((piece) => vocabulary[piece]) };
  };
}
