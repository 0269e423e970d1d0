/**
 * What the application says about a transaction of its own, with
 * `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"user":"…","request":"…","job":"…"}')`: kept in the
 * tenant's sealed log beside the rows, shown wherever the transaction is shown, and searched with `key = value`.
 * Untrusted text of whoever can write to the database, and a secret of the tenant like its rows.
 */
import { InputError } from './errors.ts';

/** Prefix of the logical message. */
export const CONTEXT_PREFIX = 'holdfast.context';
/** Longer ones are ignored: the log of a tenant must not grow by what is not a row. */
export const MAX_CONTEXT_BYTES = 8 * 1024;

/** Fields as text. */
export type TransactionContext = Readonly<Record<string, string>>;

/**
 * A JSON object of scalars, field by field (numbers as they were written, without those that are null); any other text
 * is the field `text`.
 */
export function parseContext(content: string): TransactionContext {
  return scalarFields(content) ?? { text: content };
}

function scalarFields(content: string): TransactionContext | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content, numbersAsWritten);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const fields = Object.entries(value);
  if (fields.some(([, field]) => typeof field === 'object' && field !== null)) return undefined;
  return Object.fromEntries(fields.flatMap(([key, field]) => (field === null ? [] : [[key, String(field)]])));
}

/** An id of 64 bits would be rounded. */
function numbersAsWritten(_key: string, value: unknown, place?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? (place?.source ?? value) : value;
}

export type ContextFilter = (context: TransactionContext | undefined) => boolean;

const FILTER = /^\s*(?:"([^"]+)"|([^\s="'][^="']*?))\s*=\s*(?:'([^']*)'|"([^"]*)"|([^'"\s][^'"]*?))\s*$/s;

/**
 * `key = value`: the field has exactly this text; `*` in a value without quotes stands for any text. Throws InputError
 * `bad-context-filter`.
 */
export function parseContextFilter(text: string): ContextFilter {
  const match = FILTER.exec(text);
  if (!match) {
    throw new InputError('bad-context-filter', 'The context filter is not in the form KEY = VALUE.', {
      hint: "Write for example 'job = nightly-cleanup', 'request = \"a = b\"' or 'job = import-*'.",
    });
  }
  const key = (match[1] ?? match[2])!;
  const quoted = match[3] ?? match[4];
  const isWanted = quoted === undefined ? patternOf(match[5]!) : (value: string) => value === quoted;
  return context => {
    if (context === undefined || !Object.hasOwn(context, key)) return false;
    return isWanted(context[key]!);
  };
}

/** Linear in the length of the value, which an application chose: no backtracking. */
function patternOf(pattern: string): (value: string) => boolean {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return value => value === pattern;
  const last = rest.pop()!;
  return value => {
    if (!value.startsWith(first!) || !value.endsWith(last) || value.length < first!.length + last.length) return false;
    let at = first!.length;
    const end = value.length - last.length;
    for (const part of rest) {
      const found = value.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}
