/** The screens of an accident: 80 columns whatever the names, counts and contexts, and commands that can be pasted. */
import { describe, expect, it } from 'vitest';
import { type ActivityReport, activityDocument, renderActivity } from '../../../bin/terminal/activity-text.ts';
import { renderWay } from '../../../bin/terminal/incident-text.ts';
import { PLAIN } from '../../../bin/terminal/style.ts';
import { renderTransaction } from '../../../bin/terminal/transaction-text.ts';
import { renderTransactions } from '../../../bin/terminal/transactions-text.ts';
import { NO_CHANGES, type TableSum } from '../../../lib/domain/activity.ts';
import { type ActivitySample, histogram, spikesOf } from '../../../lib/domain/activity-histogram.ts';
import { LsnText } from '../../../lib/domain/lsn.ts';
import type { LoggedTransaction } from '../../../lib/operations/log/describe-log.ts';

const READING = { style: PLAIN, zone: () => 'UTC', command: (words: string) => `holdfast ${words}` };
const MINUTE = 60_000;
const at = (minute: number) => new Date(Date.UTC(2026, 2, 1, 2, minute)).toISOString();
const table = (counts: Partial<TableSum>): TableSum => ({ ...NO_CHANGES, table: 'public.invoices', ...counts });
const sample = (minute: number, ...tables: TableSum[]): ActivitySample => ({
  ...{ maxCommitTime: at(minute), changes: 1 },
  activity: {
    tables,
    largest: [{ xid: 7812 + minute, lsn: LsnText.parse('0/2A000028'), time: at(minute), tables }],
  },
});

function report(samples: readonly ActivitySample[], more: Partial<ActivityReport> = {}): ActivityReport {
  const range = { from: at(0), to: at(60) };
  const buckets = histogram(samples, range, 5 * MINUTE);
  const none = { table: undefined, unrouted: [], holes: [] };
  return { tenant: '17', range, sizeMs: 5 * MINUTE, buckets, spikes: spikesOf(buckets), ...none, ...more };
}

const USUAL = [
  sample(1, table({ insert: 12, update: 40 })),
  sample(6, table({ insert: 15, update: 31, delete: 2 })),
  sample(31, table({ insert: 9, update: 25, delete: 1 })),
];
const ACCIDENT = sample(
  42,
  table({ delete: 1234, update: 3 }),
  table({ table: 'public.invoice_lines', delete: 12_340 }),
  table({ table: 'public.payments', delete: 500 }),
);
const LONG = 'n'.repeat(63);

const widest = (text: string) => Math.max(...text.split('\n').map(line => line.length));

describe('activity', () => {
  it('shows the hours, what is unusual, and the next command', () => {
    const unrecorded = { maxCommitTime: at(50), changes: 7 };
    const shown = report([...USUAL, ACCIDENT, unrecorded], {
      unrouted: [table({ delete: 3 })],
      holes: [{ from: at(20), to: at(25) }],
    });
    expect(renderActivity(shown, READING)).toMatchInlineSnapshot(`
      "Tenant 17
        from 2026-03-01 02:00:00Z to 2026-03-01 03:00:00Z
        changes per 5 min

        time         inserted   updated   deleted
        03-01 02:00        12        40         0  █
        03-01 02:05        15        31         2  █
        … 4 without changes
        03-01 02:30         9        25         1  █
        … 1 without changes
        03-01 02:40         0         3    14,074  ███████████████████████████████████
        … 1 without changes
        03-01 02:50         ?         ?         ?  █
        … 2 without changes

      Unusual: at least 10 rows, and more than 5 times the median of the other lines
      with such changes; and every truncate.
        ✗ 03-01 02:40  14,074 deleted (median 1.5)
          largest: transaction 7854; 1 more table
            public.invoice_lines  −12,340
            public.invoices  ~3 −1,234
          holdfast show-transaction 17 7854

      ! Tables not recorded: 7 changes of runs of an earlier version.

      ! Not shown: changes whose tenant the log does not know
        (of all tenants together). Each restore determines which are its own.
        public.invoices  −3

      ✗ No log from 2026-03-01 02:20:00Z to 2026-03-01 02:25:00Z.
      "
    `);
  });

  it('names the truncates of all tenants, and a search where no transaction is known', () => {
    const truncate = sample(3, table({ truncate: 1 }));
    const loop = { ...sample(50, table({ delete: 400 })), activity: { tables: [table({ delete: 400 })], largest: [] } };
    const text = renderActivity(report([...USUAL, truncate, loop], { table: 'invoices' }), READING);
    expect(text).toContain('holdfast show-transaction 17 7815');
    expect(text).toContain(
      "holdfast transactions 17 --from 2026-03-01T02:50:00.000Z --to 2026-03-01T02:55:00.000Z --table invoices --deletes '>0' --sort deletes",
    );
  });

  it('says that nothing is unusual, or that there is no log', () => {
    expect(renderActivity(report(USUAL), READING)).toContain('Nothing unusual');
    expect(renderActivity(report([], { range: undefined, buckets: [] }), READING)).toBe(
      'The log has nothing in this range.\n',
    );
  });

  it('holds at 80 columns', () => {
    const wide = sample(42, table({ table: `public.${LONG}`, insert: 123_456_789, delete: 987_654 }));
    const text = renderActivity(report([...USUAL, wide], { tenant: LONG }), READING);
    // A command stays on one line, so that it can be pasted, and so does the name of a table.
    const free = text.split('\n').filter(line => !line.includes('holdfast ') && !line.includes(LONG));
    expect(widest(free.join('\n'))).toBeLessThanOrEqual(80);
    expect(text).toContain('123,456,789');
  });

  it('is a document with the same for programs', () => {
    const document = activityDocument(report([ACCIDENT]), READING) as { buckets: object[]; spikes: object[] };
    expect(document).toMatchObject({ tenant: '17', bucketSeconds: 300, from: at(0), to: at(60), unrouted: [] });
    expect(document.buckets).toHaveLength(13);
    expect(document.spikes).toMatchObject([
      { kind: 'delete', count: 14_074, transaction: { xid: 7854 }, command: 'holdfast show-transaction 17 7854' },
    ]);
  });
});

