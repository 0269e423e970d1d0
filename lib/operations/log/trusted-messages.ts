/**
 * Which logical messages with our prefix a run trusts: any role of the database can write one. Invariant: a forged
 * message moves no marker and no position of a restore, and sets no position of its own; it can only make Holdfast
 * refuse.
 */

import type { LogBody, MarkerEntry } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { markers, restoreCommits, runs, tenants } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import type { DifferingTables } from './route-events.ts';

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
