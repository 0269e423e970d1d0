/**
 * docs/formats.md is enough to read a vault: examples/reader, in Python, which shares no code with Holdfast and uses
 * nothing that the page does not say and published libraries only, prints every row of a snapshot and every change since as PostgreSQL has them, and refuses what was altered.
 */
import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { to as copyTo } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { refOf } from '../../lib/operations/context.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { modelOf } from '../support/hand-staging.ts';
import { NASTY_MODEL, NASTY_ROWS, NASTY_SCHEMA, ORDER_LINE } from '../support/nasty-schema.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { pythonWithServers } from '../support/servers.ts';
import { type StagedWorld, stagedWorld } from '../support/staged-world.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';

const READER = join(import.meta.dirname, '../../examples/reader/read_tenant.py');
/** Rows of tenant 1 as PostgreSQL selects them, and the columns by which a change finds its row. */
const TABLES: Record<string, { rows: string; key: readonly string[] }> = {
  'public.tenants': { rows: 'public.tenants WHERE id = 1', key: ['id'] },
  [ORDER_LINE]: { rows: `${ORDER_LINE} WHERE "Tenant Id" = 1`, key: ['Tenant Id', 'Nr.'] },
  'public.pick': { rows: 'public.pick WHERE tenant = 1', key: ['id'] },
  'public.events': { rows: 'public.events WHERE tenant_id = 1', key: ['id', 'at'] },
  'public.event_notes': {
    rows: 'public.event_notes WHERE event IN (SELECT id FROM public.events WHERE tenant_id = 1)',
    key: ['id'],
  },
  'public.keyless': { rows: 'public.keyless WHERE tenant_id = 1', key: [] },
  'public.animals': { rows: 'ONLY public.animals WHERE tenant_id = 1', key: ['id'] },
  'public.dogs': { rows: 'public.dogs WHERE tenant_id = 1', key: ['id'] },
};
/** Without identity columns: a large value that an update leaves out, keys that change, values that are hard to print. */
const STEPS = [
  `INSERT INTO public.keyless VALUES (1, 77), (2, 5); UPDATE public.tenants SET name = E'back\\\\slash' WHERE id = 1`,
  `UPDATE ${ORDER_LINE} SET note = E'"quoted",\\n# not a table\\t\\\\N' || "Nr.", tags = NULL WHERE "Nr." % 3 = 0`,
  `UPDATE ${ORDER_LINE} SET large = (SELECT string_agg(md5(i::text), ',') FROM generate_series(1, 500) i) WHERE "Nr." = 7`,
  `UPDATE ${ORDER_LINE} SET note = '' WHERE "Nr." = 7; UPDATE public.events SET kind = NULL WHERE id < 200`,
  `INSERT INTO public.tenants VALUES (3, 'x'); INSERT INTO public.dogs VALUES (9, 1, 'ünïcode 🐕'), (10, 2, 'other')`,
  `DELETE FROM public.keyless WHERE n = 77; UPDATE public.pick SET replaces = id - 1 WHERE id % 4 = 1 AND id > 1`,
  `UPDATE public.animals SET id = 100 + id; INSERT INTO public.events VALUES (1, 5000, '2026-05-05', E'\\\\'), (2, 5001, '2025-05-05', 'x')`,
  `DELETE FROM public.pick WHERE id % 5 = 0; DELETE FROM public.event_notes WHERE id % 7 = 0`,
  `DELETE FROM ${ORDER_LINE} WHERE "Nr." BETWEEN 10 AND 14; DELETE FROM public.dogs WHERE breed = 'poodle'`,
  `TRUNCATE public.event_notes`,
];

type Row = Record<string, string | null>;
type State = Record<string, Row[]>;
interface Change {
  readonly op: 'insert' | 'update' | 'delete' | 'truncate';
  readonly schema: string;
  readonly table: string;
  readonly old?: Row;
  readonly key?: Row;
  readonly new?: Row;
}
interface Transaction {
  readonly context: string;
  readonly changes: readonly Change[];
}

