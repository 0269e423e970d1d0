/** Text in HTML pages and SVG. Invariant: what comes from data is written through `escapedHtml`, in elements and attributes. */
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

export function escapedHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => ESCAPES[character]!);
}
