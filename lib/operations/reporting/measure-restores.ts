/**
 * Restores of a time with what their signed records say. Invariant: a record that does not verify, or whose tenant's key
 * is gone, leaves its numbers null; the catalog alone never proves a restore.
 */
import { HoldfastError, IntegrityError } from '../../domain/errors.ts';
import type { DayMeasures, MeasuredRestore } from '../../domain/report/day-measures.ts';
import type { TimeSpan } from '../../domain/report/time-spans.ts';
import type { RestoreItem, RestoreRecord } from '../../domain/restore-record.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { eachTenant } from '../catalog/each-tenant.ts';
import { listRestores, recordedRestore } from '../restore/apply/read-record.ts';

type ReadDeps = Pick<Deps, 'catalog' | 'vault' | 'keyring' | 'signer' | 'progress'>;

export interface RestoredTenant {
  readonly restores: readonly { readonly measured: MeasuredRestore; readonly record: RestoreRecord | undefined }[];
}

/** Those that ended within the span, by tenant, in order. */
export function readRestored(deps: ReadDeps, span: TimeSpan): Promise<RestoredTenant[]> {
  return eachTenant(deps, 'Reading records of restores', async ({ ref }) => {
    const items = (await listRestores(deps, ref)).filter(item => isEnded(item) && isWithin(item.at, span));
    const restores: RestoredTenant['restores'][number][] = [];
    for (const item of items) restores.push(await measuredRestore(deps, ref, item));
    return { restores };
  });
}

export function measureRestores(all: readonly RestoredTenant[], day: TimeSpan): NonNullable<DayMeasures['restores']> {
  const own = all.flatMap(({ restores }) => restores.map(({ measured }) => measured));
  return own.filter(({ at }) => isWithin(at, day)).sort((a, b) => (a.at < b.at ? -1 : 1));
}

function isEnded(item: RestoreItem): boolean {
  return item.state === 'done' || item.state === 'failed';
}

function isWithin(time: string | undefined, { from, to }: TimeSpan): boolean {
  return time !== undefined && Date.parse(time) >= from && Date.parse(time) < to;
}

async function measuredRestore(deps: ReadDeps, ref: TenantRef, item: RestoreItem) {
  const record = item.state === 'done' ? await openedRecord(deps, ref, item) : undefined;
  const measured: MeasuredRestore = {
    ...{ tenant: ref, id: item.id, place: item.place ?? null, at: item.at! },
    outcome: item.state === 'failed' ? 'failed' : 'done',
    ...(record ? factsOf(record) : { seconds: null, rows: null, proved: null }),
  };
  return { measured, record };
}

function factsOf({
  startedAt,
  committedAt,
  proof,
}: RestoreRecord): Pick<MeasuredRestore, 'seconds' | 'rows' | 'proved'> {
  const sum = (counts: Readonly<Record<string, number>>) =>
    Object.values(counts).reduce((total, one) => total + one, 0);
  return {
    seconds: Math.max(0, Date.parse(committedAt) - Date.parse(startedAt)) / 1000,
    rows: sum(proof.rows),
    proved: sum(proof.left) === 0 && proof.brokenReferences === 0,
  };
}

async function openedRecord(deps: ReadDeps, ref: TenantRef, item: RestoreItem): Promise<RestoreRecord | undefined> {
  try {
    return await recordedRestore(deps, ref, item);
  } catch (error) {
    const isKeyGone = error instanceof HoldfastError && ['key-destroyed', 'no-key'].includes(error.code);
    if (isKeyGone || error instanceof IntegrityError) return undefined;
    throw error;
  }
}
