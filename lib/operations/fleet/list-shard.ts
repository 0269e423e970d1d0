/** The tenants of a shard, by reference: listed when the shard is processed, so that no list is passed on. */
import { membersOf, type Shard } from '../../domain/shards.ts';
import type { Deps } from '../../ports.ts';
import { tenants } from '../catalog/catalog-index.ts';

/** In order. */
export async function listShard(deps: Pick<Deps, 'catalog'>, shard: Shard): Promise<string[]> {
  if (shard.only) return shard.only;
  const present = await tenants.range(deps.catalog, shard.from, shard.to);
  return [
    ...membersOf(
      shard,
      present.map(item => item.ref),
    ),
  ];
}
