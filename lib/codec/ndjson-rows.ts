/** Rows as newline-delimited JSON: one object a line, every column in it, values in the forms of domain/export-types.ts. */
import type { JsonForm } from '../domain/export-types.ts';
import { copyLines, lineFields } from './copy-lines.ts';

/** Lines are handed on in pieces of about this many characters. */
const PIECE_LENGTH = 256 * 1024;

/** `pieces`: COPY text of these columns. */
export async function* ndjsonRows(
  pieces: AsyncIterable<Uint8Array>,
  columns: readonly { readonly name: string; readonly form: JsonForm }[],
): AsyncGenerator<Uint8Array> {
  const heads = columns.map(({ name }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(name)}:`);
  let text = '';
  for await (const line of copyLines(pieces)) {
    const values = lineFields(line);
    for (const [index, { form }] of columns.entries()) text += `${heads[index]}${jsonValue(values[index]!, form)}`;
    text += '}\n';
    if (text.length < PIECE_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text.length > 0) yield Buffer.from(text);
}

function jsonValue(value: string | null, form: JsonForm): string {
  if (value === null) return 'null';
  switch (form) {
    case 'boolean':
      return value === 't' ? 'true' : 'false';
    case 'number':
      return value;
    case 'float':
      return /[NI]/.test(value) ? JSON.stringify(value) : value;
    case 'json':
      // As stored: nothing rounds its numbers. Line feeds are only between its tokens.
      return value.replaceAll(/[\r\n]/g, ' ');
    default:
      return JSON.stringify(value);
  }
}
