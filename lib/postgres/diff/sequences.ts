/**
 * Sequences behind restored keys are advanced so that the application's next row does not collide; never moved back,
 * not even if the application draws from one concurrently.
 */
import type { SequenceMove } from '../../domain/preview.ts';
import { quoteLiteral, quoteTable } from '../sql.ts';
import { type DiffSet, nameOf } from './diff.ts';
import { writesRows } from './diff-extent.ts';

/** Close to the goal, values are drawn instead of set: another session may be drawing too. */
const DRAW_LIMIT = 1000n;

interface State {
  readonly last: bigint;
  readonly called: boolean;
  readonly step: bigint;
}

/** Sequences behind the values of the difference. Read-only. */
export async function findSequenceMoves(diff: DiffSet): Promise<SequenceMove[]> {
  const moves: SequenceMove[] = [];
  for (const table of diff.shape.tables.filter(candidate => writesRows(diff, candidate))) {
    for (const { live } of table.matched.filter(match => match.live.sequence !== null)) {
      const state = await readState(diff, live.sequence!);
      if (!state) continue;
      const { rows } = await diff.connection.query(
        `SELECT ${state.step > 0n ? 'max' : 'min'}(n${live.number})::text AS far FROM ${nameOf(diff, table)} WHERE op IN ('i', 'u')`,
      );
      const far = (rows[0] as { far: string | null }).far;
      if (far === null || !isBehind(state, BigInt(far))) continue;
      moves.push({
        sequence: live.sequence!,
        table: table.live.table,
        column: live.name,
        now: String(state.last),
        to: far,
      });
    }
  }
  return moves;
}

/** Advances them. Not transactional in PostgreSQL: after a rollback they stay advanced, which is harmless. */
export async function moveSequences(diff: DiffSet, moves: readonly SequenceMove[]): Promise<void> {
  for (const move of moves) {
    const name = quoteLiteral(move.sequence);
    const to = BigInt(move.to);
    for (;;) {
      const state = await readState(diff, move.sequence);
      if (!state || !isBehind(state, to)) break;
      const away = (to - state.last) / state.step;
      if (away > DRAW_LIMIT) await diff.connection.query(`SELECT setval(${name}::regclass, ${to})`);
      else
        await diff.connection.query(
          `SELECT nextval(${name}::regclass) FROM generate_series(1, ${away > 0n ? away : 1n})`,
        );
    }
  }
}

function isBehind(state: State, far: bigint): boolean {
  if (far === state.last) return !state.called;
  return state.step > 0n ? far > state.last : far < state.last;
}

async function readState(diff: DiffSet, sequence: string): Promise<State | undefined> {
  const { rows } = await diff.connection.query(
    `SELECT s.last_value::text AS last, s.is_called AS called, (SELECT q.seqincrement::text FROM pg_sequence q WHERE q.seqrelid = ${quoteLiteral(sequence)}::regclass) AS step
       FROM ${quoteTable(sequence)} s`,
  );
  const row = rows[0] as { last: string; called: boolean; step: string } | undefined;
  return row && { last: BigInt(row.last), called: row.called, step: BigInt(row.step) };
}
