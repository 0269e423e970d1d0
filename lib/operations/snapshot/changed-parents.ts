/**
 * Rows that change hands although no row of theirs changed: where a foreign key does not forbid it, a parent is
 * deleted, renamed or created under the children that name it. Collects the parents' keys from the log; the children
 * that have them now are read again (child-rows.ts). Invariant: a child whose tenant may have changed in the range is
 * found by a key, or its entire table is.
 */
import type { Relation, RowMessage, Tuple } from '../../codec/pgoutput.ts';
import { packTuple } from '../../domain/packed-tuple.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { childAt, declares, type PathStep, pathOf } from '../../domain/tenant-model.ts';
import type { ChildPath } from '../../postgres/export/child-rows.ts';
import type { TableShape } from '../../postgres/export/chunk-query.ts';

/** A step of a via table's path. */
export interface ParentReference {
  readonly path: ChildPath;
  /** Both the base and the database have its foreign key: a child never names a missing parent. */
  readonly declared: boolean;
  /** Keys that the database holds equal have the same text. */
  readonly exact: boolean;
}

/** Values of the referenced columns of parents. */
export interface ParentKeys {
  readonly path: ChildPath;
  readonly values: readonly (readonly string[])[];
}

/** A reference and the places of its columns in a relation of its parent. */
export interface WatchedReference {
  readonly reference: ParentReference;
  /** Undefined where the relation does not have them all. */
  readonly indexes: readonly number[] | undefined;
  /** Old tuples have them. */
  readonly carried: boolean;
}

interface Found {
  /** Keys that a parent no longer has, and keys that it has since. */
  readonly vacated: Map<string, string[]>;
  readonly occupied: Map<string, string[]>;
}

/** The steps of all paths, by parent. `base`: the tables as of the snapshot that is built upon. */
export function referencesBetween(
  base: readonly TableSchema[],
  shapes: readonly TableShape[],
): Map<TableName, ParentReference[]> {
  const before = new Map(base.map(schema => [schema.table, schema]));
  const now = new Map(shapes.map(({ schema }) => [schema.table, schema]));
  const found = new Map<TableName, ParentReference[]>();
  for (const shape of shapes) {
    const { owned } = shape;
    for (const [depth, step] of pathOf(owned).entries()) {
      const child = childAt(owned, depth);
      const declared = declares(before.get(child), step) && declares(now.get(child), step);
      const path = { shape, depth, schemas: now };
      const reference = { path, declared, exact: isExact(now.get(step.references), step) };
      found.set(step.references, [...(found.get(step.references) ?? []), reference]);
    }
  }
  return found;
}

function isExact(parent: TableSchema | undefined, { referencedColumns }: PathStep): boolean {
  return referencedColumns.every(name => {
    const column = parent?.columns.find(candidate => candidate.name === name);
    return column !== undefined && column.equality === undefined;
  });
}

export class ChangedParents {
  readonly #references: ReadonlyMap<TableName, readonly ParentReference[]>;
  readonly #limitBytes: number;
  readonly #found = new Map<ParentReference, Found>();
  readonly #whole = new Set<ParentReference>();
  #bytes = 0;

  constructor(references: ReadonlyMap<TableName, readonly ParentReference[]>, limitBytes: number) {
    this.#references = references;
    this.#limitBytes = limitBytes;
  }

  watch(parent: TableName, relation: Relation): WatchedReference[] {
    return (this.#references.get(parent) ?? []).map(reference => {
      const places = stepOf(reference.path).referencedColumns.map(name =>
        relation.columns.findIndex(column => column.name === name),
      );
      const indexes = places.includes(-1) ? undefined : places;
      const carried = indexes?.every(index => relation.columns[index]!.identity) ?? false;
      return { reference, indexes, carried };
    });
  }

  row({ reference, indexes, carried }: WatchedReference, message: RowMessage): void {
    const { old, new: now } = message;
    if (indexes === undefined) this.#all(reference);
    else if (message.type === 'insert') this.#add(reference, 'occupied', now, indexes);
    // Without its old key. A declared child cannot keep it, unless another parent has it: that one is in the log too.
    else if (!carried && !reference.declared) this.#all(reference);
    else if (message.type === 'delete') {
      if (carried) this.#add(reference, 'vacated', old, indexes);
    } else if (!carried) {
      this.#add(reference, 'occupied', now, indexes);
      this.#add(reference, 'vacated', now, indexes);
    } else if (old && !sameAt(old, now, indexes)) {
      this.#add(reference, 'vacated', old, indexes);
      this.#add(
        reference,
        'occupied',
        now?.map((value, at) => (value === undefined ? old[at] : value)),
        indexes,
      );
    }
  }

  truncated(watched: WatchedReference): void {
    if (!watched.reference.declared) this.#all(watched.reference);
  }

  /** Tables of which any row may have changed hands. */
  whole(): TableName[] {
    return [...this.#whole].map(({ path }) => path.shape.owned.table);
  }

  keys(): ParentKeys[] {
    return [...this.#found].flatMap(([reference, { vacated, occupied }]) => {
      if (this.#whole.has(reference)) return [];
      const both = [...vacated].filter(([id]) => occupied.has(id));
      const passed = reference.exact ? both : vacated.size > 0 && occupied.size > 0 ? [...vacated, ...occupied] : [];
      const values = new Map(reference.declared ? passed : [...vacated, ...occupied]);
      return values.size > 0 ? [{ path: reference.path, values: [...values.values()] }] : [];
    });
  }

  #all(reference: ParentReference): void {
    this.#whole.add(reference);
  }

  #add(reference: ParentReference, kind: keyof Found, tuple: Tuple | undefined, indexes: readonly number[]): void {
    const values = indexes.map(index => tuple?.[index]);
    // No child refers to NULL.
    if (values.some(value => value === null)) return;
    // A value that the log leaves out did not change; without an old row it is unknown.
    const texts = values.flatMap(value => (value ? [value.toString('utf8')] : []));
    if (texts.length < values.length) {
      this.#all(reference);
      return;
    }
    const found = this.#found.get(reference) ?? { vacated: new Map(), occupied: new Map() };
    this.#found.set(reference, found);
    const id = packTuple(values).toString('latin1');
    if (found[kind].has(id)) return;
    found[kind].set(id, texts);
    this.#bytes += KEY_BYTES + 2 * id.length;
    if (this.#bytes > this.#limitBytes) for (const each of this.#found.keys()) this.#all(each);
  }
}

/** Estimated bytes of one remembered key in addition to its text. */
const KEY_BYTES = 200;

function stepOf({ shape, depth }: ChildPath): PathStep {
  return pathOf(shape.owned)[depth]!;
}

function sameAt(old: Tuple, now: Tuple | undefined, indexes: readonly number[]): boolean {
  return indexes.every(index => {
    const [before, after] = [old[index], now?.[index]];
    return after === undefined || before === after || (!!before && !!after && before.equals(after));
  });
}
