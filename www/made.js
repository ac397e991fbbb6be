// What the pages around the element make their content of.

/** The element with this id. */
export const part = (id) => document.getElementById(id);

/** A new element with a text and properties. */
export function made(tag, text = '', fields = {}) {
  return Object.assign(document.createElement(tag), { textContent: text, ...fields });
}

/** A button; `pressed`, if it is given, says whether it is. */
export function button(text, onclick, pressed) {
  const one = made('button', text, { type: 'button', onclick });
  if (pressed !== undefined) one.setAttribute('aria-pressed', pressed);
  return one;
}

/** A new element of a picture, with attributes. */
export function drawing(tag, attributes = {}) {
  const one = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  return one;
}

/** A share from 0 to 1 as a reader sees it. */
export const percent = (share) => (share >= 0.9995 ? '100 %' : `${(share * 100).toFixed(share < 0.01 ? 2 : 1)} %`);
