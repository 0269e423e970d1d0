/** The screens of the command line as text: a change of a screen shows here. */
import { describe, expect, it } from 'vitest';
import { renderReport } from '../../../bin/commands/doctor.ts';
import { renderLog } from '../../../bin/commands/log.ts';
import { renderSnapshots } from '../../../bin/commands/snapshot.ts';
import { renderStatus } from '../../../bin/commands/status.ts';
import { renderDiscovery } from '../../../bin/terminal/discovery-text.ts';
import { errorDocument, exitCodeOf, renderError } from '../../../bin/terminal/error-text.ts';
import { renderPreview } from '../../../bin/terminal/preview-text.ts';
import { describeProgress, progressLine } from '../../../bin/terminal/progress.ts';
import { renderRestore } from '../../../bin/terminal/restore-text.ts';
import { PLAIN } from '../../../bin/terminal/style.ts';
import { renderTimeline } from '../../../bin/terminal/timeline-picture.ts';
import {
  ConflictError,
  InputError,
  IntegrityError,
  reportedError,
  SourceError,
  StorageError,
  TargetError,
} from '../../../lib/domain/errors.ts';
import { LsnText } from '../../../lib/domain/lsn.ts';
import { Preview } from '../../../lib/domain/preview.ts';
import type { BackupItem } from '../../../lib/operations/catalog/catalog-index.ts';
import { stateOf } from '../../../lib/operations/catalog/tenant-state.ts';
import type { Timeline } from '../../../lib/operations/catalog/timeline.ts';

const now = new Date('2026-03-01T10:17:11Z');
const reading = { style: PLAIN, now, zone: 'UTC' };

const preview = Preview.parse({
  format: 'holdfast.preview/1',
  request: { tenant: '17', target: '2026-03-01T10:04:59.000000Z', tables: [], samples: 2 },
  target: '16/B374D848',
  targetTime: '2026-03-01T10:04:59.000000Z',
  staging: 'holdfast_stage_1',
  tables: [
    {
      table: 'public.invoices',
      inserts: 1214,
      updates: 3,
      deletes: 0,
      alongside: 14,
      columns: { total: 2, state: 3 },
      samples: [
        { op: 'insert', key: { id: '4711' }, about: { number: 'R-\u001b7', status: 'open' }, changes: {} },
        {
          op: 'update',
          key: { id: '4712' },
          changes: { state: { now: 'void\u001b[31m', target: 'open' }, total: { now: null, target: '12.50' } },
        },
      ],
    },
    { table: 'public.settings', inserts: 0, updates: 0, deletes: 2, alongside: 0, columns: {}, samples: [] },
    { table: 'public.users', inserts: 0, updates: 0, deletes: 0, alongside: 0, columns: {}, samples: [] },
  ],
  totals: { inserts: 1214, updates: 3, deletes: 2, rows: 1219 },
  conflicts: [
    {
      code: 'unique-taken',
      table: 'public.invoices',
      about: 'invoices_number_key',
      count: 1,
      explanation: 'A live row has this number.',
      blocking: true,
    },
  ],
  notes: [
    { code: 'column-gained', table: 'public.invoices', text: 'The column vat came since; it keeps its live value.' },
  ],
  sequences: [{ sequence: 'public.invoices_id_seq', table: 'public.invoices', column: 'id', now: '10', to: '4712' }],
  triggersSuppressed: true,
  measured: { planMs: 12, stageMs: 640, diffMs: 210 },
  predictedApplyMs: 350,
  diffDigest: 'd',
  hash: 'h',
});

const backup = (
  id: string,
  kind: 'snapshot' | 'incremental',
  toTime: string,
  extra: Partial<BackupItem> = {},
): BackupItem => ({
  ...{
    id,
    kind,
    key: `k/${id}`,
    sha256: 's',
    from: LsnText.parse('0/1'),
    to: LsnText.parse('0/2'),
    fromTime: toTime,
    toTime,
    createdAt: toTime,
  },
  ...{
    rows: 12_345,
    bytes: 1_000_000,
    storedBytes: 250_000,
    chunks: 8,
    reusedChunks: 0,
    durationMs: 420,
    reason: 'manual',
  },
  ...extra,
});

