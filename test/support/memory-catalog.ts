/** A catalog in memory: for tests of years, in which the file of a real one would take most of the time. */
import { StorageError } from '../../lib/domain/errors.ts';
import type { Catalog, CatalogItem } from '../../lib/ports.ts';

export function memoryCatalog(): Catalog {
  const partitions = new Map<string, Map<string, CatalogItem>>();
  const sorted = new Map<string, string[]>();
  const of = (partition: string) => {
    const found = partitions.get(partition) ?? new Map<string, CatalogItem>();
    partitions.set(partition, found);
    return found;
  };
  return {
    get: async (partition, sort) => of(partition).get(sort),
    async *query(partition, { from = '', to = '\uffff', reverse = false, limit = Number.POSITIVE_INFINITY } = {}) {
      const items = of(partition);
      const all = sorted.get(partition) ?? [...items.keys()].sort();
      sorted.set(partition, all);
      const chosen = all.filter(sort => sort >= from && sort <= to);
      if (reverse) chosen.reverse();
      for (const sort of chosen.slice(0, limit)) yield items.get(sort)!;
    },
    async write(writes) {
      for (const write of writes) {
        if (!('put' in write) || write.onlyIf === undefined) continue;
        const revision = of(write.put.partition).get(write.put.sort)?.revision;
        const expected = write.onlyIf === 'absent' ? undefined : write.onlyIf.revision;
        if (revision !== expected) throw new StorageError('lost-race', 'The item changed.', { hint: 'Run it again.' });
      }
      for (const write of writes) {
        const { partition, sort } = 'put' in write ? write.put : write.remove;
        sorted.delete(partition);
        if ('remove' in write) of(partition).delete(sort);
        else {
          const revision = (of(partition).get(sort)?.revision ?? 0) + 1;
          of(partition).set(sort, { partition, sort, revision, value: write.put.value });
        }
      }
    },
    close: async () => {},
  };
}
