/**
 * Applies folded changes (domain/net-changes.ts says what a batch means) to staged tables, set-wise: one COPY, one
 * DELETE, one INSERT and one UPDATE per set of unchanged columns, per table and batch, whatever the number of rows. A row
 * whose image is partial and that staging does not have is noted as pending. Invariant: after each batch the staged rows
 * are what applying its changes one by one would have given. The transaction is the caller's, so that how far replay came
 * is committed with the rows it stands for.
 */
import type { Lsn } from '../../domain/lsn.ts';
import type { NetBatch, NetRow, NetTable, RowShape } from '../../domain/net-batch.ts';
import { type NetValue, TEXT, TEXT_HEADER_BYTES, valueEnd } from '../../domain/packed-tuple.ts';
import type { Equality } from '../../domain/table-schema.ts';
import type { Connection } from '../connection.ts';
import { sameBytes } from '../equality.ts';
import { asSourceError } from '../source-error.ts';
import { CopyTextWriter, copyInto } from './copy-import.ts';
import { stagedJoin } from './settle-stage.ts';
import { routing, type StageTable } from './stage-table.ts';

/** Rows of a batch are handed to COPY in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

export interface ReplayTarget {
  readonly connection: Connection;
  /** The staged table with the shape's columns; undefined where the table is not staged. Called once per table and batch. */
  tableFor(table: string, shape: RowShape | null): Promise<StageTable | undefined>;
  /** Where offered rows of the table must have their parent to be the tenant's; undefined: it cannot be judged by it. */
  parentOf(stage: StageTable): StageTable | undefined;
  /** Make an index before replay matches rows: right where the changes are few against the rows. */
  readonly indexFirst: boolean;
}

/**
 * Begins a transaction for batches. Nothing has statistics here, so a merge join looks as cheap as any and sorts the whole
 * staged table for every batch: a hash of the batch, or the index, is what fits. What is unlogged need not wait for the
 * log either.
 */
export async function beginReplay(connection: Connection): Promise<void> {
  await connection.query('BEGIN; SET LOCAL enable_mergejoin = off; SET LOCAL synchronous_commit = off');
}

/** Applies one batch inside the caller's transaction. Returns the changes applied. Throws SourceError. */
export async function applyBatch(target: ReplayTarget, batch: NetBatch): Promise<number> {
  let applied = 0;
  try {
    const tables: { stage: StageTable; net: NetTable }[] = [];
    for (const net of batch.tables) {
      const stage = await target.tableFor(net.table, net.shape);
      if (stage) tables.push({ stage, net });
    }
    // Offered rows are judged by their parents, which are then as the batch leaves them.
    if (tables.length > 1) tables.sort((a, b) => depth(a.stage) - depth(b.stage));
    for (const { stage, net } of tables) {
      await applyTable(target, stage, net, batch.within);
      applied += net.rows.length;
    }
  } catch (error) {
    throw asSourceError(error, 'replaying the change log');
  }
  return applied;
}

/** The offered rows that were put in undecided, now that their transaction is through: those of others go. Their tables. */
export async function settleUndecided(
  target: ReplayTarget,
  stages: ReadonlyMap<string, StageTable>,
): Promise<string[]> {
  const undecided = [...stages.values()].filter(stage => stage.undecided !== undefined);
  undecided.sort((a, b) => depth(a) - depth(b));
  for (const stage of undecided) {
    const parent = target.parentOf(stage);
    stage.undecided = undefined;
    if (parent) await target.connection.query(`DELETE FROM ${stage.staged} AS s WHERE ${isOrphan(stage, parent, 's')}`);
  }
  return undecided.map(stage => stage.table);
}

function depth({ owned }: StageTable): number {
  return owned.kind === 'via' ? owned.path.length : 0;
}

