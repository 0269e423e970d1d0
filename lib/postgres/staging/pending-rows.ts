/**
 * Changes of rows that staging does not hold, by the key that they were told with: a later change may settle them, and
 * what is pending at the end is an incomplete row (settle-stage.ts refuses it).
 */
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { type Binding, keyArray, routingArray } from './replay-binding.ts';
import type { StageTable } from './stage-table.ts';

export async function ensurePending(connection: Connection, stage: StageTable): Promise<void> {
  if (stage.hasPending) return;
  await connection.query(`CREATE UNLOGGED TABLE ${stage.pending} (ident text, k text[], routing text[])`);
  stage.hasPending = true;
}

/** Takes the rows `b` of the batch for which the condition holds from what is pending. */
export function settleSql({ pending, batch }: StageTable, binding: Binding, condition: string): string {
  return `DELETE FROM ${pending} AS p USING ${batch} AS b WHERE ${condition} AND p.ident = ${quoteLiteral(binding.ident)} AND p.k = ${keyArray(binding, 'b')}`;
}

/** Notes the rows `b` of the batch for which the condition holds as pending. */
export function noteSql({ pending, batch }: StageTable, binding: Binding, condition: string): string {
  return `INSERT INTO ${pending} SELECT ${quoteLiteral(binding.ident)}, ${keyArray(binding, 'b')}, ${routingArray(binding, 'b')} FROM ${batch} AS b WHERE ${condition}`;
}
