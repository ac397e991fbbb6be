// Whether the page around an element is light or dark, where its style sheet says so.

/** The elements that follow, and what each does when it may have changed. */
const followers = new Map();
let observer;

/** 'light' or 'dark' where the page's `color-scheme` is one of them, whatever the reader's system prefers. */
export function groundOf(element) {
  const scheme = getComputedStyle(element).colorScheme.replace('only', '').trim();
  return scheme === 'light' || scheme === 'dark' ? scheme : undefined;
}

/** Has `told` called whenever the page's own switch may have been used: they all set a class or an attribute at the top. */
export function follow(element, told) {
  followers.set(element, told);
  if (observer) return;
  observer = new MutationObserver(() => {
    for (const told of followers.values()) told();
  });
  for (const top of [document.documentElement, document.body]) if (top) observer.observe(top, { attributes: true });
}

export function unfollow(element) {
  followers.delete(element);
  if (followers.size > 0) return;
  observer?.disconnect();
  observer = undefined;
}
