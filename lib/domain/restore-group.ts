/**
 * One request that restores many tenants: what was asked, and how far it has come. Kept as a file by the command line, so
 * that it can be continued. Names tenants, holds no row.
 */
import * as z from 'zod';
import { InputError } from './errors.ts';
import { parseRestoreRequest, type RestoreRequest } from './restore-request.ts';

const Count = z.number().int().nonnegative();
const Totals = z.object({ inserts: Count, updates: Count, deletes: Count });

/** How a tenant's restore stands. */
export const GroupOutcome = z.discriminatedUnion('state', [
  /** What it would change. */
  z.object({ state: z.literal('previewed'), totals: Totals, conflicts: Count, blocking: Count }),
  /** Applied and proved; `unchanged`: nothing differed. */
  z.object({ state: z.literal('restored'), restore: z.string(), totals: Totals, conflicts: Count }),
  z.object({ state: z.literal('unchanged') }),
  /** Refused or failed: its rows are as before. */
  z.object({ state: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type GroupOutcome = z.infer<typeof GroupOutcome>;

export const RestoreGroup = z.object({
  format: z.literal('holdfast.restore-group/1'),
  id: z.string(),
  createdAt: z.string(),
  installation: z.string(),
  /** Of every tenant, without the tenant itself. */
  request: z.record(z.string(), z.unknown()),
  /** In the order in which they were asked for. */
  tenants: z.array(z.string().min(1)).min(1),
  outcomes: z.record(z.string(), GroupOutcome),
});
export type RestoreGroup = z.infer<typeof RestoreGroup>;

/** InputError `bad-group`. */
export function parseRestoreGroup(text: string): RestoreGroup {
  try {
    return RestoreGroup.parse(JSON.parse(text));
  } catch (cause) {
    throw new InputError('bad-group', 'The file is not the state of a restore of many tenants.', {
      hint: 'Name the file that the command wrote (--state).',
      cause,
    });
  }
}

/** The tenants that are still to be restored. */
export function remainingTenants({ tenants, outcomes }: Pick<RestoreGroup, 'tenants' | 'outcomes'>): string[] {
  return tenants.filter(tenant => !['restored', 'unchanged'].includes(outcomes[tenant]?.state ?? ''));
}

/** InputError `bad-request`. */
export function requestOfGroup({ id, request }: Pick<RestoreGroup, 'id' | 'request'>, tenant: string): RestoreRequest {
  return parseRestoreRequest({ ...request, tenant, group: id });
}

/**
 * The tenants in a list: one a line; empty lines and comments (`#`) are left out, and each counts once. InputError
 * `bad-group`.
 */
export function parseTenantList(text: string): string[] {
  const lines = text.split('\n').map(line => line.replace(/\r$/, '').trim());
  const tenants = [...new Set(lines.filter(line => line !== '' && !line.startsWith('#')))];
  if (tenants.length > 0) return tenants;
  throw new InputError('bad-group', 'The list names no tenant.', { hint: 'Write one tenant id a line.' });
}
