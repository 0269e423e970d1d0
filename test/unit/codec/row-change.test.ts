import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage, type RowMessage, type Tuple } from '../../../lib/codec/pgoutput.ts';
import { buildDelete, buildInsert, buildUpdate } from '../../../lib/codec/pgoutput-build.ts';
import { foldRow, toNetChange } from '../../../lib/codec/row-change.ts';
import { lsn } from '../../../lib/domain/lsn.ts';
import type { NetBatch, RowShape } from '../../../lib/domain/net-batch.ts';
import { NetChanges } from '../../../lib/domain/net-changes.ts';
import { keyId, type NetValue, packTuple } from '../../../lib/domain/packed-tuple.ts';
import { RowCursor } from '../../../lib/domain/row-cursor.ts';

/** Key columns apart from one another and not in the table's order. */
const shape: RowShape = { table: 'public.t', columns: ['a', 'k', 'b', 'l'], key: [3, 1] };
const key = fc.constantFrom('1', '2').map(text => Buffer.from(text));
const value = fc.option(fc.string({ maxLength: 40 }).map(Buffer.from), { nil: null });
const maybeToasted = fc.oneof({ weight: 4, arbitrary: value }, { weight: 1, arbitrary: fc.constant(undefined) });
const whole = fc.tuple(value, key, value, key);
const told = fc.tuple(maybeToasted, key, maybeToasted, key);
const keyOnly = fc.tuple(fc.constant(null), key, fc.constant(null), key);
const old = fc.oneof(
  fc.record({ kind: fc.constant('key' as const), values: keyOnly }),
  fc.record({ kind: fc.constant('full' as const), values: whole }),
);
const message = fc.oneof(
  whole.map(values => buildInsert(7, values)),
  told.map(values => buildUpdate(7, values)),
  fc.tuple(told, old).map(([values, before]) => buildUpdate(7, values, before)),
  old.map(before => buildDelete(7, before)),
);

function readable(batches: readonly NetBatch[]): unknown {
  const text = (values: readonly NetValue[] | undefined) =>
    values?.map(each => (each ? Buffer.from(each).toString() : each));
  return batches.map(batch =>
    batch.tables.map(({ table, rows }) => ({
      table,
      rows: rows.map(row => [row.op, row.lsn, text(row.key), text(row.values), text(row.oldKey)]),
    })),
  );
}

describe('row messages', () => {
  it('fold from their bytes to the same result as from parsed messages', () => {
    const row = new RowCursor();
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), messages => {
        const [direct, apart] = [new NetChanges(1 << 20), new NetChanges(1 << 20)];
        // Inside a larger block, as messages of the log stand.
        const block = Buffer.concat([Buffer.from('before'), ...messages, Buffer.from('after')]);
        let start = 6;
        for (const [index, bytes] of messages.entries()) {
          const at = lsn(BigInt(index + 1));
          const end = start + bytes.byteLength;
          const wanted = apart.add(toNetChange(parseMessage(bytes) as RowMessage, shape, at));
          expect(readable(foldRow(direct, shape, row.moveTo(at, block, start, end)))).toEqual(readable(wanted));
          start = end;
        }
        expect(readable(direct.end())).toEqual(readable(apart.end()));
      }),
      { numRuns: 1000 },
    );
  });

  it('that are truncated, too long or do not match their relation are refused', () => {
    const values: Tuple = [Buffer.from('x'), Buffer.from('1'), null, Buffer.from('2')];
    const fold = (bytes: Buffer) =>
      foldRow(new NetChanges(1 << 20), shape, new RowCursor().moveTo(lsn(1n), bytes, 0, bytes.byteLength));
    const damaged = expect.objectContaining({ code: 'log-malformed' });
    for (const bytes of [
      buildInsert(7, values),
      buildUpdate(7, values, { kind: 'full', values }),
      buildDelete(7, { kind: 'key', values }),
    ]) {
      expect(() => fold(bytes)).not.toThrow();
      for (let end = 5; end < bytes.byteLength; end++) expect(() => fold(bytes.subarray(0, end))).toThrow(damaged);
      expect(() => fold(Buffer.concat([bytes, Buffer.from('x')]))).toThrow(damaged);
    }
    expect(() => fold(buildInsert(7, values.slice(1)))).toThrow(damaged);
    const unknownKind = buildInsert(7, values);
    unknownKind[8] = 0x62;
    expect(() => fold(unknownKind)).toThrow(damaged);
  });

  it('have the same key id only for equal keys', () => {
    const id = (...values: NetValue[]) => keyId(packTuple(values), 0, shape.key);
    const text = (of: string) => Buffer.from(of);
    expect(id(null, text('1'), text('x'), text('2'))).toBe(id(text('y'), text('1'), null, text('2')));
    const ids = [
      id(null, text('1'), null, text('2')),
      id(null, text('2'), null, text('1')),
      id(null, text(''), null, text('12')),
      id(null, text('12'), null, text('')),
      id(null, null, null, text('12')),
      id(null, undefined, null, text('12')),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });
});
