/**
 * Whether a JSON object names a member twice. Readers differ in which of the two they believe, so a claim that stands there
 * twice says nothing. The text is valid JSON: it was parsed before.
 */

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** At the top level. */
export function repeatsMember(json: string): boolean {
  const seen = new Set<string>();
  let depth = 0;
  let before = '';
  for (const [token] of json.matchAll(TOKENS)) {
    if (token === ':' && depth === 1) {
      // `\u0061` and `a` are one name.
      const name: string = JSON.parse(before);
      if (seen.has(name)) return true;
      seen.add(name);
    }
    if (token === '{' || token === '[') depth++;
    if (token === '}' || token === ']') depth--;
    before = token;
  }
  return false;
}
