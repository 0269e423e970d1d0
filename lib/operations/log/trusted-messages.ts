/**
 * Which logical messages with our prefix a run trusts: any role of the database can write one. Invariant: a forged
 * message moves no marker and no position of a restore, and sets no position of its own; it can only make Holdfast
 * refuse. A transaction counts as a restore of Holdfast's only where the catalog announced that very transaction before it
 * committed: a role can choose what it writes, not its transaction id.
 */

import type { LogBody, MarkerEntry } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { LAST_XID } from '../../domain/recovery-target.ts';
import { RestoreItem } from '../../domain/restore-record.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { markers, restoreCommits, restores, runs, tenants } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import type { DifferingTables, ToldRestore } from './route-events.ts';

export interface Messages {
  readonly markers: MarkerEntry[];
  readonly restores: LogBody['restores'];
  readonly differing: readonly DifferingTables[];
}

export async function trustedMessages(deps: Pick<Context, 'catalog' | 'model'>, told: Messages): Promise<Messages> {
  return {
    markers: await oncePerName(told.markers, ({ tenant, name }) => markers.get(deps.catalog, tenant, name)),
    restores: await oncePerName(told.restores, ({ tenant, id }) => restoreCommits.get(deps.catalog, tenant, id)),
    differing: await placed(deps, told.differing),
  };
}

/** Restores of one run that are looked up: one that is not looked up is told like an accident. */
const MOST_LOOKED_UP = 1000;

/** Positions of the transactions that the catalog has as transactions of these restores. */
export async function provedRestores(
  { catalog }: Pick<Context, 'catalog'>,
  told: readonly ToldRestore[],
): Promise<string[]> {
  const proved: string[] = [];
  const byRestore = Map.groupBy(told, ({ tenant, id }) => JSON.stringify([tenant, id]));
  for (const same of [...byRestore.values()].slice(0, MOST_LOOKED_UP)) {
    const { tenant, id } = same[0]!;
    const item = RestoreItem.safeParse(await restores.get(catalog, tenant, id)).data;
    const announced = new Set(
      [item?.transaction, ...(item?.batches ?? [])].flatMap(xid => (xid ? [lower32(xid)] : [])),
    );
    proved.push(...same.filter(({ xid }) => announced.has(xid)).map(({ lsn }) => lsn));
  }
  return proved;
}

/** As the log has it. */
const lower32 = (xid: string) => Number(BigInt(xid) & LAST_XID);

type Named = { tenant: string; lsn: string; unclear?: boolean | undefined } & ({ name: string } | { id: string });

/**
 * One entry per name. A name that occurs at another position too is unclear from then on: which one is meant is
 * unknown.
 */
async function oncePerName<E extends Named>(
  entries: readonly E[],
  known: (entry: E) => Promise<{ lsn: string } | undefined>,
): Promise<E[]> {
  const groups = Map.groupBy(entries, entry => JSON.stringify([entry.tenant, 'id' in entry ? entry.id : entry.name]));
  const once: E[] = [];
  for (const group of groups.values()) {
    const last = group.at(-1)!;
    const places = [...group, await known(last)];
    const isUnclear = places.some(place => place !== undefined && place.lsn !== last.lsn);
    once.push(isUnclear ? { ...last, unclear: true } : last);
  }
  return once;
}

/**
 * Begins where a known run begins or ends, no later than the message claims, so that position and time belong together.
 */
async function placed(
  { catalog, model }: Pick<Context, 'catalog' | 'model'>,
  differing: readonly DifferingTables[],
): Promise<DifferingTables[]> {
  const found: DifferingTables[] = [];
  const owned = new Set(ownedTables(model).map(({ table }) => table));
  for (const message of differing) {
    const told = { ...message, tables: message.tables.filter(table => owned.has(table)) };
    if (told.tables.length === 0 || !(await tenants.get(catalog, told.tenant))) continue;
    const [run] = await runs.some(catalog, parseLsn(told.from), 1);
    const last = await runs.latest(catalog);
    if (run && run.to !== told.from) found.push({ ...told, from: run.from, fromTime: run.fromTime });
    else if (run ?? last) found.push({ ...told, from: (run ?? last)!.to, fromTime: (run ?? last)!.toTime });
  }
  return found;
}
