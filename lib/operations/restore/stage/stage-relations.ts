/**
 * Maps a relation of the log to its staged table, and to the definition under which its rows were written. A table is
 * identified by its oid, so that a rename does not lose it; one that was dropped and created again under the same name
 * starts empty.
 */
import type { Relation } from '../../../codec/pgoutput.ts';
import { type Lsn, lsn, parseLsn } from '../../../domain/lsn.ts';
import type { RowShape } from '../../../domain/net-batch.ts';
import { renamedColumns, withRenamed } from '../../../domain/renamed-model.ts';
import { firstMissing, sameColumns } from '../../../domain/reshaped-tables.ts';
import type { TableSchema } from '../../../domain/table-schema.ts';
import { versionFor, versionsIn } from '../../../domain/table-versions.ts';
import { SYSTEM, type TenantRef } from '../../../domain/tenant.ts';
import type { OwnedTable } from '../../../domain/tenant-model.ts';
import type { Deps } from '../../../ports.ts';
import type { Connection } from '../../../postgres/connection.ts';
import { parseTableName } from '../../../postgres/sql.ts';
import { followNames, followSchema, type StageTable } from '../../../postgres/staging/stage-table.ts';
import type { TypeChoice } from '../../../postgres/staging/type-choice.ts';
import { type Payload, PayloadReader } from '../../log/payload-reader.ts';
import type { VerifiedChain } from '../plan/verify-chain.ts';
import { type LogPiece, type RelationTarget, Shapes } from './merge-log.ts';

export class StageRelations {
  readonly notes: string[] = [];
  readonly #connection: Connection;
  readonly #types: TypeChoice;
  readonly #stages: ReadonlyMap<string, StageTable>;
  readonly #byName = new Map<string, StageTable>();
  readonly #byOid = new Map<number, StageTable>();
  /** Definitions from the snapshot and then from each part of the log, in log order; and the run of each part. */
  readonly #noted: TableSchema[][];
  readonly #places: ReadonlyMap<string, number>;
  readonly #asFirst: (schema: TableSchema) => TableSchema;
  /** As in the snapshot's model and definition. */
  readonly #origins = new Map<StageTable, { owned: OwnedTable; schema: TableSchema }>();
  readonly #definitions = new Map<RowShape, TableSchema>();
  readonly #shapes = new Shapes();

  constructor(
    connection: Connection,
    stages: ReadonlyMap<string, StageTable>,
    chain: VerifiedChain,
    types: TypeChoice,
  ) {
    this.#connection = connection;
    this.#types = types;
    this.#stages = stages;
    const parts = [...chain.incrementals, ...chain.runs].sort((a, b) => compareStarts(a.header.from, b.header.from));
    const parted = parts.map(part => part.body.relations);
    this.#asFirst = firstMissing([...chain.snapshot.body.schema.tables, ...parted.flat()]);
    this.#noted = [chain.snapshot.body.schema.tables, ...parted.map(noted => noted.map(this.#asFirst))];
    this.#places = new Map(parts.map((part, index) => [part.header.id, index + 1]));
    for (const stage of stages.values()) {
      this.#origins.set(stage, { owned: stage.owned, schema: stage.schema });
      const { schema, table } = parseTableName(stage.table);
      this.#byName.set(`${schema}\0${table}`, stage);
      this.#byOid.set(stage.schema.oid, stage);
    }
  }

