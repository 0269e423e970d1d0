/**
 * An export has exactly the tenant's rows at the moment, in every format, whatever the schema is made of: what other programs
 * read in the files is what PostgreSQL printed then.
 */
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ExportDocument, type ExportForm } from '../../../lib/domain/export-document.ts';
import type { ExportProof } from '../../../lib/domain/export-request.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { exportPlace } from '../../../lib/local/export-directory.ts';
import { exportTenant } from '../../../lib/operations/archive/export-tenant.ts';
import { planExport } from '../../../lib/operations/archive/plan-export.ts';
import { refOf } from '../../../lib/operations/context.ts';
import type { ExportPlace } from '../../../lib/ports.ts';
import { type ExportedWorld, exportedWorld, loadedRows, psql } from '../../support/exported-world.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';
import { pythonReader } from '../../support/python-reader.ts';
import { SETUP_TIMEOUT_MS } from '../../support/tool-cache.ts';

const READER = join(import.meta.dirname, '../../support/read_parquet.py');
const run = promisify(execFile);

describe.each(PG_VERSIONS)('on PostgreSQL %i', version => {
  let w: ExportedWorld;
  beforeAll(async () => {
    w = await exportedWorld(version);
  });
  afterAll(() => w?.dispose());

  const directory = (name: string) => join(w.deps.dir, name);
  const asked = (form: ExportForm, name: string) => ({
    ...{ target: w.moment, form, directory: directory(name), exclude: ['keyless'] },
  });
  async function exported(form: ExportForm, name: string = form, place = exportPlace) {
    const tenant = refOf(w.ctx, tenantId('1'));
    const plan = await planExport(w.ctx, tenant, asked(form, name));
    return exportTenant(w.ctx, tenant, plan, { request: name, place });
  }

  it.each(['sql', 'csv'] as const)('psql loads the %s files into an empty database, with the same rows', async form => {
    const proof = await exported(form);
    const other = await testDatabase(version);
    try {
      expect(await psql(other, directory(form), 'load.sql')).not.toMatch(/error|warning/i);
      const rows = await loadedRows(other);
      for (const [table, expected] of Object.entries(w.rows)) expect(rows[table], table).toEqual(expected);
      const counts = Object.fromEntries(proof.tables.map(({ table, rows: count }) => [table, count]));
      expect(counts).toEqual(Object.fromEntries(Object.entries(w.rows).map(([table, { length }]) => [table, length])));
    } finally {
      await other.drop();
    }
  });

  it('every value of an NDJSON file is the one that PostgreSQL had, exactly', async () => {
    const { tables } = await documentOf('ndjson', await exported('ndjson'));
    for (const { table, columns, files } of tables) {
      const text = await readFile(join(directory('ndjson'), files[0]!), 'utf8');
      const lines = text.split('\n').slice(0, -1);
      const form = new Map(columns.map(({ name, as }) => [name, as]));
      const rows = lines.map(line => mapped(JSON.parse(line), (value, name) => fromJson(value, form.get(name)!)));
      const expected = w.rows[table]!.map(row => mapped(row, (value, name) => comparable(value, form.get(name)!)));
      expect(sorted(rows), table).toEqual(sorted(expected));
    }
    const hard = await readFile(
      join(directory('ndjson'), tables.find(each => each.table === 'public.hard')!.files[0]!),
      'utf8',
    );
    expect(hard).toContain('"select":"12345678901234567890123456789012345678.000100"');
    expect(hard).toContain('12345678901234567890}');
  });

  it(
    'another library reads the same values in the Parquet files, with their types',
    async () => {
      const { tables } = await documentOf('parquet', await exported('parquet'));
      for (const { table, columns, files } of tables) {
        const python = await pythonReader();
        const { stdout } = await run(python, [READER, join(directory('parquet'), files[0]!)], { maxBuffer: 1 << 26 });
        const { rows, types } = JSON.parse(stdout);
        const form = new Map(columns.map(({ name, as }) => [name, as]));
        const floats = (value: unknown, name: string) => (isFloat(form.get(name)!) ? number(value) : value);
        const expected = w.rows[table]!.map(row =>
          mapped(row, (value, name) => (isFloat(form.get(name)!) ? rounded(value, form.get(name)!) : value)),
        );
        expect(sorted(rows.map((row: Row) => mapped(row, floats))), table).toEqual(sorted(expected));
        if (table === 'public.hard') expect(types).toMatchObject(PARQUET_TYPES);
      }
    },
    SETUP_TIMEOUT_MS,
  );

  it('says what is not in it, and has files that only their owner can read', async () => {
    const proof = await exported('sql', 'described');
    const readme = await readFile(join(directory('described'), 'README.txt'), 'utf8');
    for (const said of [
      'public.keyless: all rows (the request leaves it out)',
      'public.no_primary: all rows (the tenant model calls it shared',
      'public.hard: the column doubled (it is generated (stored) by functions or types of the application)',
      'public.hard: the default of number (it needs functions or types of the application)',
      'public.hard: the unique index nice_ones',
      'public.hard: the foreign key hard_country_fkey (public.countries is not part of it)',
      'the domain public.nicely',
      'public.hard: the type regclass of reg (text instead',
    ])
      expect(readme).toContain(said);
    expect((await stat(directory('described'))).mode & 0o777).toBe(0o700);
    for (const { name } of [...proof.files, { name: 'export.json' }])
      expect((await stat(join(directory('described'), name))).mode & 0o777, name).toBe(0o600);
    const { stdout } = await run('sha256sum', ['-c', 'SHA256SUMS'], { cwd: directory('described') });
    expect(stdout.trim().split('\n')).toHaveLength(proof.files.length - 1);
  });

  it('never writes over what another request wrote, or anybody else', async () => {
    await exported('csv', 'first');
    const before = await readFile(join(directory('first'), 'export.json'));
    const tenant = refOf(w.ctx, tenantId('1'));
    const plan = await planExport(w.ctx, tenant, asked('sql', 'first'));
    const again = (path: string) =>
      exportTenant(w.ctx, tenant, { ...plan, directory: path }, { request: 'two', place: exportPlace });
    await expect(again(directory('first'))).rejects.toMatchObject({ code: 'export-exists' });
    await expect(again(w.deps.dir)).rejects.toMatchObject({ code: 'export-exists' });
    await expect(again(directory('none/below'))).rejects.toMatchObject({ code: 'export-place' });
    expect(await readFile(join(directory('first'), 'export.json'))).toEqual(before);
  });

  it('killed at any file, the same request continues with what is not complete, and ends with the same bytes', async () => {
    const whole = await exported('sql', 'whole');
    for (const at of [0, 2, 5, whole.files.length]) {
      const killed: ExportPlace = {
        open: async (path, request) => {
          const real = await exportPlace.open(path, request);
          let left = at;
          const put: typeof real.put = (name, bytes) => {
            if (left-- === 0) throw new Error('killed');
            return real.put(name, left === 0 ? cutOff(bytes) : bytes);
          };
          return { ...real, put };
        },
      };
      const name = `killed-${at}`;
      await expect(exported('sql', name, killed)).rejects.toThrow('killed');
      await expect(readFile(join(directory(name), 'export.json'))).rejects.toMatchObject({ code: 'ENOENT' });
      const done = await exported('sql', name);
      const tables = (files: typeof done.files) => files.filter(file => /tables|sql/.test(file.name));
      expect(tables(done.files)).toEqual(tables(whole.files));
    }
  });

  it('does not succeed if a file on the disk is not what was written', async () => {
    const ctx = {
      ...w.ctx,
      crash: async (point: string) => {
        if (point === 'export.written') await writeFile(join(directory('damaged'), 'schema.sql'), 'other');
      },
    };
    const tenant = refOf(w.ctx, tenantId('1'));
    const plan = await planExport(ctx, tenant, asked('sql', 'damaged'));
    await expect(exportTenant(ctx, tenant, plan, { request: 'damaged', place: exportPlace })).rejects.toMatchObject({
      code: 'export-differs',
    });
  });

  async function documentOf(name: string, proof: ExportProof): Promise<ExportDocument> {
    const document = ExportDocument.parse(JSON.parse(await readFile(join(directory(name), 'export.json'), 'utf8')));
    expect(document.files).toEqual(proof.files);
    return document;
  }
});

