/** A context for snapshots of a test database, and a reader of what they stored that shares no code with restores. */

import { chunkDigest, sha256Hex } from '../../lib/codec/digest.ts';
import { type ChunkEntry, type ChunkPage, PageContent } from '../../lib/domain/chunk-page.ts';
import { Settings } from '../../lib/domain/settings.ts';
import { SnapshotBody } from '../../lib/domain/snapshot-body.ts';
import type { TenantId, TenantRef } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { readManifest } from '../../lib/operations/storage/manifest-store.ts';
import { readBlock } from '../../lib/operations/storage/pack.ts';
import { digestKey } from '../../lib/operations/storage/tenant-key.ts';
import type { Deps } from '../../lib/ports.ts';
import type { Source } from '../../lib/postgres/connection.ts';

export function snapshotContext(
  deps: Deps,
  source: Source,
  tables: unknown[],
  settings: Partial<Settings> = {},
): Context {
  return {
    ...deps,
    source,
    model: TenantModel.parse({ format: 'holdfast.tenant-model/1', tables }),
    settings: Settings.parse(settings),
    slot: 'holdfast_none',
    publication: 'holdfast_none',
  };
}

export interface StoredTable {
  readonly rows: number;
  readonly checksum: string;
  readonly text: string;
  readonly chunks: readonly {
    from: readonly string[] | null;
    rows: number;
    digest: string;
    text: string;
    /** The database snapshot that read it, or found it unchanged. */
    view: string;
  }[];
}

/** Every table of a snapshot, with each chunk's digest checked against its bytes. */
export async function readSnapshot(
  ctx: Context,
  tenant: TenantId,
  backup: { key: string; sha256: string },
): Promise<{ body: SnapshotBody; tables: Map<string, StoredTable> }> {
  const owner: TenantRef = refOf(ctx, tenant);
  const expect = { tenant: owner, kind: 'snapshot', sha256: backup.sha256 } as const;
  const { body } = await readManifest(ctx, backup.key, SnapshotBody, expect);
  const key = await digestKey(ctx, owner);
  const tables = new Map<string, StoredTable>();
  for (const table of body.tables) {
    const chunks = [];
    for (const page of table.pages) {
      const content = page.content ?? PageContent.parse(JSON.parse(await storedText(ctx, owner, page)));
      expectTotals(page, content);
      const packs = page.packs.map(pack => pack.key);
      for (const [place, chunk] of content.chunks.entries()) {
        const block = content.blocks[chunk.block]!;
        const plain = chunk.length === 0 ? Buffer.alloc(0) : await readBlock(ctx, owner, packs, block);
        const bytes = plain.subarray(chunk.offset, chunk.offset + chunk.length);
        const digest = chunkDigest(key, table.table, table.columns).update(bytes).digest('hex');
        if (digest !== chunk.digest) throw new Error(`A chunk of ${table.table} does not have its digest.`);
        const view = (page.view ?? content.views[chunk.view]!).snapshot;
        const from = place === 0 ? page.from : chunk.from;
        chunks.push({ from, rows: chunk.rows, digest, text: Buffer.from(bytes).toString('utf8'), view });
      }
    }
    const text = chunks.map(chunk => chunk.text).join('');
    tables.set(table.table, { rows: table.rows, checksum: table.checksum, text, chunks });
  }
  return { body, tables };
}

async function storedText(ctx: Context, owner: TenantRef, { stored }: ChunkPage): Promise<string> {
  const text = Buffer.from(await readBlock(ctx, owner, [stored!.pack], { ...stored!, pack: 0 }));
  if (sha256Hex(text) !== stored!.sha256) throw new Error('A page does not have its digest.');
  return text.toString('utf8');
}

function expectTotals(page: ChunkPage, { chunks }: PageContent): void {
  const sum = (of: (chunk: ChunkEntry) => number) => chunks.reduce((total, chunk) => total + of(chunk), 0);
  const checksum = chunks.reduce((total, chunk) => total + BigInt(chunk.checksum), 0n).toString();
  const found = { chunks: chunks.length, rows: sum(chunk => chunk.rows), bytes: sum(chunk => chunk.length), checksum };
  const { chunks: count, rows, bytes, checksum: stated } = page;
  if (JSON.stringify(found) !== JSON.stringify({ chunks: count, rows, bytes, checksum: stated }))
    throw new Error('A page is not as its entry says.');
}
