/** Text in HTML pages and SVG. Invariant: what comes from data is written through `escapedHtml`, in elements and attributes. */
const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

export function escapedHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, character => ESCAPES[character]!);
}

/** A complete document without script and without a request to anywhere. */
export function htmlDocument(title: string, style: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapedHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
