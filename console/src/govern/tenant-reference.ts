/**
 * The reference of a tenant, from what a person types: the reference itself, or the id of the application, which then stays in
 * this browser. The same digest as the installation makes.
 */
const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const LENGTH = 26;

export async function typedReference(installation: string, typed: string): Promise<string> {
  const text = typed.trim();
  if (/^[a-z2-7]{26}$/.test(text)) return text;
  const named = new TextEncoder().encode(`holdfast tenant\0${installation}\0${text}`);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', named));
  const bits = Array.from(hash, byte => byte.toString(2).padStart(8, '0')).join('');
  return Array.from({ length: LENGTH }, (_, at) => LETTERS[Number.parseInt(bits.slice(at * 5, at * 5 + 5), 2)]).join(
    '',
  );
}
