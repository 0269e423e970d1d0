/**
 * The rows of a batch as a table beside the staged one: one COPY, straight from the packed tuples, in pieces of a bounded
 * size. What is done with them is merge-batch.ts.
 */
import type { NetRow } from '../../domain/net-batch.ts';
import { type NetValue, TEXT, TEXT_HEADER_BYTES, valueEnd } from '../../domain/packed-tuple.ts';
import type { Connection } from '../connection.ts';
import { CopyTextWriter, copyInto } from './copy-import.ts';
import type { Binding } from './replay-binding.ts';
import type { StageTable } from './stage-table.ts';

/** Rows of a batch are handed to COPY in pieces of about this size. */
const PIECE_BYTES = 256 * 1024;

/**
 * COPYs the rows into the batch table. `_set`: -2 delete, -1 upsert, else the number of a set of present columns, which
 * are returned.
 */
export async function loadBatch(
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