const transaction: LoggedTransaction = {
  ...{ lsn: '0/2A000028', xid: 7854, time: '2026-03-01T02:42:07.123456Z', total: 14_077 },
  context: { user: 'ana@example.com', job: 'cleanup\u001b[31m' },
  tables: ACCIDENT.activity!.tables,
  changes: [
    { op: 'delete', table: 'public.invoices', key: { id: '1' } },
    { op: 'update', table: 'public.invoices', key: { id: '2' }, row: { state: 'void' }, before: { state: 'open' } },
  ],
};

const MORE = { more: true, unrouted: [], holes: [] };

describe('transactions', () => {
  it('are listed with sums and context', () => {
    const list = { tenant: '17', transactions: [transaction], ...MORE, truncated: false };
    expect(renderTransactions(list, READING)).toMatchInlineSnapshot(`
      "2026-03-01 02:42:07.123456Z  0/2A000028  xid 7854  14,077 changes
        user ana@example.com, job cleanup\\u001b[31m
        public.invoice_lines  −12,340
        public.invoices  ~3 −1,234
        public.payments  −500

      There are more: narrow the range, or raise --limit.

      Show the first one with  holdfast show-transaction 17 7854
      "
    `);
  });

  it('are shown row by row', () => {
    const page = { tenant: '17', table: undefined, transaction, unrouted: [table({ delete: 2 })], withRows: true };
    expect(renderTransaction(page, READING)).toMatchInlineSnapshot(`
      "Transaction 7854 committed at 2026-03-01 02:42:07.123456Z  0/2A000028
        user ana@example.com
        job cleanup\\u001b[31m

        public.invoices  ~3 −1,234
        public.invoice_lines  −12,340
        public.payments  −500

        − public.invoices  id 1
        ~ public.invoices  id 2  state open → void
        … and 14,075 more rows: raise --limit, or choose a --table

      ! Not shown: changes in 1 transaction whose tenant the log does not know
        (of all tenants together). Each restore determines which are its own.
        public.invoices  −2

      Take back only what it did, and keep what came later:
        holdfast revert 17 --transaction 0/2A000028 --dry-run
      Everything that changed since, as a restore to just before it would undo it:
        holdfast diff 17 --to before:0/2A000028
      "
    `);
  });

  it('say what an answer of the installation leaves out: rows, and what does not fit', () => {
    const page = { tenant: '17', table: undefined, transaction: { ...transaction, changes: [] }, unrouted: [] };
    const shown = renderTransaction({ ...page, withRows: false }, READING);
    expect(shown).toContain('… and 14,077 more rows: with --direct, and the right to read rows');
    expect(shown).not.toContain('--limit');
    const list = renderTransactions({ tenant: '17', transactions: [], ...MORE, truncated: true }, READING);
    expect(list).toContain('! Truncated, more than one answer holds: narrow the range with --from and --to.');
    expect(list).not.toContain('--limit');
  });

  it('have ways back that are compared when they are chosen, or cannot be gone', () => {
    const of = { tenant: '17', transaction: { ...transaction, tables: [] } };
    expect(renderWay({ way: 'everything' }, 4, of, READING)).toMatchInlineSnapshot(`
      "  4  everything as it was just before; all later changes are lost
           compared on AWS when you choose it, before anything is changed
           $ holdfast restore 17 --to before:7854"
    `);
    const refused = { code: 'cannot-revert', message: 'No.' };
    expect(renderWay({ way: 'revert', refused }, 1, of, READING)).toContain('not possible: No.');
  });

  it('hold at 80 columns, and say where nothing is known to be the tenant’s', () => {
    const wide = { ...transaction, context: { [LONG]: LONG.repeat(9), other: LONG } };
    const list = { tenant: LONG, transactions: [wide], ...MORE, truncated: true };
    const context = renderTransactions(list, READING).split('\n')[1]!;
    expect(context.length).toBeLessThanOrEqual(80);
    expect(widest(renderTransactions({ ...list, tenant: '17' }, READING))).toBeLessThanOrEqual(80);
    const unknown = { tenant: '17', table: 'a', transaction: undefined, unrouted: [], withRows: true };
    const none = renderTransaction(unknown, READING);
    expect(none).toBe('No changes of a of this transaction are known to be of this tenant.\n');
  });
});
