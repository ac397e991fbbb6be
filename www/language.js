// The language that all elements of a page speak, and its words.

// Where the reader's choice of a language is kept, by elements with the history attribute.
const CHOICE = 'attention-map:language';

/** The language that is spoken, its words by the English ones, and the one that the reader chose on this visit. */
export const spoken = { language: 'en', words: undefined, asked: undefined, chosen: undefined };
/** The programs that run, and what else their elements do in another language. They all speak the same. */
export const running = new Map();
/** One promise of words a language. */
const catalogues = new Map();

/** A text of the page in the reader's language, with `parts` in its places. */
export const tr = (english, ...parts) => filled(spoken.words?.[english] ?? english, parts);
const filled = (text, parts) => text.replace(/\{(\d)\}/g, (_, at) => parts[at]);

/** An error in English, which is shown in the reader's language. */
export function failure(code, english, ...parts) {
  return Object.assign(new Error(filled(english, parts)), { code, shown: () => tr(english, ...parts) });
}

/** Where the words of each language come from. A bundle may put its own in their place, before the first are asked for. */
export const sources = {
  'zh-Hans': async () => {
    const response = await fetch(new URL('./words/zh-Hans.json', import.meta.url));
    return response.ok ? response.json() : Promise.reject(new Error(response.statusText));
  },
};

function wordsOf(language) {
  if (language === 'en') return undefined;
  if (!catalogues.has(language)) {
    const words = sources[language]();
    // The next attempt begins anew.
    words.catch(() => catalogues.delete(language));
    catalogues.set(language, words);
  }
  return catalogues.get(language);
}

/** The reader's choice, then the attribute, then the first of the browser's languages that there are words in. */
export function languageOf(element) {
  const kept = spoken.chosen ?? (element.history ? stored() : null);
  const asked = element.language;
  if (kept !== null) return kept;
  if (asked === 'en' || asked === 'zh-Hans') return asked;
  const known = navigator.languages.map((tag) => tag.split('-')[0].toLowerCase()).find((tag) => tag === 'en' || tag === 'zh');
  return known === 'zh' ? 'zh-Hans' : 'en';
}

function stored() {
  try {
    const kept = localStorage.getItem(CHOICE);
    return kept === 'en' || kept === 'zh-Hans' ? kept : null;
  } catch {
    return null;
  }
}

/** The reader chose a language: it is spoken, and kept if `keep`. */
export function choose(language, keep) {
  spoken.chosen = language;
  try {
    if (keep) localStorage.setItem(CHOICE, language);
  } catch {
    // A browser that keeps nothing keeps nothing.
  }
  speak(language);
}

/** Has every element speak a language; where its words cannot be fetched, English. The window is told. */
export async function speak(language) {
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
