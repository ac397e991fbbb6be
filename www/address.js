// What an address carries after its #: names of the element's attributes, with their values. Pure, for the page, for
// embed.html, and for tests.

/** What a view is made of. Everything else about an element is its page's business. */
export const CARRIED = [
  'text', 'text-b', 'model', 'layer', 'head', 'heads', 'view', 'lens', 'from-layer', 'special', 'punctuation', 'words', 'pair-part',
  'map', 'threshold', 'scale',
];

/** What embed.html takes beside it, having no page around it that could say so. */
export const FRAMED = ['src', 'controls', 'theme', 'language', 'read-only'];

/** Characters of an address. The longest text that a model reads whole has a tenth of them. */
export const LONGEST = 100_000;

/**
 * The attributes of `names` that `hash` gives, as a Map. Whatever the hash holds, this returns: names that are not asked for,
 * escapes that are none and what is left open are passed over; of a name that comes twice the first one counts. A hash longer
 * than LONGEST gives nothing.
 */
export function attributesIn(hash, names) {
  const given = new Map();
  if (hash.length > LONGEST) {
    console.warn(`attention-map: an address carries ${LONGEST} characters at most; this one, of ${hash.length}, is not read`);
    return given;
  }
  const carried = new URLSearchParams(hash.replace(/^#/, ''));
  for (const name of names) if (carried.has(name)) given.set(name, carried.get(name));
  return given;
}

/** The hash that carries `attributes`, pairs of a name and a value, with its #; empty where there are none. */
export function hashOf(attributes) {
  const carried = new URLSearchParams([...attributes]).toString();
  return carried && `#${carried}`;
}

/** Gives `element` the attributes of `names` that are in `given`, and takes away the others. What stays the same is not touched. */
export function apply(element, names, given) {
  for (const name of names) {
    const value = given.get(name) ?? null;
    if (value === element.getAttribute(name)) continue;
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}
