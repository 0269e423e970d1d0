/** A possible accident as reports show it: where and how much, with the command that previews taking it back. */
import * as z from 'zod';
import { LsnText } from '../lsn.ts';
import { TenantRef } from '../tenant.ts';

export const AccidentSummary = z.object({
  at: z.string(),
  /** `system`: of tenants that the log does not know. */
  tenant: TenantRef,
  table: z.string(),
  kind: z.enum(['delete', 'update', 'truncate']),
  count: z.number().int().nonnegative(),
  /** The largest of its transactions, where it is known; `count`: its part. */
  transaction: z.object({ xid: z.number().int(), lsn: LsnText, time: z.string(), count: z.number().int() }).nullable(),
});
export type AccidentSummary = z.infer<typeof AccidentSummary>;

/** Shows what taking back this transaction alone would change, and writes nothing. `tenant`: also a reference. */
export function previewCommand(tenant: string, position: string): string {
  return `holdfast revert ${tenant} --transaction ${position} --dry-run`;
}
