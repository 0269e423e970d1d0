/** Makes elements without markup in text, so that nothing that an API answers is ever read as markup. */

type Given = Readonly<Record<string, string | boolean | ((event: Event) => void) | undefined>>;

/** `on…`: a listener; true: an attribute without a value; false and undefined: none. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  given: Given,
  ...children: readonly (Node | string | null)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, '');
    else if (value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null));
  return made;
}
