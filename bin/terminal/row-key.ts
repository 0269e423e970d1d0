/** The key of a row on a command line: as typed, and as a word of a ready command that means the same row. */
import { InputError } from '../../lib/domain/errors.ts';
import type { RowTextsByColumn } from '../../lib/domain/row-life.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';

/** The text of a key of one column, or JSON: `17`, `["a",1]`. InputError `usage`. */
export function typedKey(text: string): string[] {
  if (!text.trim().startsWith('[')) return [text];
  try {
    const parsed: unknown = JSON.parse(text);
    const values = Array.isArray(parsed) && parsed.length === 1 && Array.isArray(parsed[0]) ? parsed[0] : parsed;
    const isKey = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
    if (Array.isArray(values) && values.length > 0 && values.every(isKey)) return values.map(String);
  } catch {
    // Refused below.
  }
  throw new InputError('usage', 'The key is not valid JSON.', {
    hint: 'Write the text of a key of one column, or a JSON list of its values: 17 or \'["a",1]\'.',
  });
}

/** For `--keys`. */
export function keysWord(key: RowTextsByColumn): string {
  const values = Object.values(key).map(value => value ?? '');
  const [only] = values;
  if (values.length === 1 && /^[^[,\s][^,]*$/.test(only!) && !hasControl(only!) && only === only!.trim())
    return shellWord(only!);
  return shellWord(safeJson([values]));
}

/** For the key of `history`. */
export function keyWord(key: RowTextsByColumn): string {
  const values = Object.values(key).map(value => value ?? '');
  const [only] = values;
  const isPlain = values.length === 1 && !only!.trim().startsWith('[') && !only!.startsWith('-') && !hasControl(only!);
  return shellWord(isPlain && only !== '' ? only! : safeJson(values));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach the terminal
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function hasControl(text: string): boolean {
  return text.search(CONTROL) >= 0;
}

function safeJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    CONTROL,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
