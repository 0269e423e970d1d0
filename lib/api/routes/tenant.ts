/** One tenant: how far back, what happened when, and which transaction it was. Rows need a permission of their own. */
import * as z from 'zod';
import { BUCKET_MS, spikesOf } from '../../domain/activity-histogram.ts';
import { InputError } from '../../domain/errors.ts';
import { ANSWERS } from '../../domain/investigation.ts';
import { formatTarget, parseTarget } from '../../domain/recovery-target.ts';
import { type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import { COUNTED } from '../../domain/transaction-filter.ts';
import { tenants } from '../../operations/catalog/catalog-index.ts';
import { recoveryMaterial } from '../../operations/catalog/recovery-material.ts';
import { timeline } from '../../operations/catalog/timeline.ts';
import { investigate } from '../../operations/incident/investigate.ts';
import { readTransaction } from '../../operations/incident/read-transaction.ts';
import { namedCommit } from '../../operations/restore/target/find-transaction.ts';
import { resolveTarget } from '../../operations/restore/target/resolve-target.ts';
import type { ApiDeps } from '../api-deps.ts';
import { TimelineDocument } from '../documents/fleet-documents.ts';
import { ShowTransactionDocument } from '../documents/log-documents.ts';
import { route } from '../route.ts';
import { labelled } from '../tenant-names.ts';
import { TenantShown } from './fleet.ts';

const SEES = { permission: 'seeTimeline', on: 'tenant' } as const;
const SEES_TRANSACTIONS = { permission: 'seeTransactions', on: 'tenant' } as const;
const group = 'tenant';

const Target = z.string().max(1000).describe('A moment: a time with its offset, a position or a marker.');
const Range = z.object({ from: Target.optional(), to: Target.optional(), table: z.string().max(300).optional() });

/** The tenant's id. InputError `unknown-tenant` where the catalog has none, as after a destruction. */
export async function idOf({ storage }: Pick<ApiDeps, 'storage'>, ref: TenantRef): Promise<TenantId> {
  const item = await tenants.get(storage.catalog, ref);
  if (item?.tenantId) return tenantId(item.tenantId);
  throw new InputError('unknown-tenant', 'The installation does not know this tenant’s id any more.', {
    hint: 'Its key was destroyed: nothing of it can be read.',
  });
}

const seeTenant = route(
  {
    ...{ id: 'readTenant', method: 'get', path: '/tenants/{tenant}', summary: 'State of one tenant', group },
    ...{ needs: { permission: 'seeStatus', on: 'tenant' }, onAws: 'catalog', answer: TenantShown },
  },
  async ({ deps, tenant }) => {
    const item = (await tenants.get(deps.storage.catalog, tenant))!;
    const [found] = await labelled(deps, await deps.fleet.judge([item]));
    return found;
  },
);

const seeTimeline = route(
  {
    ...{ id: 'readTimeline', method: 'get', path: '/tenants/{tenant}/timeline', group },
    ...{
      summary: 'The recovery window, with what happened in it',
      needs: SEES,
      onAws: 'catalog',
      answer: TimelineDocument,
    },
  },
  async ({ deps, tenant }) => {
    const id = await idOf(deps, tenant);
    const label = (await deps.labels()).get(id);
    const found = await timeline(deps.storage, id);
    return { tenantId: id, ...(label !== undefined && { label }), ...found };
  },
);

const MomentFound = z.object({
  target: z.string().describe('The exact target, for other requests.'),
  time: z.string().nullable(),
  reachable: z.boolean(),
  why: z.string().nullable().describe('Why it cannot be reached.'),
  hint: z.string().nullable(),
});

const findMoment = route(
  {
    ...{ id: 'findMoment', method: 'get', path: '/tenants/{tenant}/moment', group, needs: SEES },
    ...{ summary: 'What a person means by a moment, and whether it can be restored' },
    onAws: 'tenant',
    query: z.object({ text: Target }),
    answer: MomentFound,
  },
  async ({ deps, tenant, query }) => {
    const { storage, timeZone } = deps;
    const target = parseTarget(query.text, { now: storage.clock.now(), timeZone });
    const exact = formatTarget(target);
    const at = await recoveryMaterial(storage, tenant);
    try {
      const found = await resolveTarget(storage, at, target);
      return { target: exact, time: found.time, reachable: true, why: null, hint: null };
    } catch (error) {
      if (!(error instanceof Error) || !('kind' in error) || error.kind !== 'target') throw error;
      const { message, hint } = error as unknown as { message: string; hint: string };
      return { target: exact, time: target.kind === 'time' ? exact : null, reachable: false, why: message, hint };
    }
  },
);

const Activity = ANSWERS.activity.extend({
  spikes: z.array(
    z.object({
      ...{ kind: z.enum(['insert', 'update', 'delete', 'truncate']), from: z.number(), to: z.number() },
      ...{ count: z.number(), median: z.number() },
      transaction: z.unknown().nullable(),
    }),
  ),
});

const seeActivity = route(
  {
    ...{ id: 'readActivity', method: 'get', path: '/tenants/{tenant}/activity', group },
    ...{ summary: 'How much changed when, and what stands out', needs: SEES },
    onAws: 'tenant',
    query: Range.extend({ bucketSeconds: z.coerce.number().optional() }),
    answer: Activity,
  },
  async ({ deps, tenant, query }) => {
    const { bucketSeconds, ...range } = query;
    const bucketMs = bucketSeconds === undefined ? undefined : bucketSeconds * 1000;
    if (bucketMs !== undefined && !BUCKET_MS.includes(bucketMs))
      throw new InputError('bad-input', 'The width of a bucket is not one that there is.', {
        hint: `Use one of ${BUCKET_MS.map(each => each / 1000).join(', ')} seconds.`,
      });
    const found = await investigate<'activity'>(deps.storage, tenant, {
      ...{ ask: 'activity', range: given(range) },
      ...(bucketMs !== undefined && { bucketMs }),
    });
    const spikes = spikesOf(found.buckets).map(({ kind, count, median, bucket, transaction }) => ({
      ...{ kind, count, median, from: bucket.from, to: bucket.to },
      transaction: transaction ?? null,
    }));
    return { ...found, spikes };
  },
);

const TransactionsAsked = Range.extend({
  sort: z.enum(['time', ...COUNTED]).default('time'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  context: z.string().max(1000).optional().describe('As the application said it: `job = nightly-*`.'),
  ...Object.fromEntries(COUNTED.map(each => [each, z.coerce.number().int().nonnegative().optional()])),
});

const listTransactions = route(
  {
    ...{ id: 'listTransactions', method: 'get', path: '/tenants/{tenant}/transactions', group },
    ...{ summary: 'Transactions that changed much, or whose they were', needs: SEES_TRANSACTIONS },
    ...{ onAws: 'tenant', query: TransactionsAsked, answer: ANSWERS.transactions },
  },
  async ({ deps, tenant, query }) => {
    const { from, to, table, sort, limit, context, ...least } = query;
    const counts = Object.fromEntries(
      Object.entries(least as Record<string, number | undefined>).flatMap(([each, n]) =>
        n === undefined ? [] : [[each, { least: n }]],
      ),
    );
    const range = given({ from, to, table });
    return investigate<'transactions'>(deps.storage, tenant, {
      ...{ ask: 'transactions', range, sort, limit, counts },
      ...(context !== undefined && { context }),
    });
  },
);

const seeTransaction = route(
  {
    ...{ id: 'readTransaction', method: 'get', path: '/tenants/{tenant}/transactions/{transaction}', group },
    ...{ summary: 'What one transaction did, in numbers', needs: SEES_TRANSACTIONS },
    ...{ onAws: 'tenant', answer: ANSWERS.transaction },
  },
  ({ deps, tenant, path }) =>
    investigate<'transaction'>(deps.storage, tenant, { ask: 'transaction', transaction: path.transaction! }),
);

const seeTransactionRows = route(
  {
    ...{ id: 'readTransactionRows', method: 'get', path: '/tenants/{tenant}/transactions/{transaction}/rows', group },
    summary: 'The rows that one transaction changed; each such read is in the audit trail',
    needs: { permission: 'readRows', on: 'tenant', isRecorded: true },
    onAws: 'tenant',
    query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100), table: z.string().optional() }),
    answer: ShowTransactionDocument,
  },
  async ({ deps, tenant, path, query }) => {
    const at = await recoveryMaterial(deps.storage, tenant);
    const position = await namedCommit(deps.storage, at, path.transaction!);
    const read = await readTransaction(deps.storage, at, position, { table: query.table, rows: query.limit });
    return { tenant: await idOf(deps, tenant), transaction: read.transaction ?? null, unrouted: read.unrouted };
  },
);

/** Without what was not given: the questions are strict. */
function given<T extends object>(range: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(range).filter(([, value]) => value !== undefined)) as never;
}

export const TENANT_ROUTES = [
  ...[seeTenant, seeTimeline, findMoment, seeActivity],
  ...[listTransactions, seeTransaction, seeTransactionRows],
];
