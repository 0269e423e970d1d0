/** What the application said about a transaction, on one line: untrusted text of any length. */
import type { TransactionContext } from '../../lib/domain/transaction-context.ts';
import { printable } from './format.ts';

const FIELD_WIDTH = 60;

/** `user ana, job nightly-cleanup`: as many fields as fit, at least a part of the first. Empty without a context. */
export function contextLine(context: TransactionContext | undefined, width: number): string {
  const fields = Object.entries(context ?? {}).map(([key, value]) => printable(`${key} ${value}`, FIELD_WIDTH));
  for (let shown = fields.length; shown > 0; shown--) {
    const left = fields.length - shown;
    const more = left > 0 ? `, … ${left} more` : '';
    const line = `${fields.slice(0, shown).join(', ')}${more}`;
    if (line.length <= width) return line;
    if (shown === 1) return `${printable(fields[0]!, Math.max(8, width - more.length))}${more}`;
  }
  return '';
}
