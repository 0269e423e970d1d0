/**
 * A log run as a document: from its signed manifest to the catalog's items, and adopting a run whose process died after
 * its manifest was durable. Invariant: the catalog's items of a run depend only on its manifest, so that adopting it or
 * rebuilding the catalog gives the same items; the run item and the head come last.
 */
import { IntegrityError, StorageError } from '../../domain/errors.ts';
import { LogBody } from '../../domain/log-manifest.ts';
import { type Lsn, parseLsn, sortableLsn } from '../../domain/lsn.ts';
import { LOG_MANIFESTS_PREFIX } from '../../domain/object-key.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { gaps, heads, markers, type RunItem, restoreCommits, runs } from '../catalog/catalog-index.ts';
import { definitions, epochOfRun, segments, tableTraces } from '../catalog/log-items.ts';
import { listedGap } from '../catalog/signed-items.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { readManifest, type StoredManifest } from '../storage/manifest-store.ts';

/** Everything of the run but the run item and the head; any number of writes, repeatable. */
export function runWrites(manifest: StoredManifest, body: LogBody): CatalogWrite[] {
  const { id, from, to } = manifest.header;
  const run = { id, key: manifest.key, sha256: manifest.sha256, from: parseLsn(from), to: parseLsn(to) };
  const named = { ...run, from, to };
  const epoch = epochOfRun({ to });
  return [
    ...body.segments.map(entry => segments.put(entry.tenant, { run: named, packs: body.packs, entry })),
    ...body.markers.map(marker => markers.put(marker)),
    // An ongoing gap (an unprotected table) does not wait for a snapshot.
    ...body.gaps
      .map(gap => listedGap(gap, { to }))
      .flatMap(gap => [gaps.put(gap), ...(gapEnd(gap) === null ? [] : [gaps.putOpen(gap)])]),
    ...body.restores.map(restore => restoreCommits.put(restore)),
    ...(body.traces ?? []).flatMap(trace => {
      const schema = body.relations.findLast(({ oid }) => oid === trace.oid);
      return [tableTraces.put(trace, epoch), ...(schema ? [definitions.put(schema, epoch)] : [])];
    }),
  ];
}

export function runItem(manifest: StoredManifest, body: LogBody): RunItem {
  const { id, from, to, fromTime, toTime, previous, objects, source } = manifest.header;
  return {
    id,
    key: manifest.key,
    sha256: manifest.sha256,
    from,
    to,
    fromTime,
    toTime,
    previous,
    transactions: body.transactions,
    changes: body.changes,
    storedBytes: objects.reduce((sum, object) => sum + object.bytes, 0),
    tenants: body.segments.filter(entry => entry.tenant !== SYSTEM).length,
    xmin: body.xmin,
    ...(body.settledBelow === undefined ? {} : { settledBelow: body.settledBelow }),
    ...(source && { source }),
  };
}

/**
 * Writes the run to the catalog. StorageError `lost-race` where another run came first: also one of another region, whose
 * shipper holds no lock here, while this process was suspended.
 */
export async function catalogRun(
  deps: Deps,
  manifest: StoredManifest,
  body: LogBody,
  others: readonly CatalogWrite[] = [],
): Promise<RunItem> {
  const item = runItem(manifest, body);
  const head = await heads.get(deps.catalog, SYSTEM);
  const latest = await runs.latest(deps.catalog);
  if ((latest?.sha256 ?? null) !== (item.previous?.sha256 ?? null)) throw overtaken(item);
  await writeAll(deps.catalog, [...runWrites(manifest, body), ...others]);
  const { id, key, sha256 } = item;
  await deps.catalog.write([runs.put(item), heads.put(SYSTEM, { id, key, sha256 }, head)]);
  return item;
}

/**
 * Adopts runs with a durable manifest that the catalog does not list; returns the newest listed run then. A manifest
 * that does not follow the newest run is an orphan and left alone. `upTo`: how far to look, given the newest run's epoch.
 */
export async function adoptRuns(deps: Deps, upTo: (epoch: number) => Lsn): Promise<RunItem | undefined> {
  let latest = await runs.latest(deps.catalog);
  const end = upTo(latest === undefined ? 0 : epochOfRun(latest));
  const after = latest === undefined ? '' : sortableLsn(parseLsn(latest.to));
  const keys = await manifestKeysAfter(deps, after, sortableLsn(end));
  for (const key of keys) {
    const manifest = await readManifest(deps, key, LogBody, { tenant: SYSTEM, kind: 'log' });
    const { previous } = manifest.header;
    if (manifest.header.id === latest?.id) continue;
    if ((previous?.sha256 ?? null) !== (latest?.sha256 ?? null)) continue;
    latest = await catalogRun(deps, manifest, manifest.body);
  }
  if (latest === undefined && keys.length > 0) throw catalogLost(keys[0]!);
  return latest;
}

function overtaken({ key }: RunItem): StorageError {
  return new StorageError('lost-race', 'Another run of the change log was recorded in the meantime.', {
    hint: 'Ship again: the log goes on after the newest run. If it recurs, show the state of the regions: `holdfast failover status`.',
    details: { object: key },
  });
}

/** A second log beside the existing one would have a gap where there is none. */
function catalogLost(object: string): StorageError {
  return new StorageError('catalog-behind', 'The vault holds a change log that the catalog does not list.', {
    hint: 'The catalog was lost or replaced: run `holdfast catalog rebuild`, then ship again.',
    details: { object },
  });
}

/** Only keys that share the leading digits of both ends can lie between them: the listing stays short. */
async function manifestKeysAfter(deps: Deps, after: string, upTo: string): Promise<string[]> {
  let shared = 0;
  while (shared < after.length && after[shared] === upTo[shared]) shared++;
  const keys: string[] = [];
  for await (const key of deps.vault.keys(`${LOG_MANIFESTS_PREFIX}${after.slice(0, shared)}`)) {
    if (key.slice(LOG_MANIFESTS_PREFIX.length) > after) keys.push(key);
  }
  return keys;
}

/** A chain of runs that cannot be trusted to be complete. */
export function logIncomplete(what: string, details: Record<string, unknown> = {}): IntegrityError {
  return new IntegrityError('log-incomplete', `The change log is not intact: ${what}.`, {
    hint: 'Nothing was written. Choose a target before or after this stretch (holdfast timeline shows it), or bring its objects back from a replica.',
    details,
  });
}