const timeline = {
  tenant: 'ref',
  window: [
    { from: { lsn: '0/10', time: '2026-03-01T08:00:00Z' }, to: { lsn: '0/20', time: '2026-03-01T08:40:00Z' } },
    { from: { lsn: '0/30', time: '2026-03-01T09:10:00Z' }, to: { lsn: '0/40', time: '2026-03-01T10:17:00Z' } },
  ],
  gaps: [
    {
      from: { lsn: '0/20', time: '2026-03-01T08:40:00Z' },
      to: { lsn: '0/30', time: '2026-03-01T09:10:00Z' },
      reason: 'slot-lost',
    },
  ],
  tableGaps: [],
  newest: { lsn: '0/40', time: '2026-03-01T10:17:00Z' },
  newestAgeMs: 11_000,
  snapshots: [
    backup('0a-1', 'snapshot', '2026-03-01T08:00:00Z', { verified: { at: '2026-03-01T09:00:00Z', ok: true } }),
    backup('0a-2', 'snapshot', '2026-03-01T09:10:00Z', { storedBytes: 0 }),
  ],
  incrementals: [backup('0a-3', 'incremental', '2026-03-01T10:00:00Z', { rows: 17 })],
  markers: [{ name: 'before-import', lsn: '0/35', time: '2026-03-01T09:30:00Z', reachable: true }],
  restores: [],
  restoreCommits: [],
  erasures: [],
  archives: [],
} as unknown as Timeline;

describe('the preview', () => {
  it('shows what changes, the conflicts, and what will happen', () => {
    expect(
      renderPreview(preview, reading, { command: 'holdfast restore --plan plan.json', exactly: true }),
    ).toMatchInlineSnapshot(`
      "Tenant 17 to 2026-03-01 10:04:59Z (12 min 12 s ago)  16/B374D848

        table            inserted  updated  deleted  changed columns
        public.invoices    +1,214       ~3        ·  state, total (2), 14 along with others
        public.settings         ·        ·       −2
        ───────────────────────────────────────────────────────────────────────────────────
        2 tables           +1,214       ~3       −2
        1 other table unchanged

        public.invoices
          + id 4711, number R-\\u001b7, status open
          ~ id 4712   state: void\\u001b[31m → open  total: NULL → 12.50
          … and 1,215 more

      1 blocking conflict
        ✗ public.invoices invoices_number_key: 1 row. A live row has this number. [unique-taken]

      Notes
        • public.invoices: The column vat came since; it keeps its live value.

      What will happen
        The restore is refused: resolve the blocking conflicts first, or select other rows or another moment.
        planned in 12 ms, staged in 640 ms, compared in 210 ms
      "
    `);
  });

  it('shows what will happen if there are no conflicts', () => {
    const free = { ...preview, conflicts: [], notes: [] };
    const text = renderPreview(free, reading, { command: 'holdfast restore --plan plan.json', exactly: true });
    expect(text.slice(text.indexOf('What will'))).toMatchInlineSnapshot(`
      "What will happen
        1,219 rows in one transaction, about 350 ms. No row of another tenant is locked or changed.
        Triggers and foreign-key actions of the application do not fire.
        1 sequence moves forward past the restored keys.
        Rows that the application changes at the same time are not overwritten.
        The difference is then computed again and must be empty. The restore can be undone.
        planned in 12 ms, staged in 640 ms, compared in 210 ms

      Apply exactly this with  holdfast restore --plan plan.json
      "
    `);
  });

  it('reports that nothing differs', () => {
    const same = {
      ...preview,
      tables: [],
      conflicts: [],
      notes: [],
      totals: { inserts: 0, updates: 0, deletes: 0, rows: 0 },
    };
    expect(renderPreview(same, reading, { command: 'holdfast restore', exactly: false })).toMatchInlineSnapshot(`
      "Tenant 17 to 2026-03-01 10:04:59Z (12 min 12 s ago)  16/B374D848

        Nothing differs: the live rows already match the target.
      "
    `);
  });

  it('lets no value from the database control the terminal', () => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: this is what must not be there
    expect(renderPreview(preview, reading)).not.toMatch(/\u001b/);
  });
});