describe.each(PG_VERSIONS)('a reader that knows only docs/formats.md, on PostgreSQL %i', version => {
  let w: StagedWorld;
  let atSnapshot: Record<string, string[]>;
  /** By step. */
  const live: Record<string, string[]>[] = [];
  beforeAll(async () => {
    const db = await testDatabase(version);
    await db.query(`${NASTY_SCHEMA} ${NASTY_ROWS}
      ALTER TABLE ${ORDER_LINE} ADD large text;
      ALTER TABLE ${ORDER_LINE} ALTER large SET STORAGE EXTERNAL;
      ALTER TABLE public.dogs ADD PRIMARY KEY (id)`);
    for (const table of ['public.pick', 'public.event_notes', 'public.tenants'])
      await db.query(`ALTER TABLE ${table} REPLICA IDENTITY FULL`);
    w = await stagedWorld(db, modelOf(NASTY_MODEL), { chunkBytes: 600, blockBytes: 900, pageChunks: 3 });
    await shipLog(w.ctx);
    for (const tenant of ['1', '2']) await takeSnapshot(w.ctx, tenantId(tenant));
    atSnapshot = await liveRows(w);
    for (const [step, sql] of STEPS.entries()) {
      await db.query(`BEGIN; ${sql}; SELECT pg_logical_emit_message(true, 'holdfast.context', '${step}'); COMMIT`);
      live.push(await liveRows(w));
      if (step % 4 === 2) await shipLog(w.ctx);
    }
    await shipLog(w.ctx);
  }, SETUP_TIMEOUT_MS);
  afterAll(() => w?.dispose());

  it('prints every row of the snapshot as PostgreSQL does, and every change since', async () => {
    const rows = sections(await read(w, 'rows'));
    expect(Object.fromEntries(Object.entries(rows).map(([table, lines]) => [table, lines.toSorted()]))).toEqual(
      atSnapshot,
    );
    expect(rows['public.keyless']).toHaveLength(1 + 15);
    // A table without a key is not followed, and the log says so.
    const changes = await read(w, 'changes').catch(error => error);
    expect(changes).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^gap: unprotected of public.keyless from \S+\n$/),
    });
    const printed = changes.stdout.trim().split('\n');
    const { 'public.keyless': _, ...followed } = rows;
    const state = Object.fromEntries(Object.entries(followed).map(([table, lines]) => [table, rowsOf(lines)]));
    const seen: number[] = [];
    for (const line of printed) {
      const { context, changes }: Transaction = JSON.parse(line);
      for (const change of changes) replay(state, change);
      seen.push(Number(context));
      expect(linesOf(state, rows), STEPS[seen.at(-1)!]).toEqual({
        ...live[seen.at(-1)!],
        'public.keyless': undefined,
      });
    }
    expect(seen).toEqual(STEPS.map((_, step) => step));
  });

  // The vault is the same whatever the server's version.
  it.runIf(version === PG_VERSIONS[0])(
    'refuses an altered byte of a pack or a segment, an altered or swapped manifest, and a log with a hole, and names it',
    async () => {
      const ref = refOf(w.ctx, tenantId('1'));
      const other = refOf(w.ctx, tenantId('2'));
      const newest = async (owner: typeof ref) => (await backups.list(w.ctx.catalog, owner)).at(-1)!.key;
      const manifest = await newest(ref);
      const pack = (await keysOf(w, `tenants/${ref}/packs/`)).at(-1)!;
      const log = (await keysOf(w, 'log/packs/')).at(-1)!;
      const runs = await keysOf(w, 'log/manifests/');
      const foreign = Buffer.from(await w.ctx.vault.get(await newest(other)));
      const flip = (bytes: Buffer) => {
        const at = bytes.length >> 1;
        bytes[at] = bytes[at]! ^ 1;
        return bytes;
      };
      const edit = (from: string, to: string) => (bytes: Buffer) => {
        expect(bytes.toString()).toContain(from);
        return Buffer.from(bytes.toString().replace(from, to));
      };
      const cases: [string, 'rows' | 'changes', string, (bytes: Buffer) => Buffer | undefined][] = [
        ['a byte of a pack', 'rows', pack, flip],
        ['a signed header', 'rows', manifest, edit('\\"createdAt\\":\\"2', '\\"createdAt\\":\\"3')],
        ['another tenant’s manifest', 'rows', manifest, () => foreign],
        ['a byte of a segment', 'changes', log, flip],
        ['a missing run', 'changes', runs.at(-2)!, () => undefined],
      ];
      for (const [what, command, key, change] of cases) {
        const file = await readFile(w.deps.objectFile(key));
        await w.deps.tamper(key, change);
        const failure = await read(w, command).catch(error => error);
        expect(failure, what).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/^not readable: /) });
        expect(failure.stderr, what).toContain(what === 'a missing run' ? `a hole after ${runs.at(-3)}` : key);
        await rm(w.deps.objectFile(key), { force: true });
        await writeFile(w.deps.objectFile(key), file);
      }
    },
  );
});

