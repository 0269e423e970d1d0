/** Edits the catalog's file outside the product: reads, changes, deletes and restores every item. */

import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { LocalDeps } from './local-deps.ts';

export interface Item {
  readonly partition: string;
  readonly sort: string;
  readonly value: Record<string, unknown>;
}

export interface EditedCatalog {
  items(): Item[];
  put(item: Item): void;
  remove(item: Pick<Item, 'partition' | 'sort'>): void;
  /** Replaces everything by this copy. */
  replaceAll(items: readonly Item[]): void;
  close(): void;
}

export function editCatalog(deps: LocalDeps): EditedCatalog {
  const file = new DatabaseSync(join(deps.dir, 'catalog.sqlite'), { timeout: 30_000 });
  const put = file.prepare(
    'INSERT INTO items VALUES (?, ?, 1, ?) ON CONFLICT (partition, sort) DO UPDATE SET revision = revision + 1, value = excluded.value',
  );
  const edited: EditedCatalog = {
    items: () =>
      file
        .prepare('SELECT partition, sort, value FROM items ORDER BY partition, sort')
        .all()
        .map(({ partition, sort, value }) => ({
          ...{ partition: String(partition), sort: String(sort), value: JSON.parse(String(value)) },
        })),
    put: ({ partition, sort, value }) => void put.run(partition, sort, JSON.stringify(value)),
    remove: ({ partition, sort }) =>
      void file.prepare('DELETE FROM items WHERE partition = ? AND sort = ?').run(partition, sort),
    replaceAll: items => {
      file.exec('DELETE FROM items');
      for (const item of items) edited.put(item);
    },
    close: () => file.close(),
  };
  return edited;
}
