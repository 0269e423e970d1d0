/**
 * How a staged row refers to its staged parent. Invariant: by the operators of the database's own foreign keys, so that
 * staging and the live tables agree about whose a row is.
 */
import type { PathStep } from '../../domain/tenant-model.ts';
import type { Connection } from '../connection.ts';
import { refersTo } from '../equality.ts';
import type { StageTable } from './stage-table.ts';

/** SQL condition: the child's staged row refers to the parent's, as the database compares them. */
export function stagedJoin(
  child: StageTable,
  alias: string,
  parent: StageTable,
  parentAlias: string,
  step: PathStep,
): string {
  const names = child.physical(step.columns);
  return joinCondition(child, parent, step, index => `${alias}.${names[index]}`, parentAlias);
}

/** The same where only values of the child are at hand, in the order of the step's columns. */
export function joinCondition(
  child: StageTable,
  parent: StageTable,
  step: PathStep,
  value: (index: number) => string,
  parentAlias: string,
): string {
  const names = parent.physical(step.referencedColumns);
  const asText = [
    ...step.columns.map(name => child.column(name)),
    ...step.referencedColumns.map(name => parent.column(name)),
  ];
  // Of a type that the database no longer has, only the text is left to compare.
  if (asText.some(column => column?.asText))
    return names.map((name, index) => `${parentAlias}.${name}::text = ${value(index)}::text`).join(' AND ');
  return refersTo(child.schema, parent.schema, step, value, index => `${parentAlias}.${names[index]}`);
}

/** Condition over a row of the table: the row that it refers to is not staged. */
export function isOrphan(stage: StageTable, parent: StageTable, alias: string): string {
  const step = stage.owned.kind === 'via' ? stage.owned.path[0]! : undefined;
  if (!step) return 'false';
  return `NOT EXISTS (SELECT 1 FROM ${parent.staged} AS q WHERE ${stagedJoin(stage, alias, parent, 'q', step)})`;
}

/** Removes the rows that refer to no staged parent. */
export async function dropOrphans(connection: Connection, stage: StageTable, parent: StageTable): Promise<void> {
  await connection.query(`DELETE FROM ${stage.staged} AS s WHERE ${isOrphan(stage, parent, 's')}`);
}
