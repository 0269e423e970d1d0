/**
 * Proves that a slot behind the log's end leads to that end. A crash before the confirmation leaves such a slot, and a
 * failover to a synchronized one; but so does a copy of the server that was started beside it, whose WAL differs from
 * where the copy was made and whose identity does not. What the slot has up to the log's end must therefore end with the
 * transaction with which the shipped log ends. Invariant: no transaction is skipped that the log does not have.
 */
import { wireEnd } from '../../codec/copy-data.ts';
import { MessageCursor } from '../../codec/message-cursor.ts';
import { TAG } from '../../codec/pgoutput.ts';
import { LogBody } from '../../domain/log-manifest.ts';
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { withLogStream } from '../../postgres/log/log-stream.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import type { Context } from '../context.ts';
import { readManifest } from '../storage/manifest-store.ts';

const BLOCK_BYTES = 1 << 16;

/** A transaction's end and the server's time of its commit, in microseconds since 2000: no other one has both. */
interface Ended {
  readonly end: Lsn;
  readonly time: bigint;
}

/** Whether what the slot has from `confirmed` to the end of the run is what was shipped. */
export async function leadsToEnd(ctx: Context, confirmed: Lsn, latest: RunItem): Promise<boolean> {
  const { key, sha256 } = latest;
  const { body } = await readManifest(ctx, key, LogBody, { tenant: SYSTEM, kind: 'log', sha256 });
  // Runs of earlier versions do not say how they end.
  if (body.ends === undefined) return true;
  const found = await lastTransaction(ctx, parseLsn(latest.to));
  if (body.ends === null) return found === undefined || found.end <= parseLsn(latest.from);
  const logged = { end: parseLsn(body.ends.lsn), time: BigInt(body.ends.committed) };
  if (logged.end <= confirmed) return found === undefined;
  return found?.end === logged.end && found.time === logged.time;
}

/** Of the transactions that the slot has up to the position; nothing is confirmed. */
async function lastTransaction(ctx: Context, upTo: Lsn): Promise<Ended | undefined> {
  const { slot, publication } = ctx;
  const range = { slot, publication, upTo, changes: Number.POSITIVE_INFINITY, blockBytes: BLOCK_BYTES };
  return withLogStream(ctx.source, range, async stream => {
    const cursor = new MessageCursor();
    let time = 0n;
    let last: Ended | undefined;
    for await (const block of stream.blocks()) {
      for (let at = 0; at < block.byteLength; at = wireEnd(block, at)) {
        if (!cursor.toCopyData(block, at)) continue;
        if (cursor.tag === TAG.begin) time = cursor.commitTime;
        if (cursor.tag === TAG.commit) last = { end: cursor.commitEnd, time };
      }
    }
    return last;
  });
}
