/**
 * Expiry of log indexes, after that of the runs (expire-log.ts): an index is removed as soon as one of its runs is. The
 * few remaining runs of its stretch are read themselves, and no index covers removed runs. Its lock ends with that of
 * its newest run: until then it stays, harmlessly, since readers begin with the runs that are kept.
 */
import { covers } from '../../domain/log-index.ts';
import { parseLsn } from '../../domain/lsn.ts';
import { logIndexKey } from '../../domain/object-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import { type LogIndexItem, logIndexes } from '../catalog/log-items.ts';
import { inParallel } from '../in-parallel.ts';
import { announceRemoval } from './announce-removal.ts';
import { type ExpireDeps, type ExpiryResult, removeObject } from './remove-backup.ts';

/** Shards removed at the same time. */
const AT_ONCE = 8;

/** `left`: the remaining runs, in log order. */
export async function expireIndexes(deps: ExpireDeps, left: readonly RunItem[], result: ExpiryResult): Promise<void> {
  let at = 0;
  for (const index of await logIndexes.list(deps.catalog)) {
    const [from, to] = [parseLsn(index.from), parseLsn(index.to)];
    while (at < left.length && parseLsn(left[at]!.to) <= from) at++;
    let found = 0;
    for (let n = at; n < left.length && parseLsn(left[n]!.to) <= to; n++) if (covers(index, left[n]!)) found++;
    if (found < index.runs) await removeIndex(deps, index, result);
  }
}

/** Catalog → shards: a crash leaves unlisted shards, never a listed index that is incomplete. */
async function removeIndex(deps: ExpireDeps, index: LogIndexItem, result: ExpiryResult): Promise<void> {
  const keys = Array.from({ length: 2 ** index.bits }, (_, n) => logIndexKey(parseLsn(index.to), index.id, n));
  const first = await deps.vault.head(keys[0]!);
  if (first && (first.hold || first.retainUntil > deps.clock.now())) {
    const reason = first.hold ? 'legal hold' : `locked until ${first.retainUntil.toISOString()}`;
    result.kept.push({ key: keys[0]!, reason });
    return;
  }
  await announceRemoval(deps, SYSTEM, keys);
  await deps.catalog.write([logIndexes.remove(index)]);
  await inParallel(AT_ONCE, keys, async key => {
    const bytes = (await deps.vault.head(key))?.bytes;
    if (bytes === undefined || !(await removeObject(deps, key, result))) return;
    result.removedObjects += 1;
    result.freedBytes += bytes;
  });
}
