/**
 * Reduces a run's unrouted log to what can concern one tenant: it is kept for years under a legal hold of that tenant,
 * which is no reason to keep the rows of others.
 *
 * Invariant: a restore of the tenant reads the same from the reduced log as from the whole one. A row that is provably
 * another tenant's tells it only that rows with these keys are not its own (fold-log.ts), so its key stays and every
 * other value is NULL. What is not proved, because the table has no tenant column, is unknown or has no key, stays whole.
 */
import { parseMessage, type Relation, type RowMessage, TAG, type Tuple } from '../../codec/pgoutput.ts';
import { buildDelete, buildInsert, buildUpdate } from '../../codec/pgoutput-build.ts';
import { completed, identityIndexes } from '../../codec/row-change.ts';
import { decodeFrames, FrameWriter } from '../../codec/segment.ts';
import type { Lsn } from '../../domain/lsn.ts';
import type { SnapshotBody } from '../../domain/snapshot-body.ts';
import type { TableSchema } from '../../domain/table-schema.ts';
import { isOwned, ModelTable, type OwnedTable } from '../../domain/tenant-model.ts';
import { canonicalTenant } from '../../domain/tenant-text.ts';
import { parseTableName } from '../../postgres/sql.ts';

type DirectTable = Exclude<OwnedTable, { kind: 'via' }>;

/** How rows of one relation show whose they are. */
interface Rule {
  readonly column: number;
  /** Of the identity of rows, in every known definition of the table. */
  readonly keys: ReadonlySet<number>;
  readonly isOther: (value: string) => boolean;
}

/** What the tenant's newest snapshot says about tables. Undefined: nothing is provable. */
export type ReducingFacts = Pick<SnapshotBody, 'tenantId' | 'schema' | 'model'> | undefined;

export interface ReducedLog {
  readonly payload: Buffer;
  /** Row changes and truncations that are left. */
  readonly changes: number;
}

/** `relations`: definitions that the run notes. Undefined where nothing is left. */
export async function reduceUnrouted(
  blocks: AsyncIterable<Uint8Array>,
  facts: ReducingFacts,
  relations: readonly TableSchema[],
): Promise<ReducedLog | undefined> {
  const out = new FrameWriter();
  const rules = new Map<number, Rule | undefined>();
  let changes = 0;
  let open: OpenTransaction | undefined;
  for await (const { lsn, message } of decodeFrames(blocks)) {
    const tag = message[0];
    if (tag === TAG.begin) open = { frames: [], whole: false, changes: 0 };
    if (open === undefined) continue;
    // Views of a block: they must outlive it.
    const copy = Buffer.from(message);
    if (tag === TAG.relation) {
      const relation = parseMessage(copy) as Relation;
      rules.set(relation.oid, ruleOf(relation, facts, relations));
    }
    if (tag === TAG.insert || tag === TAG.update || tag === TAG.delete) {
      const row = parseMessage(copy) as RowMessage;
      const reduced = reduceRow(row, rules.get(row.oid));
      open.whole ||= reduced === undefined;
      open.frames.push({ lsn, message: reduced ?? copy });
      open.changes += 1;
    } else if (tag === TAG.message) open.frames.push({ lsn, message: copy, told: true });
    else {
      if (tag === TAG.truncate) open.changes += 1;
      open.frames.push({ lsn, message: copy });
    }
    if (tag !== TAG.commit) continue;
    // What the application told about a transaction belongs to whoever's rows it changed.
    for (const frame of open.frames) if (!frame.told || open.whole) out.add(frame.lsn, frame.message);
    changes += open.changes;
    open = undefined;
  }
  return changes === 0 ? undefined : { payload: out.take(), changes };
}

interface OpenTransaction {
  readonly frames: { lsn: Lsn; message: Buffer; told?: true }[];
  /** It has a row that may be the tenant's. */
  whole: boolean;
  changes: number;
}

/** Undefined where nothing about a row of this relation is provable. */
function ruleOf(relation: Relation, facts: ReducingFacts, relations: readonly TableSchema[]): Rule | undefined {
  if (facts === undefined) return undefined;
  const known = [...facts.schema.tables, ...relations].filter(table => table.oid === relation.oid);
  const table = directTable(relation, facts);
  const column = relation.columns.findIndex(({ name }) => name === table?.column);
  const definitions = known.flatMap(({ columns }) => columns.filter(({ name }) => name === table?.column));
  const canonicals = new Set(definitions.map(({ equality }) => equality?.canonical ?? 'text'));
  if (table === undefined || column < 0 || canonicals.size !== 1) return undefined;
  const [canonical] = canonicals;
  const identities = known.map(({ key }) => identityIndexes(relation, key));
  if (identities.some(keys => keys.length === 0)) return undefined;
  const ours = canonicalTenant(canonical!, facts.tenantId);
  return {
    column,
    keys: new Set([...identities.flat(), ...oldKeys(relation)]),
    isOther: value => {
      const theirs = canonicalTenant(canonical!, value);
      return theirs !== undefined && ours !== undefined && theirs !== ours;
    },
  };
}

/** What old tuples have of a row; under REPLICA IDENTITY FULL that is everything, and the table's key is enough. */
function oldKeys({ replicaIdentity, columns }: Relation): number[] {
  return replicaIdentity === 'f' ? [] : columns.flatMap(({ identity }, index) => (identity ? [index] : []));
}

function directTable(relation: Relation, { model }: NonNullable<ReducingFacts>): DirectTable | undefined {
  const { data } = ModelTable.array().safeParse(
    Array.isArray(model) ? model : (model as { tables?: unknown } | undefined)?.tables,
  );
  const table = data?.filter(isOwned).find(entry => {
    const name = parseTableName(entry.table);
    return name.schema === relation.schema && name.table === relation.name;
  });
  return table === undefined || table.kind === 'via' ? undefined : table;
}

/** The message with the keys alone; undefined where the row may be the tenant's, before or after the change. */
function reduceRow(row: RowMessage, rule: Rule | undefined): Buffer | undefined {
  if (rule === undefined) return undefined;
  const { oldKind } = row;
  const isOthers = (values: Tuple) => {
    const value = values[rule.column];
    return value ? rule.isOther(value.toString('utf8')) : false;
  };
  // Before a move the row can have been the tenant's, and its old values are the last that the log has.
  if (row.old && oldKind === 'full' && !isOthers(row.old)) return undefined;
  if (row.old && oldKind === 'key' && row.old[rule.column] && !isOthers(row.old)) return undefined;
  const keysOf = (values: Tuple): Tuple => values.map((value, index) => (rule.keys.has(index) ? value : null));
  const old = row.old && oldKind && { kind: 'key' as const, values: keysOf(row.old) };
  if (row.type === 'delete') return old && buildDelete(row.oid, old);
  if (!isOthers(completed(row))) return undefined;
  const values = keysOf(completed(row));
  return row.type === 'insert' ? buildInsert(row.oid, values) : buildUpdate(row.oid, values, old || undefined);
}
