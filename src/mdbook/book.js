// Loads the element for the maps of this book, and has them follow it: its theme on screen, and the picture in print.
// `ELEMENT`, the element's address from this file, stands in the line before.

const figures = [...document.querySelectorAll('figure.attention-map')];
// Maps that ask for a theme of their own keep it.
const following = figures.map((figure) => figure.querySelector('attention-map:not([theme])')).filter(Boolean);

/** Light text on a dark ground, whatever the theme is called. */
function isDark() {
  const [red, green, blue, alpha = 1] = getComputedStyle(document.documentElement).backgroundColor.match(/[\d.]+/g) ?? [];
  return Number(alpha) > 0 && 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}

function follow() {
  const theme = isDark() ? 'dark' : 'light';
  for (const map of following) if (map.getAttribute('theme') !== theme) map.setAttribute('theme', theme);
}

follow();
// mdBook changes the class when a reader picks a theme.
new MutationObserver(follow).observe(document.documentElement, { attributes: true, attributeFilter: ['class'] });
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', follow);

// Paper gets the picture that the book was built with, which is of a light ground and has no buttons.
const style = new CSSStyleSheet();
style.replaceSync(`
  figure.attention-map { margin-inline: 0; }
  figure.attention-map > attention-map { --attention-map-padding: 12px 16px; }
  figure.attention-map > figcaption { margin-block-start: 0.5em; font-size: 0.9em; }
  @media screen { figure.attention-map > .attention-map-print { display: none; } }
  @media print {
    figure.attention-map > attention-map { display: none !important; }
    figure.attention-map { break-inside: avoid; }
  }
`);
document.adoptedStyleSheets.push(style);
for (const figure of figures) {
  // A key that is for a map is not also mdBook's, which turns the page at arrows.
  figure.addEventListener('keydown', (event) => event.stopPropagation());
  const picture = figure.querySelector('attention-map > img');
  if (!picture || figure.querySelector('.attention-map-print')) continue;
  const copy = picture.cloneNode();
  copy.className = 'attention-map-print';
  figure.querySelector('attention-map').after(copy);
}

await import(new URL(ELEMENT, import.meta.url));
