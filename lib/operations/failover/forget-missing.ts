/**
 * Where the regions share a catalog, it may list runs of the log that never reached the vault here. Invariant: the log goes on
 * after a run that this vault has, so that its chain holds without the region that is lost; what comes late from there
 * stands beside it.
 */
import { parseLsn } from '../../domain/lsn.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Catalog } from '../../ports.ts';
import { heads, type RunItem, runs } from '../catalog/catalog-index.ts';

/** Takes the runs after the newest that is here from the list. Repeatable. Returns how many. */
export async function forgetMissing(catalog: Catalog, newest: RunItem): Promise<number> {
  const end = parseLsn(newest.to);
  const missing = await runs.tail(catalog, run => parseLsn(run.to) > end);
  if (missing.length === 0) return 0;
  const { id, key, sha256 } = newest;
  // First the head: a crash leaves runs in the list, and the next call takes them from it.
  await catalog.write([heads.put(SYSTEM, { id, key, sha256 }, await heads.get(catalog, SYSTEM))]);
  for (const run of missing) await catalog.write([runs.remove(run)]);
  return missing.length;
}
