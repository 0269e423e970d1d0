/**
 * Makes the payload of an incremental: net rows in segment framing. Each batch of net changes is one transaction (B …
 * C) whose rows are sorted by the LSN of the row's last change; several batches are in the order in which they must be
 * applied. Memory is bounded by the fold's limit and one block.
 */
import type { Hmac } from 'node:crypto';
import { type DigestKey, segmentDigest } from '../../codec/digest.ts';
import { type Begin, parseMessage, type Relation } from '../../codec/pgoutput.ts';
import { buildBegin, buildCommit } from '../../codec/pgoutput-build.ts';
import { foldRow, isRow, netRowMessage, relationOf, rowShape } from '../../codec/row-change.ts';
import { decodeFrames, type Frame, FrameWriter } from '../../codec/segment.ts';
import type { Block } from '../../domain/chunk-page.ts';
import { lsn, ZERO_LSN } from '../../domain/lsn.ts';
import type { IncrementalBody } from '../../domain/manifest.ts';
import type { NetBatch, NetTable, RowShape } from '../../domain/net-batch.ts';
import { NetChanges } from '../../domain/net-changes.ts';
import { RowCursor } from '../../domain/row-cursor.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { SegmentItem } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import type { TableKeys } from '../model/table-keys.ts';
import type { PackWriter } from '../storage/pack.ts';
import { PayloadReader } from './payload-reader.ts';

interface SeenRelation {
  readonly shape: RowShape;
  readonly relation: Relation;
  readonly bytes: Buffer;
}

export class FoldedPayload {
  readonly #ctx: Context;
  readonly #tenant: TenantRef;
  readonly #pack: PackWriter;
  readonly #digest: Hmac;
  readonly #net: NetChanges;
  readonly #row = new RowCursor();
  readonly #keys: TableKeys;
  readonly #frames = new FrameWriter();
  readonly #blocks: Promise<Block>[] = [];
  readonly #counts = new Map<string, { upserts: number; deletes: number }>();
  readonly #byOid = new Map<number, SeenRelation>();
  readonly #byShape = new Map<RowShape, SeenRelation>();
  #begin: Begin | undefined;
  #rawBytes = 0;
  #changes = 0;

  constructor(ctx: Context, tenant: TenantRef, pack: PackWriter, digestKey: DigestKey, keys: TableKeys) {
    this.#ctx = ctx;
    this.#tenant = tenant;
    this.#pack = pack;
    this.#digest = segmentDigest(digestKey);
    this.#net = new NetChanges(ctx.settings.logMemoryBytes / 2);
    this.#keys = keys;
  }

  /** Folds the segments in this order, verified. */
  async fold(items: readonly SegmentItem[]): Promise<void> {
    const reader = new PayloadReader(this.#ctx, this.#tenant, items);
    for (const index of items.keys()) await this.#foldFrames(decodeFrames(reader.blocks(index)));
  }

  async finish(): Promise<Pick<IncrementalBody, 'blocks' | 'digest' | 'rawBytes' | 'tables' | 'changes'>> {
    for (const batch of this.#net.end()) await this.#write(batch);
    await this.#seal();
    return {
      blocks: await Promise.all(this.#blocks),
      digest: this.#digest.digest('hex'),
      rawBytes: this.#rawBytes,
      tables: [...this.#counts].map(([table, counts]) => ({ table, ...counts })),
      changes: this.#changes,
    };
  }

  async #foldFrames(frames: AsyncIterable<Frame>): Promise<void> {
    for await (const frame of frames) {
      const { lsn, message: bytes } = frame;
      if (isRow(bytes[0])) {
        const { shape } = this.#byOid.get(relationOf(bytes, 0))!;
        for (const batch of foldRow(this.#net, shape, this.#row.moveTo(lsn, bytes, 0, bytes.byteLength)))
          await this.#write(batch);
        continue;
      }
      const message = parseMessage(bytes);
      if (message.type === 'begin') this.#begin = message;
      else if (message.type === 'relation') this.#relation(message, bytes);
    }
  }

  /** Each segment repeats its relations: the same definition keeps its shape, so that rows still fold together. */
  #relation(relation: Relation, bytes: Buffer): void {
    const known = this.#byOid.get(relation.oid);
    if (known?.bytes.equals(bytes)) return;
    const { table, key } = this.#keys.of(relation);
    const told = { shape: rowShape(table, relation, key), relation, bytes: Buffer.from(bytes) };
    this.#byOid.set(relation.oid, told);
    this.#byShape.set(told.shape, told);
  }

  async #write(batch: NetBatch): Promise<void> {
    const { commitLsn, commitTime, xid } = this.#begin!;
    this.#frames.add(commitLsn, buildBegin({ commitLsn, commitTime, xid }));
    const tables = batch.tables.filter(table => table.shape !== null);
    for (const table of tables) this.#frames.add(ZERO_LSN, this.#byShape.get(table.shape!)!.bytes);
    for (const { table, row } of byLsn(tables)) {
      const { relation, shape } = this.#byShape.get(table.shape!)!;
      this.#frames.add(row.lsn, netRowMessage(relation.oid, shape, row));
      const counts = this.#counts.get(table.table) ?? { upserts: 0, deletes: 0 };
      counts[row.op === 'delete' ? 'deletes' : 'upserts']++;
      this.#counts.set(table.table, counts);
      this.#changes++;
      if (this.#frames.length >= this.#ctx.settings.blockBytes) await this.#seal();
    }
    this.#frames.add(commitLsn, buildCommit({ commitLsn, endLsn: lsn(commitLsn), commitTime }));
  }

  /** One block at a time: at most one waits for the vault. */
  async #seal(): Promise<void> {
    const plaintext = this.#frames.take();
    if (plaintext.byteLength === 0) return;
    this.#digest.update(plaintext);
    this.#rawBytes += plaintext.byteLength;
    const block = this.#pack.add(this.#tenant, plaintext);
    this.#blocks.push(block);
    await block;
  }
}

/** Rows of all tables by LSN: the tables' own rows are sorted already. */
function* byLsn(tables: readonly NetTable[]): Generator<{ table: NetTable; row: NetTable['rows'][number] }> {
  const all = tables.flatMap(table => table.rows.map(row => ({ table, row })));
  all.sort((a, b) => (a.row.lsn < b.row.lsn ? -1 : a.row.lsn > b.row.lsn ? 1 : 0));
  yield* all;
}