describe('the timeline', () => {
  it('draws window, gap, snapshots, incrementals, markers and the newest moment', () => {
    expect(renderTimeline('17', timeline, { ...reading, columns: 90 })).toMatchInlineSnapshot(`
      "Tenant 17: every moment from 2026-03-01 08:00:00Z to 2026-03-01 10:17:00Z except 1 gap
        newest 11 s ago, 0/40

                      08:00:00                        09:08:35                             now
        recoverable   ┣━━━━━━━━━━━━━━━━━━━━┫╳╳╳╳╳╳╳╳╳╳╳╳╳╳┣━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━▶
        snapshots     ●                                   ●
        incrementals                                                                ▪
        markers                                                      ◆

           gap after             until                 duration  reason
        ╳  2026-03-01 08:40:00Z  2026-03-01 09:10:00Z    30 min  slot-lost

           backup       id    at                                       rows  verified
        ●  snapshot     0a-1  2026-03-01 08:00:00Z   2 h 17 min ago  12,345  ✓ 1 h 17 min ago
        ●  snapshot     0a-2  2026-03-01 09:10:00Z    1 h 7 min ago  12,345  –
        ▪  incremental  0a-3  2026-03-01 10:00:00Z  17 min 11 s ago      17  –

           marker, restore  at                                     position
        ◆  before-import    2026-03-01 09:30:00Z  47 min 11 s ago  0/35

      Preview a restore with  holdfast diff 17 --to TIME|LSN|MARKER
      "
    `);
  });

  it('reports that nothing is recoverable yet', () => {
    const nothing = {
      ...timeline,
      window: [],
      gaps: [],
      newest: null,
      newestAgeMs: null,
      snapshots: [],
      incrementals: [],
      markers: [],
    };
    expect(renderTimeline('17', nothing, { ...reading, columns: 90 })).toMatchInlineSnapshot(`
      "Tenant 17: no moment is recoverable yet. Take a snapshot, then ship the log.
      "
    `);
  });
});

