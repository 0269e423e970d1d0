/** A cursor over a block of the stream finds the same as the parser of single messages. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataTag, keepalivePosition, transactionOf, wireEnd } from '../../../lib/codec/copy-data.ts';
import { deleteOfOld, insertOfNew, MessageCursor, NONE } from '../../../lib/codec/message-cursor.ts';
import { parseMessage, type RowMessage, type Tuple } from '../../../lib/codec/pgoutput.ts';
import { buildBegin, buildCommit, buildDelete, buildInsert, buildUpdate } from '../../../lib/codec/pgoutput-build.ts';
import { type Lsn, lsn } from '../../../lib/domain/lsn.ts';
import { tupleValues } from '../../../lib/domain/packed-tuple.ts';
import { buildTruncate } from '../../support/pgoutput-messages.ts';

const value = fc.option(fc.string({ maxLength: 20 }).map(Buffer.from), { nil: null });
const tuple = fc.array(value, { minLength: 1, maxLength: 5 });
const old = fc.record({ kind: fc.constantFrom('key' as const, 'full' as const), values: tuple });
const oid = fc.nat({ max: 0xffff_ffff });
const position = fc.bigInt({ min: 1n, max: 0xffff_ffff_ffffn }).map(lsn);
const time = fc.bigInt({ min: -1000n, max: 2n ** 62n });
const row = fc.oneof(
  fc.tuple(oid, tuple).map(([relation, values]) => buildInsert(relation, values)),
  fc.tuple(oid, tuple).map(([relation, values]) => buildUpdate(relation, values)),
  fc.tuple(oid, tuple, old).map(([relation, values, before]) => buildUpdate(relation, values, before)),
  fc.tuple(oid, old).map(([relation, before]) => buildDelete(relation, before)),
);
const other = fc.oneof(
  fc.record({ commitLsn: position, commitTime: time, xid: oid }).map(buildBegin),
  fc.record({ commitLsn: position, endLsn: position, commitTime: time }).map(buildCommit),
  fc.record({ options: fc.constant(0), oids: fc.array(oid, { minLength: 1, maxLength: 3 }) }).map(buildTruncate),
);

/** As the server sends it: `d`, length, kind, position, end of log, clock, message. */
function copyData(at: Lsn, message: Buffer): Buffer {
  const head = Buffer.alloc(30);
  head.write('d', 0);
  head.writeUInt32BE(29 + message.byteLength, 1);
  head.write('w', 5);
  head.writeBigUInt64BE(at, 6);
  return Buffer.concat([head, message]);
}

/** The server's word on how far it is. */
function keepalive(at: Lsn): Buffer {
  const message = Buffer.alloc(23);
  message.write('d', 0);
  message.writeUInt32BE(22, 1);
  message.write('k', 5);
  message.writeBigUInt64BE(at, 6);
  return message;
}

const values = (bytes: Buffer, start: number): Tuple => tupleValues(bytes, start) as Tuple;

describe('a cursor over a block of the log', () => {
  it('finds the same in every message as the parser', () => {
    const at = new MessageCursor();
    fc.assert(
      fc.property(fc.array(fc.tuple(position, fc.oneof(row, other)), { minLength: 1, maxLength: 20 }), sent => {
        const block = Buffer.concat(sent.flatMap(([where, bytes]) => [keepalive(where), copyData(where, bytes)]));
        let next = 0;
        for (const [where, bytes] of sent) {
          expect(at.toCopyData(block, next)).toBe(false);
          expect(keepalivePosition(block, next)).toBe(where);
          expect(dataTag(block, next)).toBeUndefined();
          next = wireEnd(block, next);
          expect(at.toCopyData(block, next)).toBe(true);
          expect([at.tag, at.lsn, at.message]).toEqual([bytes[0], where, bytes]);
          expect([dataTag(block, next), keepalivePosition(block, next)]).toEqual([bytes[0], undefined]);
          const parsed = parseMessage(bytes);
          if (parsed.type === 'begin') {
            const { commitLsn, commitTime, xid } = parsed;
            expect([at.commitLsn, at.commitTime, at.xid]).toEqual([commitLsn, commitTime, xid]);
            expect(transactionOf(block, next)).toBe(commitLsn);
          } else if (parsed.type === 'commit') expect(at.commitEnd).toBe(parsed.endLsn);
          else if (parsed.type === 'truncate') expect(at.truncated).toEqual(parsed.oids);
          else {
            const message = parsed as RowMessage;
            at.findTuples();
            expect(at.relation).toBe(message.oid);
            expect(at.old === NONE ? undefined : values(block, at.old)).toEqual(message.old);
            expect(at.tuple === NONE ? undefined : values(block, at.tuple)).toEqual(message.new);
          }
          next = at.end;
        }
        expect(next).toBe(block.byteLength);
      }),
    );
  });

  it('splits an update into the delete of its old row and the insert of its new one', () => {
    fc.assert(
      fc.property(oid, tuple, old, position, (relation, after, before, where) => {
        const at = new MessageCursor();
        at.toCopyData(copyData(where, buildUpdate(relation, after, before)), 0);
        at.findTuples();
        expect(deleteOfOld(at)).toEqual(buildDelete(relation, before));
        expect(insertOfNew(at)).toEqual(buildInsert(relation, after));
      }),
    );
  });

  it('keeps a message after its block is released', () => {
    const block = copyData(lsn(7n), buildBegin({ commitLsn: lsn(9n), commitTime: 5n, xid: 3 }));
    const [at, kept] = [new MessageCursor(), new MessageCursor()];
    at.toCopyData(block, 0);
    kept.keep(at);
    block.fill(0);
    expect([kept.lsn, kept.commitLsn, kept.commitTime, kept.xid]).toEqual([7n, 9n, 5n, 3]);
  });
});