async function read(w: StagedWorld, what: 'rows' | 'changes'): Promise<string> {
  const [vault, keys] = ['vault', 'keys'].map(name => join(w.deps.dir, name));
  const options = ['--vault', vault!, '--keys', keys!, '--installation', w.deps.installation, '--tenant', '1'];
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' };
  const done = await promisify(execFile)(await pythonWithServers(), [READER, what, ...options], {
    env,
    maxBuffer: 1 << 26,
  });
  return done.stdout;
}

async function keysOf(w: StagedWorld, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of w.ctx.vault.keys(prefix)) keys.push(key);
  return keys;
}

/** Sorted lines of COPY's own CSV with the names of the columns, by table. */
async function liveRows(w: StagedWorld): Promise<Record<string, string[]>> {
  const client = await w.db.connect();
  const found: Record<string, string[]> = {};
  for (const [table, { rows }] of Object.entries(TABLES)) {
    const { rows: columns } = await client.query(
      `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0
       AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
      [table],
    );
    const list = columns.map(({ name }) => name).join(', ');
    const csv = copyTo(`COPY (SELECT ${list} FROM ${rows}) TO STDOUT (FORMAT csv, FORCE_QUOTE *)`);
    const header = columns.map(({ name }) => `"${name.replace(/^"|"$/g, '').replaceAll('""', '"')}"`).join(',');
    found[table] = [header, ...records(await text(client.query(csv)))].toSorted();
  }
  await client.end();
  return found;
}

/** The lines of CSV that are complete records: a line feed in quotes ends none. */
function records(csv: string): string[] {
  return [...csv.matchAll(/(?:"(?:[^"]|"")*"|[^"\n])*\n/g)].map(([record]) => record.slice(0, -1));
}

/** By table: the line of names, then the rows. */
function sections(printed: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  let lines: string[] = [];
  for (const line of recordsWithTitles(printed)) {
    if (line.startsWith('# ')) found[line.slice(2)] = lines = [];
    else lines.push(line);
  }
  return found;
}

/** A title can have quotes that are no CSV. */
function recordsWithTitles(printed: string): string[] {
  return [...printed.matchAll(/# .*\n|(?:"(?:[^"]|"")*"|[^"\n])*\n/g)].map(([record]) => record.slice(0, -1));
}

function rowsOf([header, ...lines]: string[]): Row[] {
  const names = values(header!);
  return lines.map(line => Object.fromEntries(values(line).map((value, place) => [names[place]!, value])));
}

function values(line: string): (string | null)[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)")?/g)].map(([, value]) => value?.replaceAll('""', '"') ?? null);
}

function linesOf(state: State, printed: Record<string, string[]>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(state).map(([table, rows]) => {
      const names = values(printed[table]![0]!).map(name => name!);
      const lines = rows.map(row => names.map(name => quoted(row[name] ?? null)).join(','));
      return [table, [printed[table]![0]!, ...lines].toSorted()];
    }),
  );
}

function quoted(value: string | null): string {
  return value === null ? '' : `"${value.replaceAll('"', '""')}"`;
}

/** The rules of docs/formats.md for a state that is complete. */
function replay(state: State, change: Change): void {
  const table = change.table === 'Order.Line' ? ORDER_LINE : `${change.schema}.${change.table}`;
  if (change.op === 'truncate') {
    state[table] = [];
    return;
  }
  const isAt = (key: Row) => (row: Row) => TABLES[table]!.key.every(name => row[name] === key[name]);
  const before = change.key ?? change.old ?? change.new!;
  const rows = state[table]!;
  const known = rows.find(isAt(change.new ?? before)) ?? rows.find(isAt(before));
  const left = rows.filter(row => !isAt(before)(row) && !(change.new && isAt(change.new)(row)));
  const row = change.new && { ...known, ...change.new };
  state[table] = row && isMine(table, row, state) ? [...left, row] : left;
}

function isMine(table: string, row: Row, state: State): boolean {
  if (table === 'public.event_notes') return state['public.events']!.some(({ id }) => id === row.event);
  return (row.tenant_id ?? row['Tenant Id'] ?? row.tenant ?? row.id) === '1';
}