describe('other screens', () => {
  const tenant = (id: string, over: object = {}) => {
    const status = {
      ...{
        tenant: 'ref' as never,
        tenantId: id,
        oldest: { lsn: '0/1', time: '2026-02-27T10:17:00Z' },
        newest: { lsn: '0/2', time: '2026-03-01T10:17:00Z' },
      },
      ...{
        newestAgeMs: 11_000,
        snapshots: 3,
        incrementals: 0,
        lastSnapshot: '2026-03-01T04:17:00Z',
        archives: 0,
        lastArchive: null,
        lastVerified: null,
        storedBytes: 12_000_000,
        gaps: 0,
        tableGaps: [],
        needsSnapshot: false,
      },
      ...over,
    };
    return { state: stateOf(status, 11_000), ...status };
  };

  it('status reports no tenant as safe while the log does not advance, however recent the snapshots', () => {
    const { state: _, ...fresh } = tenant('1');
    expect([11_000, 900_000, null].map(age => stateOf(fresh, age))).toEqual(['safe', 'late', 'late']);
  });

  it('status lists the worst first', () => {
    const tenants = [
      tenant('10'),
      tenant('9'),
      tenant('8', { newestAgeMs: 900_000 }),
      tenant('7', { newestAgeMs: null, newest: null, oldest: null, needsSnapshot: true }),
      tenant('6', { needsSnapshot: true, gaps: 1 }),
    ];
    const fleet = {
      tenants,
      totals: { unprotected: 1, broken: 1, partial: 0, late: 1, safe: 2, departed: 0, destroyed: 0 },
      log: { runs: 2, newest: { lsn: '0/2', time: '2026-03-01T10:17:00Z' }, newestAgeMs: 11_000, storedBytes: 1 },
      storedBytes: 60_000_001,
    };
    expect(renderStatus(fleet, PLAIN, now, 'UTC')).toMatchInlineSnapshot(`
      "✗ 1 unprotected, 1 broken, 1 late, 2 safe  60.0 MB stored, log shipped up to 2026-03-01 10:17:00Z (11 s ago)

        tenant  state        newest moment  window  gaps  snapshots  last snapshot  verified   stored
        7       unprotected              –       –     ·          3        6 h ago     never  12.0 MB
        6       broken            11 s ago     2 d     1          3        6 h ago     never  12.0 MB
        8       late              11 s ago     2 d     ·          3        6 h ago     never  12.0 MB
        9       safe              11 s ago     2 d     ·          3        6 h ago     never  12.0 MB
        10      safe              11 s ago     2 d     ·          3        6 h ago     never  12.0 MB
      "
    `);
  });

  it('snapshots report what was read, stored and reused, and what failed', () => {
    const ok = [
      { ...backup('0a-1', 'snapshot', '2026-03-01T08:00:00Z'), tenant: '17' },
      { ...backup('0a-2', 'snapshot', '2026-03-01T08:00:00Z', { reusedChunks: 7, storedBytes: 1200 }), tenant: '18' },
    ];
    const error = new StorageError('vault-full', 'There is no room left in the vault.', { hint: 'Make room.' });
    expect(
      renderSnapshots({ ok, failed: [{ tenant: '19', error }], unprotected: ['public.new_table'] }, 1234, PLAIN),
    ).toMatchInlineSnapshot(`
      "  tenant     snapshot    rows    size  stored  reused    took
        17         0a-1      12,345  1.0 MB  250 kB       ·  420 ms
        18         0a-2      12,345  1.0 MB  1.2 kB    87 %  420 ms
        ───────────────────────────────────────────────────────────
        2 tenants            24,690  2.0 MB  251 kB           1.2 s
      ✗ 19: There is no room left in the vault. [vault-full]
        hint: Make room.
      ! No backup contains the rows of public.new_table: the tenant model does not list it. Run  holdfast discover
      "
    `);
  });

  it('doctor reports a weakness that several tables share once', () => {
    const finding = (table: string) => ({
      code: 'replica-identity',
      severity: 'warning' as const,
      table,
      message: `Old rows of ${table} do not carry shop_id.`,
      sql: [`ALTER TABLE ${table} REPLICA IDENTITY USING INDEX i;`],
      safe: true,
      advice: 'No writes are blocked.',
    });
    const slot = {
      code: 'slot-missing',
      severity: 'error' as const,
      table: null,
      message: 'There is no slot.',
      sql: ['SELECT 1;'],
      safe: true,
    };
    const report = {
      server: { version: 180004 } as never,
      ok: false,
      findings: [slot, finding('public.a'), finding('public.b')],
    };
    expect(renderReport(report, PLAIN, 'holdfast doctor --fix')).toMatchInlineSnapshot(`
      "✗ There is no slot. [slot-missing] (safe: applied by --fix)
          SELECT 1;

      ! Old rows of public.a do not carry shop_id. [replica-identity] (safe: applied by --fix)
          Same for 1 more table: public.b.
          ALTER TABLE public.a REPLICA IDENTITY USING INDEX i;
          ALTER TABLE public.b REPLICA IDENTITY USING INDEX i;
          No writes are blocked.

      1 error, 2 warnings

      3 findings can be fixed safely:  holdfast doctor --fix
      Everything as one script for an administrator:  holdfast doctor --sql FILE
      "
    `);
  });

  it('the log shows rows, and the totals of a large transaction first', () => {
    const small = {
      lsn: '0/1',
      time: '2026-03-01T10:00:00.5Z',
      xid: 1,
      context: { user: 'ana', job: 'import\n*' },
      total: 4,
      tables: [{ table: 'public.a', insert: 1, update: 2, delete: 1, truncate: 0 }],
      changes: [
        {
          op: 'insert' as const,
          table: 'public.a',
          key: { id: '1' },
          row: { id: '1', a: 'x\ny', b: null, c: '3', d: '4' },
        },
        {
          op: 'update' as const,
          table: 'public.a',
          key: { id: '1' },
          row: { a: 'new' },
          before: { a: 'old' },
        },
        {
          op: 'update' as const,
          table: 'public.a',
          key: { id: '2' },
          row: { a: 'new', b: null },
          before: {},
          partial: true as const,
        },
        { op: 'delete' as const, table: 'public.a', key: { id: '1' } },
      ],
    };
    const large = {
      lsn: '0/2',
      time: '2026-03-01T10:00:01Z',
      xid: 2,
      total: 30_000,
      tables: [{ table: 'public.a', insert: 0, update: 0, delete: 30_000, truncate: 0 }],
      changes: Array.from({ length: 30 }, (_, n) => ({
        op: 'delete' as const,
        table: 'public.a',
        key: { id: String(n) },
      })),
    };
    const unrouted = {
      transactions: 2,
      tables: [{ table: 'public.a', insert: 1, update: 0, delete: 3, truncate: 0 }],
    };
    const wide = Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`column_${n}`, 'long '.repeat(20)]));
    const long = {
      ...{ op: 'update' as const, table: 'public.a_table_with_a_name', key: { id: '7'.repeat(60) }, row: wide },
      before: wide,
    };
    const nothing = { transactions: 0, tables: [] };
    const lines = renderLog(
      {
        transactions: [{ ...small, changes: [long], total: 1, context: { user: 'ana '.repeat(100), job: 'import' } }],
        more: false,
        unrouted: nothing,
      },
      PLAIN,
      'UTC',
    ).split('\n');
    expect(Math.max(...lines.map(line => line.length))).toBeLessThanOrEqual(80);
    expect(renderLog({ transactions: [small, large], more: true, unrouted }, PLAIN, 'UTC')).toMatchInlineSnapshot(`
      "2026-03-01 10:00:00.5Z  0/1  xid 1  4 changes
        user ana, job import\\n*
        + public.a  id 1, a x\\ny, b NULL, c 3, … 1 more
        ~ public.a  id 1  a old → new
        ≈ public.a  id 2  a new, b NULL
        − public.a  id 1

      2026-03-01 10:00:01Z  0/2  xid 2  30,000 changes
        public.a  −30,000
        − public.a  id 0
        − public.a  id 1
        − public.a  id 2
        − public.a  id 3
        − public.a  id 4
        − public.a  id 5
        … and 29,994 more

      ≈: the log does not hold the previous values, so the columns shown may include
        some that did not change.
      ! Not shown: changes in 2 transactions whose tenant the log does not know
        (of all tenants together). Each restore determines which are its own.
        public.a  +1 −3
      More transactions follow: continue with --from 0/2, or raise --limit.
      "
    `);
  });

  it('a restore reports what it wrote, the proof, and how to undo it', () => {
    const record = {
      ...{
        id: '0b-1',
        tenantId: '17',
        place: 'in-place',
        targetTime: '2026-03-01T10:04:59Z',
        target: '0/2',
        request: {},
        conflicts: [],
        notes: [],
        sequences: [],
        attempts: 2,
        schema: null,
      },
      tables: [
        { table: 'public.a', inserted: 1200, updated: 0, deleted: 1 },
        { table: 'public.b', inserted: 0, updated: 0, deleted: 0 },
      ],
      totals: { inserted: 1200, updated: 0, deleted: 1 },
      phases: { planMs: 10, stageMs: 900, diffMs: 100, applyMs: 80, proveMs: 20 },
      proof: { left: {}, brokenReferences: 0, rows: {} },
    };
    expect(
      renderRestore({ record, preview: null } as never, { style: PLAIN, zone: () => 'UTC', columns: 80 }),
    ).toMatchInlineSnapshot(`
      "✓ Restored tenant 17 to 2026-03-01 10:04:59Z in 1.1 s  0b-1

        table     inserted  updated  deleted
        public.a    +1,200        ·       −1
        ────────────────────────────────────
        1 table     +1,200        ·       −1

        ✓ compared again after writing: no difference
        ✓ every reference is valid
        • the application changed rows at the same time: compared 2 times
        planned 10 ms, staged 900 ms, compared 100 ms, applied 80 ms, proved 20 ms

      Undo it with  holdfast undo 0b-1
      "
    `);
  });

  it('discover shows each table with its reason, and its questions', () => {
    const table = (name: string, over: object) => ({ table: name, component: 'data' as const, ...over }) as never;
    const tables = [
      table('public.lines', {
        kind: 'via',
        path: [],
        why: '(order_id) → public.orders.',
        question: 'Two paths lead here.',
      }),
      table('public.shops', { kind: 'root', column: 'id', why: 'Two tables reference it.' }),
    ];
    const discovery = {
      model: { format: 'holdfast.tenant-model/1' as const, tables },
      schema: {} as never,
      added: tables,
      quality: { score: 50, proved: 1, assumed: 0, open: 1, assumptions: [] },
      questions: [
        {
          pattern: 'path:item_id|order_id',
          question: 'Two paths lead here.',
          tables: [
            { table: 'public.lines', rows: 1200, question: 'Two paths lead here.', pattern: 'path:item_id|order_id' },
          ],
          rows: 1200,
          answers: [{ answer: 'order_id', meaning: 'the row of public.orders says whose' }],
          protected: true,
        },
      ],
    };
    expect(renderDiscovery(discovery, '/app/holdfast.model.yaml', false, PLAIN)).toMatchInlineSnapshot(`
      "Found 2 tables: 1 root, 1 via.

        table         kind  component  why
        public.shops  root  data       Two tables reference it.
        public.lines  via   data       (order_id) → public.orders.

        Model quality 50 of 100: 1 table with an open question.

      1 open question about 1 table

        ? path:item_id|order_id  1 table, about 1,200 rows
          Two paths lead here.
          public.lines (1,200). Until then they are backed up as proposed.
          order_id  the row of public.orders says whose

        Answer in the terminal:  holdfast discover --interactive
        or by pattern; * matches anything:
          holdfast discover --answer 'path:item_id|order_id=order_id'
        or in the file, under answers; then run discover again.

      Written to /app/holdfast.model.yaml. Answer the questions, review the file and commit it, then:
        holdfast doctor
      "
    `);
  });
});

