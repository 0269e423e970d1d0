/**
 * A value as a person reads it in a preview: its text, no longer than is read. Invariant: it is truncated in the server, so
 * that a value of any size costs neither memory nor time here.
 */
import { textOf } from '../equality.ts';

/** Maximum characters of a shown value. A value of 256 MB would not even fit into a jsonb. */
const SHOWN_LENGTH = 1000;

/**
 * SQL of the value as text; the ellipsis is ASCII, which every encoding has. A bytea is truncated before the conversion to
 * text, which doubles it.
 */
export function previewText(value: string, type: string): string {
  if (type === 'bytea')
    return `CASE WHEN octet_length(${value}) > ${SHOWN_LENGTH / 2} THEN ${textOf(`substring(${value} FROM 1 FOR ${SHOWN_LENGTH / 2})`)} || '...' ELSE ${textOf(value)} END`;
  const text = textOf(value);
  return `CASE WHEN octet_length(${text}) > ${4 * SHOWN_LENGTH} THEN left(${text}, ${SHOWN_LENGTH}) || '...' ELSE ${text} END`;
}