type Row = Record<string, unknown>;

/** What pyarrow calls the types; columns with an infinite value are text. */
const PARQUET_TYPES = {
  ...{ id: 'int64', select: 'string', d: 'double', r: 'float', day: 'string', t: 'string', tz: 'string' },
  ...{ b: 'binary', flag: 'bool', jb: 'string', mood: 'string', number: 'int32' },
  ...{ finite: 'timestamp[us, tz=UTC]', sure: 'date32[day]', u: 'extension<arrow.uuid>' },
};

function mapped(row: Row, each: (value: never, name: string) => unknown): Row {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, each(value as never, name)]));
}

const sorted = (rows: readonly Row[]) => rows.map(row => JSON.stringify(Object.entries(row).sort())).sort();
const isFloat = (as: string) => as === 'FLOAT' || as === 'DOUBLE' || as === 'float';
const number = (value: unknown) =>
  value === null ? null : `number ${Object.is(Number(value), -0) ? '-0' : Number(value)}`;
const rounded = (value: unknown, as: string) =>
  number(as === 'FLOAT' && value !== null ? Math.fround(Number(value)) : value);

/** PostgreSQL's text as what a reader of the form compares. */
function comparable(value: string | null, as: string): unknown {
  if (value === null) return null;
  if (as === 'json') return JSON.parse(value);
  return isFloat(as) ? number(value) : value;
}

function fromJson(value: unknown, as: string): unknown {
  if (value === null || as === 'json') return value;
  if (as === 'boolean') return value ? 't' : 'f';
  if (as === 'number') return String(value);
  return isFloat(as) ? number(value) : value;
}

async function* cutOff(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    yield piece.subarray(0, piece.byteLength >> 1);
    throw new Error('killed');
  }
}
