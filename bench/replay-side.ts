/**
 * One side of the replay benchmark, as a separate process: stages the tenant's snapshot, then replays its change log into
 * staging, `set-wise` as Holdfast does or `row-by-row` with one prepared statement per change in one transaction (the
 * peer). Both read the same stored segments. Prints the duration of the replay in seconds and the final content of staging.
 *
 * node bench/replay-side.ts CONFIG TENANT set-wise|row-by-row
 */
import pg from 'pg';
import { parseMessage, type Relation, type RowMessage, type TupleValue } from '../lib/codec/pgoutput.ts';
import { rowShape } from '../lib/codec/row-change.ts';
import { parseLsn } from '../lib/domain/lsn.ts';
import type { RowShape } from '../lib/domain/net-batch.ts';
import { tenantId } from '../lib/domain/tenant.ts';
import { segments } from '../lib/operations/catalog/log-items.ts';
import { type Context, refOf } from '../lib/operations/context.ts';
import { readSegment } from '../lib/operations/log/read-log.ts';
import { planRestore } from '../lib/operations/restore/plan/plan-restore.ts';
import { stageRestore } from '../lib/operations/restore/stage/stage-restore.ts';
import type { StagedTable, Staging } from '../lib/postgres/staging/staging.ts';
import { collectEarly } from '../lib/runtime/collect-garbage.ts';
import { loadConfig } from '../lib/runtime/config.ts';
import { openLocal } from '../lib/runtime/local.ts';

collectEarly();
const [file, tenantText, mode] = process.argv.slice(2);
async function setWise(context: Context) {
  const staging = await stageRestore(context, await planRestore(context, tenant, 'latest'), context.source);
  const { replayMs, settleMs, loadMs, changesReplayed } = staging.measure;
  const digests = await contents(staging);
  await staging.drop();
  return {
    seconds: replayMs / 1000,
    settleSeconds: settleMs / 1000,
    loadSeconds: loadMs / 1000,
    changes: changesReplayed,
    digests,
  };
}

async function rowByRow(context: Context) {
  const latest = await planRestore(context, tenant, 'latest');
  const base = await planRestore(context, tenant, `snapshot:${latest.snapshot.id}`);
  const staging = await stageRestore(context, base, context.source);
  const client = new pg.Client({ connectionString: context.source.url });
  await client.connect();
  await client.query("SET search_path = ''; SET timezone = 'UTC'");
  const started = performance.now();
  await client.query('BEGIN');
  const changes = await applyEach(context, client, staging, latest.replayFrom!);
  await client.query('COMMIT');
  const seconds = (performance.now() - started) / 1000;
  await client.end();
  const digests = await contents(staging);
  await staging.drop();
  return { seconds, changes, digests };
}

async function applyEach(context: Context, client: pg.Client, staging: Staging, from: string): Promise<number> {
  const ref = refOf(context, tenant);
  const tables = new Map(staging.tables.map(table => [table.table, table]));
  let changes = 0;
  for (const item of await segments.list(context.catalog, ref, parseLsn(from))) {
    const targets = new Map<number, Target>();
    let skip = false;
    for await (const { message } of readSegment(context, ref, item)) {
      const parsed = parseMessage(message);
      if (parsed.type === 'begin') skip = parsed.commitLsn <= parseLsn(from);
      if (parsed.type === 'relation')
        targets.set(parsed.oid, new Target(tables.get(`${parsed.schema}.${parsed.name}`)!, parsed));
      if (skip || (parsed.type !== 'insert' && parsed.type !== 'update' && parsed.type !== 'delete')) continue;
      await targets.get(parsed.oid)!.apply(client, parsed);
      changes++;
    }
  }
  return changes;
}

/** The prepared statements of one table. */
class Target {
  readonly #table: StagedTable;
  readonly #shape: RowShape;

