/**
 * Writes the log's catalog items again from its signed manifests, in log order, until the time is used up. Tenants with
 * only log are listed too. Memory: one manifest, and the references of the tenants met by this call.
 */
import * as z from 'zod';
import { IntegrityError } from '../../domain/errors.ts';
import { LogBody } from '../../domain/log-manifest.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { LOG_MANIFESTS_PREFIX } from '../../domain/object-key.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import { runs, tenants } from '../catalog/catalog-index.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { rebuildIndexes } from '../log/list-indexes.ts';
import { runItem, runWrites } from '../log/log-run.ts';
import { readManifest, type StoredManifest } from '../storage/manifest-store.ts';
import type { TimeBudget } from '../time-budget.ts';
import { acceptedRuns, type SeenRun } from './accepted-runs.ts';
import { advanceHead } from './rebuild-head.ts';
import type { RebuildDeps, UnlistedManifest } from './rebuild-tenant.ts';

/** After the last manifest that was examined, and the last that was listed. */
export const LogCursor = z.object({
  after: z.string(),
  latest: z.object({ id: z.string(), key: z.string(), sha256: z.string(), to: z.string() }).nullable(),
});
export type LogCursor = z.infer<typeof LogCursor>;

export interface RebuiltLog {
  readonly done: boolean;
  readonly cursor: LogCursor;
  readonly runs: number;
  /** Of the last call: indexes are listed after all runs. */
  readonly logIndexes: number;
  /** Tenants that the catalog did not list: they have only log. */
  readonly tenants: number;
  readonly leftOut: readonly UnlistedManifest[];
}

/** Safe to repeat. Throws what the vault and the catalog throw. */
export async function rebuildLog(
  deps: RebuildDeps,
  from: LogCursor | undefined,
  budget: TimeBudget,
): Promise<RebuiltLog> {
  let cursor: LogCursor = from ?? { after: LOG_MANIFESTS_PREFIX, latest: null };
  const leftOut: UnlistedManifest[] = [];
  const met = new Set<TenantRef>([SYSTEM]);
  let taken = 0;
  let added = 0;
  let looked = 0;
  for await (const { key, run: manifest, accepted } of acceptedRuns(seenRuns(deps, cursor.after, leftOut))) {
    if (looked++ > 0 && budget.isUsed()) {
      return { done: false, cursor, runs: taken, logIndexes: 0, tenants: added, leftOut };
    }
    let { latest } = cursor;
    if (manifest && !accepted) leftOut.push({ key, why: 'another run of the same stretch was accepted' });
    else if (manifest && follows(manifest, latest)) {
      added += await listRun(deps, manifest, met);
      taken += 1;
      const { header, sha256 } = manifest;
      latest = { id: header.id, key, sha256, to: header.to };
    } else if (manifest) leftOut.push({ key, why: 'no log run leads to it' });
    cursor = { after: key, latest };
  }
  const { latest } = cursor;
  if (latest) await advanceHead(deps, SYSTEM, { ...latest, header: latest });
  const logIndexes = await rebuildIndexes(deps, leftOut);
  return { done: true, cursor, runs: taken, logIndexes, tenants: added, leftOut };
}

type StoredRun = StoredManifest & { readonly body: LogBody };

async function* seenRuns(
  deps: RebuildDeps,
  after: string,
  leftOut: UnlistedManifest[],
): AsyncGenerator<SeenRun<StoredRun>> {
  for await (const key of deps.vault.keys(LOG_MANIFESTS_PREFIX, after)) {
    yield { key, run: await readRun(deps, key, leftOut) };
  }
}

/** Undefined for a manifest that does not verify. */
async function readRun(deps: RebuildDeps, key: string, leftOut: UnlistedManifest[]): Promise<StoredRun | undefined> {
  try {
    return await readManifest(deps, key, LogBody, { tenant: SYSTEM, kind: 'log' });
  } catch (error) {
    // Without the system's key the entire log would be left out: then the keyring is the wrong one.
    if (!(error instanceof IntegrityError)) throw error;
    leftOut.push({ key, why: error.code });
    return undefined;
  }
}

/** Lists a run, and its tenants that are not listed yet: how many. */
async function listRun(deps: RebuildDeps, run: StoredRun, met: Set<TenantRef>): Promise<number> {
  await writeAll(deps.catalog, [...runWrites(run, run.body), runs.put(runItem(run, run.body))]);
  let added = 0;
  for (const { tenant } of run.body.segments) added += await list(deps, tenant, met);
  return added;
}

/** A missing run is a hole between runs: the next one is kept, and no chain crosses the hole. */
function follows({ header }: StoredManifest, latest: LogCursor['latest']): boolean {
  if (latest === null || header.previous?.sha256 === latest.sha256) return true;
  return parseLsn(header.from) >= parseLsn(latest.to);
}

/** Lists a tenant that is not listed yet: 1 where it was not. */
async function list(deps: RebuildDeps, tenant: TenantRef, met: Set<TenantRef>): Promise<number> {
  if (met.has(tenant)) return 0;
  met.add(tenant);
  if ((await tenants.get(deps.catalog, tenant)) !== undefined) return 0;
  await deps.catalog.write([tenants.put({ ref: tenant, tenantId: null, firstSeen: new Date(0).toISOString() })]);
  return 1;
}
