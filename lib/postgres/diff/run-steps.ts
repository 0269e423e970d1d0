/**
 * Runs the steps of an apply in order, in one transaction. A CHECK that calls the application's code can read rows of
 * other tables, in an order that no foreign key defines: a refused step is retried after the others, as long as any of
 * them succeeds. Invariant: a step is written completely, or not at all.
 */
import { type ApplyStep, runStep } from './apply-diff.ts';
import type { DiffSet } from './diff.ts';

/** SQLSTATEs of checks and keys that another step may still satisfy. */
const SATISFIABLE = new Set(['23514', '23503', '23505', '23P01']);

interface Refused {
  readonly step: ApplyStep;
  readonly error: unknown;
}

/**
 * `done` is called with each step and its written rows. Throws the database error of the first step that cannot
 * succeed.
 */
export async function runInOrder(
  diff: DiffSet,
  steps: readonly ApplyStep[],
  done: (step: ApplyStep, rows: number) => Promise<void>,
): Promise<void> {
  // Rows to complete later are identified by this transaction's id, and a savepoint has another one.
  const mayWait = steps.every(step => step.kind !== 'tie');
  for (let open = steps; open.length > 0; ) {
    const refused: Refused[] = [];
    for (const step of open) {
      const guarded = mayWait && (refused.length > 0 || looksAround(diff, step));
      const waits = refused.find(earlier => earlier.step.table === step.table);
      const outcome = waits ?? (guarded ? await tryStep(diff, step) : await runStep(diff, step));
      if (typeof outcome === 'number') await done(step, outcome);
      else refused.push({ step, error: outcome.error });
    }
    if (refused.length === open.length) throw refused[0]!.error;
    open = refused.map(({ step }) => step);
  }
}

function looksAround(diff: DiffSet, step: ApplyStep): boolean {
  const { oid } = step.table.live;
  return step.kind !== 'delete' && diff.catalog.checks.some(check => check.tableOid === oid && check.application);
}

async function tryStep(diff: DiffSet, step: ApplyStep): Promise<number | Refused> {
  await diff.connection.query('SAVEPOINT holdfast_step');
  try {
    const rows = await runStep(diff, step);
    await diff.connection.query('RELEASE SAVEPOINT holdfast_step');
    return rows;
  } catch (error) {
    if (!SATISFIABLE.has((error as { code?: string }).code ?? '')) throw error;
    await diff.connection.query('ROLLBACK TO SAVEPOINT holdfast_step; RELEASE SAVEPOINT holdfast_step');
    return { step, error };
  }
}
