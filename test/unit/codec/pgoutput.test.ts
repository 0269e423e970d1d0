import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage, type Tuple } from '../../../lib/codec/pgoutput.ts';
import * as build from '../../../lib/codec/pgoutput-build.ts';
import { lsn } from '../../../lib/domain/lsn.ts';
import { serverTimeText } from '../../../lib/domain/server-time.ts';
import * as server from '../../support/pgoutput-messages.ts';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(text => !text.includes('\0'));
const oid = fc.integer({ min: 1, max: 0xffff_ffff });
const position = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map(lsn);
const value = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map(bytes => Buffer.from(bytes)),
  fc.constant(null),
  fc.constant(undefined),
);
const tuple: fc.Arbitrary<Tuple> = fc.array(value, { maxLength: 8 });
const oldKind = fc.constantFrom('key' as const, 'full' as const);

describe('pgoutput messages', () => {
  it('parse back to what was built, for every kind of row change', () => {
    fc.assert(
      fc.property(oid, tuple, tuple, oldKind, (id, values, old, kind) => {
        expect(parseMessage(build.buildInsert(id, values))).toEqual({ type: 'insert', oid: id, new: values });
        expect(parseMessage(build.buildUpdate(id, values))).toEqual({ type: 'update', oid: id, new: values });
        expect(parseMessage(build.buildUpdate(id, values, { kind, values: old }))).toEqual({
          type: 'update',
          oid: id,
          oldKind: kind,
          old,
          new: values,
        });
        expect(parseMessage(build.buildDelete(id, { kind, values: old }))).toEqual({
          type: 'delete',
          oid: id,
          oldKind: kind,
          old,
        });
      }),
    );
  });

  it('parse back to what was built, for all other messages', () => {
    const time = fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n });
    fc.assert(
      fc.property(
        position,
        position,
        time,
        oid,
        fc.array(oid, { maxLength: 5 }),
        name,
        name,
        (commitLsn, endLsn, commitTime, id, oids, schema, table) => {
          expect(parseMessage(build.buildBegin({ commitLsn, commitTime, xid: id }))).toEqual({
            type: 'begin',
            commitLsn,
            commitTime,
            xid: id,
          });
          expect(parseMessage(build.buildCommit({ commitLsn, endLsn, commitTime }))).toEqual({
            type: 'commit',
            commitLsn,
            endLsn,
            commitTime,
          });
          expect(parseMessage(server.buildTruncate({ options: 3, oids }))).toEqual({
            type: 'truncate',
            options: 3,
            oids,
          });
          expect(parseMessage(server.buildType(id, schema, table))).toEqual({
            type: 'type',
            oid: id,
            schema,
            name: table,
          });
          expect(parseMessage(server.buildOrigin(endLsn, table))).toEqual({ type: 'origin', lsn: endLsn, name: table });
          const content = Buffer.from(schema);
          const message = { transactional: true, lsn: endLsn, prefix: 'holdfast', content };
          expect(parseMessage(server.buildMessage(message))).toEqual({ type: 'message', ...message });
          const columns = [{ name: table, identity: true, typeOid: id, typmod: -1 }];
          const relation = { oid: id, schema, name: table, replicaIdentity: 'i', columns };
          expect(parseMessage(server.buildRelation(relation))).toEqual({ type: 'relation', ...relation });
        },
      ),
    );
  });

  it('are refused if truncated, extended or of an unknown kind', () => {
    const whole = build.buildUpdate(7, [Buffer.from('a'), null, undefined], {
      kind: 'key',
      values: [Buffer.from('b')],
    });
    for (let length = 0; length < whole.byteLength; length++) {
      expect(() => parseMessage(whole.subarray(0, length))).toThrow(expect.objectContaining({ code: 'log-malformed' }));
    }
    expect(() => parseMessage(Buffer.concat([whole, Buffer.from([0])]))).toThrow(
      expect.objectContaining({ code: 'log-malformed' }),
    );
    expect(() => parseMessage(Buffer.from('Zx'))).toThrow(expect.objectContaining({ code: 'log-malformed' }));
  });
});

describe('serverTimeText', () => {
  it('keeps microseconds, also before 2000', () => {
    expect(serverTimeText(0n)).toBe('2000-01-01T00:00:00.000000Z');
    expect(serverTimeText(1n)).toBe('2000-01-01T00:00:00.000001Z');
    expect(serverTimeText(-1n)).toBe('1999-12-31T23:59:59.999999Z');
    expect(serverTimeText(-946_684_800_000_001n)).toBe('1969-12-31T23:59:59.999999Z');
  });
});
