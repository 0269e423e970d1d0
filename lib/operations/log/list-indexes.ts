/**
 * Finds the log indexes of a vault for a new catalog. Each shard of an index has their number: an index without one of
 * them (after a crash or a deletion) is left out, and readers read the runs.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { wrongShard } from '../../domain/log-index.ts';
import { LogIndexBody } from '../../domain/log-manifest.ts';
import { formatLsn, parseSortableLsn } from '../../domain/lsn.ts';
import { LOG_INDEXES_PREFIX } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { type LogIndexItem, logIndexes } from '../catalog/log-items.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { endsOf } from './index-log.ts';

type ListDeps = Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog'>;
/** Keys of the shards of an index, by number. */
type Shards = Map<number, string>;

/** Returns the number of listed indexes; `leftOut` gets the others. */
export async function rebuildIndexes(deps: ListDeps, leftOut: { key: string; why: string }[]): Promise<number> {
  const found = new Map<string, Shards>();
  for await (const key of deps.vault.keys(LOG_INDEXES_PREFIX)) {
    const place = /^([0-9a-f]{16}-.+)-(\d{4})\.json$/.exec(key.slice(LOG_INDEXES_PREFIX.length));
    if (!place) continue;
    const shards = found.get(place[1]!) ?? new Map();
    found.set(place[1]!, shards.set(Number(place[2]), key));
  }
  let count = 0;
  for (const [name, shards] of found) {
    const [key] = shards.values();
    try {
      const item = await itemOf(deps, name, shards, key!);
      if (item === undefined) {
        leftOut.push({ key: key!, why: 'shards of the index are missing' });
        continue;
      }
      await deps.catalog.write([logIndexes.put(item)]);
      count += 1;
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      leftOut.push({ key: key!, why: error.code });
    }
  }
  return count;
}

async function itemOf(deps: ListDeps, name: string, shards: Shards, key: string): Promise<LogIndexItem | undefined> {
  const { header, body } = await readManifest(deps, key, LogIndexBody, { tenant: SYSTEM, kind: 'log-index' });
  const { from, fromTime, toTime } = header;
  const { bits } = body.shard;
  const item = { id: name.slice(17), from, to: formatLsn(parseSortableLsn(name.slice(0, 16))), fromTime, toTime, bits };
  const whole = Array.from({ length: 2 ** bits }, (_, number) => shards.has(number)).every(Boolean);
  if (!whole || wrongShard(header, body, item, SYSTEM) !== undefined) return undefined;
  return { ...item, ...endsOf(body.runs) };
}