async function applyTable(
  target: ReplayTarget,
  stage: StageTable,
  net: NetTable,
  within: Lsn | undefined,
): Promise<void> {
  const { connection, indexFirst } = target;
  if (net.truncatedAt !== null) {
    await connection.query(`TRUNCATE ${stage.staged}`);
    if (stage.hasPending) await connection.query(`TRUNCATE ${stage.pending}`);
  }
  if (net.rows.length === 0) return;
  const binding = bind(stage, net.shape!);
  if (indexFirst) await ensureIndex(connection, stage, binding.key);
  const offered = net.rows.some(row => row.offered);
  const parent = offered && within === undefined ? target.parentOf(stage) : undefined;
  if (offered && within !== undefined && target.parentOf(stage)) stage.undecided = within;
  if (net.rows[0]!.op === 'rekey') {
    await applyRekey(connection, stage, binding, net.rows[0]!);
    if (parent) await dropOrphan(connection, stage, parent, binding, net.rows[0]!);
    return;
  }
  const sets = await loadBatch(connection, stage, binding, net.rows);
  // Sets that do not tell whose the row is: unchanged, so whoever has the row keeps it.
  const untold = sets.flatMap((present, set) =>
    binding.columns.some((name, index) => !present[index] && binding.routing.includes(name)) ? [set] : [],
  );
  const { staged, batch } = stage;
  const sameKey = (left: string) => matchKey(binding, name => [`${left}.${name}`, `b.${name}`]);
  const steps: string[] = [];
  const columns = binding.columns.join(', ');
  const has = (op: string) => net.rows.some(row => row.op === op);
  if (parent) {
    const judged = `b._offered AND b._set <> -2${among('b._set', untold, 'NOT IN')}`;
    steps.push(`UPDATE ${batch} AS b SET _set = -2 WHERE ${judged} AND ${isOrphan(stage, parent, 'b')}`);
  }
  if (net.rows.some(row => row.claimed)) {
    // Not those of which it is not decided yet whose they are, nor those that this change left with whoever had them.
    const stays = untold.length > 0 ? ` AND NOT (b._offered AND b._set IN (${untold.join(', ')}))` : '';
    const judged = within === undefined ? stays : ' AND NOT b._offered';
    await noteArrivals(connection, stage, steps, sameKey('s'), judged);
    steps.length = 0;
  }
  if (has('delete') || has('upsert') || parent) {
    steps.push(`DELETE FROM ${staged} AS s USING ${batch} AS b WHERE b._set < 0 AND ${sameKey('s')}`);
    if (stage.hasPending)
      steps.push(
        `DELETE FROM ${stage.pending} AS p USING ${batch} AS b WHERE b._set < 0 AND p.ident = '${binding.ident}' AND p.k = ${keyArray(binding, 'b')}`,
      );
  }
  if (has('upsert'))
    steps.push(`INSERT INTO ${staged} (${columns}) SELECT ${columns} FROM ${batch} AS b WHERE b._set = -1`);
  for (const [set, present] of sets.entries()) {
    // The key is the same, to the byte.
    const known = binding.columns.filter(
      (_, index) => present[index] && !binding.key.includes(binding.columns[index]!),
    );
    if (known.length > 0) {
      const values = known.map(name => `${name} = b.${name}`).join(', ');
      steps.push(`UPDATE ${staged} AS s SET ${values} FROM ${batch} AS b WHERE b._set = ${set} AND ${sameKey('s')}`);
    }
  }
  if (sets.length > 0) {
    await ensurePending(connection, stage);
    const kept = untold.length > 0 ? ` AND NOT (b._offered AND b._set IN (${untold.join(', ')}))` : '';
    const missing = `b._set >= 0${kept} AND NOT EXISTS (SELECT 1 FROM ${staged} AS s WHERE ${sameKey('s')})`;
    steps.push(
      `DELETE FROM ${stage.pending} AS p USING ${batch} AS b WHERE ${missing} AND p.ident = '${binding.ident}' AND p.k = ${keyArray(binding, 'b')}`,
      `INSERT INTO ${stage.pending} SELECT '${binding.ident}', ${keyArray(binding, 'b')}, ${routingArray(binding, 'b')} FROM ${batch} AS b WHERE ${missing}`,
    );
  }
  await connection.query(steps.join('; '));
}

/** Whether rows that were only changed are not there: they came from elsewhere. `judge`: what says whose they are. */
async function noteArrivals(
  connection: Connection,
  stage: StageTable,
  judge: readonly string[],
  sameKey: string,
  judged: string,
): Promise<void> {
  for (const step of judge) await connection.query(step);
  const { rows } = await connection.query(
    `SELECT 1 FROM ${stage.batch} AS b WHERE b._claimed AND b._set <> -2${judged} AND NOT EXISTS (SELECT 1 FROM ${stage.staged} AS s WHERE ${sameKey}) LIMIT 1`,
  );
  if (rows.length > 0) stage.arrived = true;
}

function among(column: string, sets: readonly number[], test: 'IN' | 'NOT IN'): string {
  return sets.length === 0 ? '' : ` AND ${column} ${test} (${sets.join(', ')})`;
}