  constructor(table: StagedTable, relation: Relation) {
    this.#table = table;
    this.#shape = rowShape(table.table, relation, table.schema.key ?? table.key);
  }

  async apply(client: pg.Client, row: RowMessage): Promise<void> {
    if (row.type === 'delete') return this.#delete(client, row.old!);
    const values = row.new!;
    const key = (tuple: readonly TupleValue[]) =>
      this.#shape.key.map(index => tuple[index]?.toString('latin1')).join('\0');
    if (row.old !== undefined && key(row.old) !== key(values)) await this.#delete(client, row.old);
    if (values.includes(undefined)) return this.#update(client, values);
    await this.#run(client, 'put', () => this.#putSql(), values);
  }

  #putSql(): string {
    const { columns } = this.#shape;
    const assignments = columns.map(name => `${id(name)} = excluded.${id(name)}`);
    return `INSERT INTO ${this.#table.staged} (${columns.map(id)}) VALUES (${columns.map((name, i) => this.#value(name, i + 1))})
      ON CONFLICT (${this.#table.key.map(id)}) DO UPDATE SET ${assignments}`;
  }

  async #update(client: pg.Client, values: readonly TupleValue[]): Promise<void> {
    const present = values.flatMap((value, index) => (value === undefined ? [] : [index]));
    const { columns, key } = this.#shape;
    const set = present.map((index, i) => `${id(columns[index]!)} = ${this.#value(columns[index]!, i + 1)}`);
    const where = key.map(
      index => `${id(columns[index]!)} = ${this.#value(columns[index]!, present.indexOf(index) + 1)}`,
    );
    const sql = () => `UPDATE ${this.#table.staged} SET ${set} WHERE ${where.join(' AND ')}`;
    await this.#run(
      client,
      `update ${present.join()}`,
      sql,
      present.map(index => values[index]),
    );
  }

  async #delete(client: pg.Client, old: readonly TupleValue[]): Promise<void> {
    const { columns, key } = this.#shape;
    const where = key.map((index, i) => `${id(columns[index]!)} = ${this.#value(columns[index]!, i + 1)}`);
    const sql = () => `DELETE FROM ${this.#table.staged} WHERE ${where.join(' AND ')}`;
    await this.#run(
      client,
      'delete',
      sql,
      key.map(index => old[index]),
    );
  }

  async #run(client: pg.Client, what: string, sql: () => string, values: readonly TupleValue[]): Promise<void> {
    const name = `${this.#table.staged} ${what}`.slice(-60);
    const texts = values.map(value => value?.toString('utf8') ?? null);
    await client.query({ name, text: sql(), values: texts });
  }

  #value(column: string, parameter: number): string {
    return `$${parameter}::text::${this.#table.columns.find(each => each.name === column)!.stagedType}`;
  }
}

/** Rows and an order-independent checksum of every staged table: both sides must produce the same. */
async function contents(staging: Staging): Promise<Record<string, string>> {
  const client = new pg.Client({ connectionString: staging.source.url });
  await client.connect();
  const found: Record<string, string> = {};
  for (const table of staging.tables) {
    const columns = table.columns.map(column => `x.${id(column.name)}::text`).join(", '|', ");
    const { rows } = await client.query(
      `SELECT count(*) || ' rows, checksum ' || coalesce(sum(hashtextextended(concat(${columns}), 0)::numeric), 0) AS content FROM ${table.staged} x`,
    );
    found[table.table] = rows[0].content;
  }
  await client.end();
  return found;
}

function id(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// At the end: the class above must be initialized before anything runs.
const ctx = await openLocal(await loadConfig(file));
const tenant = tenantId(tenantText!);
try {
  const outcome = mode === 'set-wise' ? await setWise(ctx) : await rowByRow(ctx);
  process.stdout.write(`${JSON.stringify({ ...outcome, maxRssBytes: process.resourceUsage().maxRSS * 1024 })}\n`);
} finally {
  await ctx.close();
}