describe('errors', () => {
  it('have a hint for people and a document for programs', () => {
    const error = new InputError('bad-lsn', '"x" is not a WAL position.', { hint: 'Write it as PostgreSQL does.' });
    expect(renderError(error, PLAIN)).toBe(
      'error: "x" is not a WAL position. [bad-lsn]\nhint: Write it as PostgreSQL does.\n',
    );
    expect(errorDocument(error)).toEqual({
      error: {
        code: 'bad-lsn',
        kind: 'InputError',
        message: '"x" is not a WAL position.',
        hint: 'Write it as PostgreSQL does.',
        retry: 'operator',
        details: {},
      },
    });
  });

  it('have an exit code of their class', () => {
    const kinds = ['input', 'integrity', 'target', 'source', 'conflict', 'storage'] as const;
    const errors = kinds.map(kind => reportedError(kind, { code: 'c', message: 'm', hint: '' }));
    const classes = [InputError, IntegrityError, TargetError, SourceError, ConflictError, StorageError];
    expect(errors.map(error => error.constructor)).toEqual(classes);
    expect(errors.map(exitCodeOf)).toEqual([2, 3, 4, 5, 6, 7]);
    expect(exitCodeOf(new Error('x'))).toBe(1);
  });

  it("never include PostgreSQL's own message, which may quote a row", () => {
    const error = Object.assign(new Error('duplicate key: (email)=(secret@example.org)'), {
      severity: 'ERROR',
      code: '23505',
    });
    expect(renderError(error, PLAIN)).not.toContain('secret');
    expect(JSON.stringify(errorDocument(error))).not.toContain('secret');
  });
});