/** Condition over a row of the table: the row that it refers to is not staged. */
function isOrphan(stage: StageTable, parent: StageTable, alias: string): string {
  const step = stage.owned.kind === 'via' ? stage.owned.path[0]! : undefined;
  if (!step) return 'false';
  return `NOT EXISTS (SELECT 1 FROM ${parent.staged} AS q WHERE ${stagedJoin(stage, alias, parent, 'q', step)})`;
}

/** A shape's columns as the staged table has them. */
interface Binding {
  /** Physical names, in the shape's order. */
  readonly columns: readonly string[];
  /** Physical names of the identifying columns. */
  readonly key: readonly string[];
  readonly ident: string;
  /** Physical names of the columns that say whose row it is. */
  readonly routing: readonly string[];
  readonly types: readonly string[];
  readonly equalities: ReadonlyMap<string, Equality | undefined>;
}

function bind(stage: StageTable, shape: RowShape): Binding {
  const columns = stage.physical(shape.columns);
  const key = shape.key.map(index => columns[index]!);
  const types = shape.columns.map(name => stage.column(name)!.stagedType);
  const equalities = new Map(stage.columns.map(column => [column.physical, column.equality]));
  return { columns, key, ident: key.join(), routing: routing(stage), types, equalities };
}

/**
 * The rows of the log and those staged are matched by the bytes of their keys: what the type holds equal (2 and 2.0) may
 * be two rows, one of which goes where the other comes.
 */
function matchKey(binding: Binding, pair: (name: string, index: number) => [string, string]): string {
  return binding.key.map((name, index) => sameBytes(binding.equalities.get(name), ...pair(name, index))).join(' AND ');
}

function keyArray(binding: Binding, alias: string): string {
  return `ARRAY[${binding.key.map(name => `${alias}.${name}::text`).join(', ')}]`;
}

function routingArray(binding: Binding, alias: string): string {
  return `ARRAY[${binding.routing.map(name => `${alias}.${name}::text`).join(', ')}]::text[]`;
}

/**
 * COPYs the rows into the batch table. `_set`: -2 delete, -1 upsert, else the number of a set of present columns, which
 * are returned.
 */
async function loadBatch(
  connection: Connection,
  stage: StageTable,
  binding: Binding,
  rows: readonly NetRow[],
): Promise<boolean[][]> {
  if (stage.hasBatch) await connection.query(`TRUNCATE ${stage.batch}`);
  else {
    const columns = stage.columns.map(({ physical, stagedType }) => `${physical} ${stagedType}`);
    await connection.query(
      `CREATE UNLOGGED TABLE ${stage.batch} (_set int4, _offered bool, _claimed bool, ${columns.join(', ')}) WITH (autovacuum_enabled = off)`,
    );
    stage.hasBatch = true;
  }
  const sets = new Map<string, { number: Buffer; present: boolean[] }>();
  await copyInto(
    connection,
    stage.batch,
    ['_set', '_offered', '_claimed', ...binding.columns],
    encode(rows, binding, sets),
  );
  return [...sets.values()].map(({ present }) => present);
}

const DELETE = Buffer.from('-2');
const UPSERT = Buffer.from('-1');
const TRUE = Buffer.from('t');
const FALSE = Buffer.from('f');

/** COPY text straight from the packed tuples. Of a deleted row only the key counts, so that only the key is sent. */
function* encode(
  rows: readonly NetRow[],
  binding: Binding,
  sets: Map<string, { number: Buffer; present: boolean[] }>,
): Generator<Uint8Array> {
  const writer = new CopyTextWriter();
  const isKey = binding.columns.map(name => binding.key.includes(name));
  const all = isKey.map(() => true);
  for (const row of rows) {
    const { op, bytes } = row;
    writer.field(op === 'delete' ? DELETE : op === 'upsert' ? UPSERT : setOf(row.values!, sets));
    writer.field(row.offered ? TRUE : FALSE);
    writer.field(row.claimed ? TRUE : FALSE);
    const sent = op === 'delete' ? isKey : all;
    let at = row.start + 2;
    for (let index = 0; index < sent.length; index++) {
      const end = valueEnd(bytes, at);
      if (sent[index] && bytes[at] === TEXT) writer.textField(bytes, at + TEXT_HEADER_BYTES, end);
      else writer.nullField();
      at = end;
    }
    writer.endRow();
    if (writer.length >= PIECE_BYTES) yield writer.take();
  }
  if (writer.length > 0) yield writer.take();
}

