import { describe, expect, it } from 'vitest';
import { Reshaping } from '../../../lib/domain/log-manifest.ts';
import { parseLsn } from '../../../lib/domain/lsn.ts';
import { columnsAt, type ReshapedChain, reshapedAfter, sameColumns } from '../../../lib/domain/reshaped-tables.ts';
import type { TableSchema } from '../../../lib/domain/table-schema.ts';

const table = (...names: string[]) =>
  ({
    ...{ table: 'public.item', oid: 1 },
    columns: names.map((name, index) => ({ name, number: index + 1, generated: '', missing: null })),
  }) as unknown as TableSchema;
const [old, added] = [table('id'), table('id', 'vat')];
const at = (minute: number) => `2026-01-01T00:0${minute}:00.000000Z`;
const run = (from: number, relations: TableSchema[], reshaped?: Reshaping[]): ReshapedChain['runs'][number] => ({
  header: { from: `0/${from}00`, to: `0/${from + 1}00`, fromTime: at(from), toTime: at(from + 1) },
  body: { relations, reshaped },
});
const between = (from: string, to: string): Reshaping =>
  Reshaping.parse({ oid: 1, from, fromTime: at(2), to, toTime: at(3) });
const told = between('0/27F', '0/280');
const somewhere = between('0/200', '0/300');
const chain = (read: TableSchema, to: string, reshaped?: Reshaping, toTime = at(1)): ReshapedChain => ({
  snapshot: { header: { to, toTime }, body: { schema: { tables: [read] } } },
  runs: [run(1, [], []), run(2, [old, added], reshaped && [reshaped]), run(3, [], reshaped && [])],
});

describe('the columns of a table at a target', () => {
  const place = (from: ReshapedChain, lsn: string, time?: string) => {
    const { settled, unclear } = columnsAt(from, { lsn: parseLsn(lsn), time });
    const read = from.snapshot.body.schema.tables[0]!;
    return unclear.length > 0 ? 'unclear' : sameColumns(settled.get(1) ?? read, read) ? 'as read' : 'added';
  };

  it('are known on both sides of a position that the log records', () => {
    expect(place(chain(old, '0/150', told), '0/27F')).toBe('as read');
    expect(place(chain(old, '0/150', told), '0/280')).toBe('added');
  });

  it('are unclear between the runs if the log does not record the position', () => {
    const from = chain(old, '0/150', somewhere);
    expect(['0/200', '0/201', '0/2FF', '0/300'].map(lsn => place(from, lsn))).toEqual([
      ...['as read', 'unclear', 'unclear', 'added'],
    ]);
  });

  it('are decided by the requested time if the tenant has no row in between', () => {
    const from = chain(old, '0/150', somewhere);
    expect(place(from, '0/350', at(2))).toBe('as read');
    expect(place(from, '0/350', '2026-01-01T00:02:30.000000Z')).toBe('unclear');
    expect(place(from, '0/350', at(3))).toBe('added');
    expect(place(from, '0/250', at(3))).toBe('unclear');
  });

  it('are those that a snapshot in between read, and always at the moment of that snapshot', () => {
    expect(place(chain(added, '0/250', somewhere), '0/260')).toBe('as read');
    expect(place(chain(old, '0/250', somewhere), '0/250')).toBe('as read');
    expect(place(chain(old, '0/250', somewhere), '0/260')).toBe('unclear');
    expect(place(chain(added, '0/320', somewhere), '0/350')).toBe('as read');
  });

  it('are again those of a snapshot after rows from before it were replayed', () => {
    for (const to of ['0/250', '0/320'])
      expect(columnsAt(chain(added, to, somewhere), { lsn: parseLsn('0/350') }).settled.get(1)).toBe(added);
  });

  it('are not those of a snapshot that was taken after the requested time', () => {
    const later = chain(added, '0/250', somewhere, '2026-01-01T00:02:40.000000Z');
    expect(place(later, '0/260', '2026-01-01T00:02:30.000000Z')).toBe('unclear');
    expect(place(later, '0/260', '2026-01-01T00:02:40.000000Z')).toBe('as read');
  });

  it('limit the position of a time to before a later change of columns, or within one around it', () => {
    const { runs } = chain(old, '0/150', told);
    expect(['00', '30'].map(s => reshapedAfter(runs, `2026-01-01T00:01:${s}.000000Z`))).toEqual([[0x27fn], [0x27fn]]);
    expect(reshapedAfter(runs, at(2))).toEqual([0x27fn]);
    expect(reshapedAfter(runs, '2026-01-01T00:02:30.000000Z')).toEqual([0x27fn]);
    expect(reshapedAfter(chain(old, '0/150', somewhere).runs, '2026-01-01T00:02:30.000000Z')).toEqual([0x2ffn]);
    expect(reshapedAfter(runs, at(3))).toEqual([]);
  });

  it('are unclear up to the next run if a run of an earlier version may end before what it saw', () => {
    const from = chain(old, '0/150');
    expect(['0/200', '0/250', '0/300', '0/301'].map(lsn => place(from, lsn))).toEqual([
      ...['as read', 'unclear', 'unclear', 'added'],
    ]);
  });
});
