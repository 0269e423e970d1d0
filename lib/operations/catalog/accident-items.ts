/**
 * The possible accidents that the shipper noticed (log/notice-accidents.ts), for metrics and reports. A catalog that is
 * rebuilt has none of before: the signed reports keep what they showed. Counts and places, no value and no tenant's name.
 */
import * as z from 'zod';
import { LsnText } from '../../domain/lsn.ts';
import { TenantRef } from '../../domain/tenant.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect } from './typed-items.ts';

export const AccidentItem = z.object({
  /** Server clock at the end of the run that has it. */
  at: z.string(),
  /** `system`: of tenants that the log does not know. */
  tenant: TenantRef,
  table: z.string(),
  kind: z.enum(['delete', 'update', 'truncate']),
  count: z.number().int().nonnegative(),
  /** The largest of its transactions, where it is known; `count`: its part. */
  transaction: z.object({ xid: z.number().int(), lsn: LsnText, time: z.string(), count: z.number().int() }).nullable(),
});
export type AccidentItem = z.infer<typeof AccidentItem>;

const ACCIDENTS = 'accidents';
const sortOf = ({ at, tenant, table, kind }: AccidentItem) => `${at}#${tenant}#${table}#${kind}`;

export const accidents = {
  /** At a time in [from, to), ISO 8601 UTC, in order of time. */
  between: async (catalog: Catalog, from: string, to: string): Promise<AccidentItem[]> =>
    (await collect(catalog, ACCIDENTS, AccidentItem, { from, to })).filter(({ at }) => at < to),
  /** The oldest, at most a batch of writes. */
  before: (catalog: Catalog, to: string) => collect(catalog, ACCIDENTS, AccidentItem, { to, limit: 50 }),
  put: (item: AccidentItem): CatalogWrite => ({ put: { partition: ACCIDENTS, sort: sortOf(item), value: item } }),
  remove: (item: AccidentItem): CatalogWrite => ({ remove: { partition: ACCIDENTS, sort: sortOf(item) } }),
};

/** Shows what taking back this transaction alone would change, and writes nothing. `tenant`: also a reference. */
export function previewCommand(tenant: string, position: string): string {
  return `holdfast revert ${tenant} --transaction ${position} --dry-run`;
}