function setOf(values: readonly NetValue[], sets: Map<string, { number: Buffer; present: boolean[] }>): Buffer {
  const present = values.map(value => value !== undefined);
  const id = present.map(Number).join('');
  let set = sets.get(id);
  if (!set) {
    set = { number: Buffer.from(String(sets.size)), present };
    sets.set(id, set);
  }
  return set.number;
}

/**
 * A change of the key that does not tell all values: the row at the new key gives them, else the row at the old key;
 * where there is neither the row is pending.
 */
async function applyRekey(connection: Connection, stage: StageTable, binding: Binding, row: NetRow): Promise<void> {
  const parameters: (string | null)[] = [];
  const parameter = (value: NetValue, type: string) => {
    parameters.push(value ? Buffer.from(value).toString('utf8') : null);
    return `$${parameters.length}::text::${type}`;
  };
  const keyTypes = binding.key.map(name => binding.types[binding.columns.indexOf(name)]!);
  const at = (key: readonly NetValue[]) =>
    matchKey(binding, (name, index) => [`s.${name}`, parameter(key[index], keyTypes[index]!)]);
  const run = async (sql: string) => {
    const { rowCount } = await connection.query(sql, parameters);
    parameters.length = 0;
    return rowCount ?? 0;
  };
  const assignments = () =>
    binding.columns
      .flatMap((name, index) => {
        const place = binding.key.indexOf(name);
        const value = place >= 0 ? row.key[place] : row.values![index];
        return value === undefined ? [] : [`${name} = ${parameter(value, binding.types[index]!)}`];
      })
      .join(', ');
  const settle = async (key: readonly NetValue[]) => {
    if (!stage.hasPending) return;
    const values = key.map((value, index) => `${parameter(value, keyTypes[index]!)}::text`);
    await run(
      `DELETE FROM ${stage.pending} AS s WHERE s.ident = '${binding.ident}' AND s.k = ARRAY[${values.join(', ')}]`,
    );
  };
  const updated = await run(`UPDATE ${stage.staged} AS s SET ${assignments()} WHERE ${at(row.key)}`);
  if (updated > 0) await run(`DELETE FROM ${stage.staged} AS s WHERE ${at(row.oldKey!)}`);
  const moved =
    updated > 0 ? 0 : await run(`UPDATE ${stage.staged} AS s SET ${assignments()} WHERE ${at(row.oldKey!)}`);
  await settle(row.oldKey!);
  const told = binding.routing.every(name => row.values![binding.columns.indexOf(name)] !== undefined);
  if (updated + moved === 0 && !(row.offered && !told)) {
    await ensurePending(connection, stage);
    await settle(row.key);
    const key = row.key.map((value, index) => `${parameter(value, keyTypes[index]!)}::text`);
    const owner = binding.routing.map(name => {
      const index = binding.columns.indexOf(name);
      return `${parameter(row.values![index], binding.types[index]!)}::text`;
    });
    await run(
      `INSERT INTO ${stage.pending} VALUES ('${binding.ident}', ARRAY[${key.join(', ')}], ARRAY[${owner.join(', ')}]::text[])`,
    );
  }
}

/** After the offered change of a key: the row goes where it is not the tenant's. */
async function dropOrphan(
  connection: Connection,
  stage: StageTable,
  parent: StageTable,
  binding: Binding,
  row: NetRow,
): Promise<void> {
  const at = matchKey(binding, (name, index) => {
    const type = binding.types[binding.columns.indexOf(name)]!;
    return [`s.${name}`, `$${index + 1}::text::${type}`];
  });
  await connection.query(
    `DELETE FROM ${stage.staged} AS s WHERE ${at} AND ${isOrphan(stage, parent, 's')}`,
    row.key.map(value => (value ? Buffer.from(value).toString('utf8') : null)),
  );
}

async function ensurePending(connection: Connection, stage: StageTable): Promise<void> {
  if (stage.hasPending) return;
  await connection.query(`CREATE UNLOGGED TABLE ${stage.pending} (ident text, k text[], routing text[])`);
  stage.hasPending = true;
}

async function ensureIndex(connection: Connection, stage: StageTable, key: readonly string[]): Promise<void> {
  if (stage.indexed === key.join()) return;
  await connection.query(`CREATE INDEX ON ${stage.staged} (${key.join(', ')})`);
  stage.indexed = key.join();
}
