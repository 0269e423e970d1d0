/**
 * Whether two names may be one human being, as far as names tell. Names come as IAM ARNs, e-mail addresses or free text,
 * from different places and typed by hand, so every doubt counts as the same person: an approval is then refused and
 * another person is asked, which costs minutes. The other error would let one person do the work of two.
 *
 * Invariants: spelling (case, Unicode form, accents, spaces, punctuation, brackets, slashes), role, account and mail
 * domain make no second person; a name that says nothing of a person (a session name that an SDK made up, a role, a
 * script) is nobody's, and is refused.
 */
import { InputError } from './errors.ts';

/** What names a session, a role or a program instead of a person. */
const NOBODY =
  /^(unknown|anonymous|nobody|none|null|undefined|default|user|role|session|system|service|aws (?:sdk|go|cli|java|sso)\b.*|awscli.*|botocore.*|boto.*|terraform.*|assume.?role.*|i)$/u;
/** Times, counters and random identifiers that programs append. */
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/giu;
const MADE_UP = /^(?:\d{6,}|(?=.*\d)[0-9a-f]{8,}|\d)$/u;

/** The same human being, as far as names tell. */
export function samePerson(one: string, other: string): boolean {
  const [ours, theirs] = [formsOf(one), formsOf(other)];
  return ours.some(form => theirs.some(candidate => within(form, candidate) || within(candidate, form)));
}

/** InputError `identity-unclear` where the name does not say who it is. */
export function requirePerson(name: string): void {
  if (formsOf(name).length > 0 && !mixesScripts(name)) return;
  throw new InputError('identity-unclear', 'The name of the caller does not identify a person.', {
    hint: 'Use a session that carries your own name (role session name, SSO or IAM user), or give your name or e-mail address.',
  });
}

/** The names by which the person may go, each as words; none where nothing names a person. */
function formsOf(name: string): string[][] {
  const plain = name.normalize('NFKC').replaceAll(/\p{Cf}/gu, '');
  if (isRoleAlone(plain.trim())) return [];
  const last = plain
    .trim()
    .replace(/[\s/\\]+$/u, '')
    .split(/[/\\]/u)
    .at(-1)!;
  const address = /<([^<>]*)>/u.exec(last)?.[1];
  const shown = last.replaceAll(/<[^<>]*>|\([^()]*\)|\[[^[\]]*\]/gu, ' ');
  return [shown, address ?? ''].map(wordsOf).filter(words => words.length > 0 && !NOBODY.test(words.join(' ')));
}

/** A role without a session of somebody's. */
function isRoleAlone(name: string): boolean {
  return /^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:role\/.*|assumed-role\/[^/]*\/?)$/iu.test(name);
}

/** Without accents, a mail domain and a tag after `+`. */
function wordsOf(text: string): string[] {
  const local = text.trim().replace(/@.*$/u, '').replace(/\+.*$/u, '');
  const bare = local.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().normalize('NFKC').replaceAll(UUID, ' ');
  return bare.split(/[^\p{L}\p{N}]+/u).filter(word => word !== '' && !MADE_UP.test(word));
}

/** All of the words are among the others; an initial stands for every word that begins with it. */
function within(some: readonly string[], all: readonly string[]): boolean {
  const isIn = (word: string) => all.some(other => word === other || isInitial(word, other) || isInitial(other, word));
  return some.every(isIn) || some.join('') === all.join('');
}

function isInitial(letter: string, word: string): boolean {
  return letter.length === 1 && word.startsWith(letter);
}

/** Latin letters beside Greek or Cyrillic ones, which look the same: a name that only pretends to be another. */
function mixesScripts(name: string): boolean {
  return (
    /\p{Script=Latin}/u.test(name.replaceAll(/^arn:.*[/:](?=[^/:]*$)/gu, '').replace(/@.*$/u, '')) &&
    /[\p{Script=Cyrillic}\p{Script=Greek}]/u.test(name)
  );
}