  /**
   * `part`: the run or incremental that contains it. Undefined where it is not part of this restore. IntegrityError
   * `unknown-columns`.
   */
  target(relation: Relation, part: string): RelationTarget | undefined {
    const stage = this.#byOid.get(relation.oid) ?? this.#byName.get(`${relation.schema}\0${relation.name}`);
    if (!stage) return undefined;
    const names = relation.columns.map(column => column.name);
    const definition = versionFor(names, versionsIn(this.#noted, relation.oid, this.#places.get(part)!));
    const shape = this.#shapes.shapeOf(stage.table, relation, definition);
    this.#definitions.set(shape, definition);
    const origin = this.#origins.get(stage)!;
    const owned = withRenamed(origin.owned, stage.table, renamedColumns(origin.schema, definition));
    const column = owned.kind === 'via' ? undefined : owned.column;
    const tenant = definition.columns.find(candidate => candidate.name === column);
    return { owned, shape, canonical: tenant?.equality?.canonical ?? 'text' };
  }

  /** The staged table, changed to the definition under which the shape's rows were written. */
  async tableFor(table: string, shape: RowShape | null): Promise<StageTable | undefined> {
    const stage = this.#stages.get(table);
    const definition = shape && this.#definitions.get(shape);
    if (stage && definition) await this.#follow(stage, definition);
    return stage;
  }

  /** Gives the staged tables the columns that they certainly had at the target, whether or not a row showed them. */
  async settle(settled: ReadonlyMap<number, TableSchema>): Promise<void> {
    for (const stage of this.#stages.values()) {
      const schema = settled.get(stage.schema.oid);
      if (schema === undefined || sameColumns(stage.schema, schema)) continue;
      await this.#follow(stage, this.#asFirst(schema));
    }
  }

  /** After resuming tables of another process: their entries name columns as they are in these tables. */
  resume(): void {
    for (const [stage, { schema }] of this.#origins) followNames(this.#stages.values(), stage, schema);
  }

  async #follow(stage: StageTable, definition: TableSchema): Promise<void> {
    const before = stage.schema;
    this.notes.push(...(await followSchema(this.#connection, stage, definition, this.#types)));
    followNames(this.#stages.values(), stage, before);
  }
}

/**
 * The payloads to replay: incrementals, then own segments beyond them; unrouted segments over all of it. Incrementals
 * are net changes without the intermediate states that decide offered changes. So own segments are read from the first
 * run on that has such changes.
 */
export function logPieces(
  deps: Pick<Deps, 'vault' | 'keyring' | 'memory'>,
  ref: TenantRef,
  chain: VerifiedChain,
  logFrom: Lsn,
  target: Lsn,
): { own: Iterable<LogPiece>; unrouted: Iterable<LogPiece> } {
  const segments = (owner: TenantRef, from: Lsn): StoredPiece[] => {
    // A commit that starts exactly at a boundary may be on either side of it: replaying it twice is harmless.
    const after = lsn(from - 1n);
    return chain.runs.flatMap(({ header, body: { segments: entries, packs } }) =>
      entries
        .filter(
          ({ tenant, firstCommit, lastCommit }) =>
            tenant === owner && parseLsn(lastCommit) > after && parseLsn(firstCommit) <= target,
        )
        .map(entry => ({ part: header.id, own: owner !== SYSTEM, folded: false, after, packs, entry })),
    );
  };
  const judges = chain.runs.find(run =>
    run.body.segments.some(entry => entry.tenant === SYSTEM && (entry.offered ?? entry.changes) > 0),
  );
  const folded = chain.incrementals.filter(
    ({ header }) => judges === undefined || parseLsn(header.to) <= parseLsn(judges.header.from),
  );
  const ownFrom =
    folded.length === chain.incrementals.length
      ? logFrom
      : parseLsn(folded.at(-1)?.header.to ?? chain.snapshot.header.from);
  const own = [
    ...folded.map(({ header, body }) => {
      return { part: header.id, own: true, folded: true, after: lsn(0n), packs: body.packs, entry: body };
    }),
    ...segments(ref, ownFrom),
  ];
  return {
    own: piecesOf(deps, ref, own),
    unrouted: piecesOf(deps, SYSTEM, segments(SYSTEM, parseLsn(chain.snapshot.header.from))),
  };
}

type StoredPiece = Omit<LogPiece, 'blocks'> & Payload;

function* piecesOf(
  deps: Pick<Deps, 'vault' | 'keyring' | 'memory'>,
  owner: TenantRef,
  stored: readonly StoredPiece[],
): Generator<LogPiece> {
  const reader = new PayloadReader(deps, owner, stored);
  for (const [index, { part, own, folded, after }] of stored.entries())
    yield { part, own, folded, after, blocks: reader.blocks(index) };
}

function compareStarts(a: string, b: string): number {
  const [first, second] = [parseLsn(a), parseLsn(b)];
  return first < second ? -1 : first > second ? 1 : 0;
}