describe('progress', () => {
  it('shows percentage, amounts, speed and remaining time', () => {
    const event = {
      step: 'snapshot.table',
      message: 'public.orders',
      done: 60_000_000,
      total: 120_000_000,
      unit: 'bytes',
    };
    expect(describeProgress(event, { at: 0, done: 0 }, 3000, PLAIN)).toBe(
      '━━━━━━━━━━━━━━━━━━━━  50 %  public.orders  60.0 MB of 120 MB  20.0 MB/s, 3.0 s left',
    );
    expect(
      describeProgress({ step: 's', message: 'Shipping', done: 1200, unit: 'changes' }, { at: 0, done: 0 }, 10, PLAIN),
    ).toBe('Shipping  1,200 changes');
  });

  it('is drawn at most ten times a second, within the width of the terminal, and cleared', () => {
    let clock = 0;
    const written: string[] = [];
    const line = progressLine({
      style: PLAIN,
      write: text => written.push(text),
      columns: () => 30,
      elapsed: () => clock,
    });
    for (; clock < 1000; clock += 10)
      line.show({ step: 'a', message: 'a message that is longer than the terminal is wide' });
    line.clear();
    line.clear();
    expect(written).toHaveLength(11);
    expect(written[0]).toBe(`\r\u001b[K${'a message that is longer than the terminal is wide'.slice(0, 28)}…`);
    expect(written.at(-1)).toBe('\r\u001b[K');
  });
});
