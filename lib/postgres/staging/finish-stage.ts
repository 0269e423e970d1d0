/**
 * What makes settled tables complete: their columns' names at the target, the unique index on the key, statistics. The
 * index comes last, because loading and replaying into it would cost more than building it. Invariant: two rows with one
 * key are a replay that went wrong, and refuse the restore.
 */
import { IntegrityError } from '../../domain/errors.ts';
import type { Connection } from '../connection.ts';
import { runTogether } from '../run-together.ts';
import { columnList, quoteIdentifier } from '../sql.ts';
import { leftOut, leftOutKeys } from './settle-stage.ts';
import type { StageTable } from './stage-table.ts';

/**
 * Names, unique index on the key, statistics, row count of each table, in one round trip inside the caller's transaction.
 * IntegrityError `replay-diverged` where two rows have one key.
 */
export async function finishTables(connection: Connection, stages: readonly StageTable[]): Promise<number[]> {
  const finishing = stages.map(finishStatements);
  try {
    const results = await runTogether(connection, ['SET LOCAL client_min_messages = warning', ...finishing.flat()]);
    const counts: number[] = [];
    let last = 0;
    for (const { length } of finishing) {
      last += length;
      counts.push(Number(results[last]!.rows[0].n));
    }
    return counts;
  } catch (error) {
    const { code, table } = error as { code?: string; table?: string };
    if (code !== '23505') throw error;
    throw diverged(stages.find(stage => stage.staged.endsWith(`.${table}`)) ?? stages[0]!);
  }
}

/** The last one counts the rows. */
function finishStatements(stage: StageTable): string[] {
  const key = stage.key;
  const statements: string[] = [];
  if (key.length > 0) statements.push(`CREATE UNIQUE INDEX ON ${stage.staged} (${stage.physical(key).join(', ')})`);
  if (stage.hasLeftOut && key.length > 0) {
    const names = stage.physical(key).map((physical, i) => `${physical} AS ${quoteIdentifier(key[i]!)}`);
    statements.push(`CREATE UNLOGGED TABLE ${leftOutKeys(stage)} AS SELECT ${names.join(', ')} FROM ${leftOut(stage)}`);
  }
  statements.push(
    ...renames(stage),
    ...[stage.batch, stage.pending, leftOut(stage)].map(name => `DROP TABLE IF EXISTS ${name}`),
    // The key's statistics are what joins are planned by; wide values are not even read.
    `ANALYZE ${stage.staged}${key.length > 0 ? ` (${columnList(key)})` : ''}`,
    `SELECT count(*)::int8::text AS n FROM ${stage.staged}`,
  );
  return statements;
}

function diverged({ table }: StageTable): IntegrityError {
  return new IntegrityError('replay-diverged', `The staged table ${table} contains two rows with the same key.`, {
    hint: 'Nothing was written to live tables. Choose another target, and report this.',
    details: { table },
  });
}

/** A column may be called what another is called while the state is built (c7): then all go by names that nobody has. */
function renames(stage: StageTable): string[] {
  const rename = (from: string, to: string) => `ALTER TABLE ${stage.staged} RENAME ${from} TO ${to}`;
  const names = new Set(stage.columns.map(({ name }) => name));
  if (!stage.columns.some(({ physical }) => names.has(physical)))
    return stage.columns.map(({ physical, name }) => rename(physical, quoteIdentifier(name)));
  let mark = 'c';
  while ([...names].some(name => name.startsWith(mark))) mark += '_';
  const between = (number: number) => quoteIdentifier(mark + number);
  return [
    ...stage.columns.map(({ physical, number }) => rename(physical, between(number))),
    ...stage.columns.map(({ name, number }) => rename(between(number), quoteIdentifier(name))),
  ];
}
