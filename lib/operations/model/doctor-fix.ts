/**
 * Applies the fixes that the doctor marks as safe: replica identities, then the publication, then the slot. The order
 * matters: a slot created before its publication decodes nothing for the time between. Everything is shown before it
 * runs. A step takes effect wholly or not at all. Without publication and slot there is no log, and the rest is of no use:
 * where one of them fails, everything that the run did is taken back, the newest first; except event triggers and what was
 * corrected of a publication that existed, which hurt nobody. A table whose identity cannot be set stays unprotected alone.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { runWholeStep } from '../../postgres/server/whole-step.ts';
import { inParallel } from '../in-parallel.ts';
import { type DoctorDeps, type DoctorReport, doctor } from './doctor.ts';

export interface FixStep {
  readonly code: string;
  readonly table: string | null;
  readonly sql: readonly string[];
}

export type FixOutcome = 'done' | { readonly failed: string; readonly hint: string };

export interface FixProgress {
  readonly done: number;
  /** Of the steps known so far. */
  readonly total: number;
}

export interface FixOptions {
  /**
   * Receives the steps before the first one runs; false runs none. A step can make a later one possible (a table
   * becomes publishable).
   */
  readonly approve?: (steps: readonly FixStep[]) => boolean | Promise<boolean>;
  readonly onStep?: (step: FixStep, outcome: FixOutcome, progress: FixProgress) => void;
}

export interface FixResult {
  readonly applied: FixStep[];
  readonly failed: { readonly step: FixStep; readonly message: string; readonly hint: string }[];
  /** Steps that this run took back, because the log could not be set up. */
  readonly undone: FixStep[];
  /** The doctor's report afterwards. */
  readonly report: DoctorReport;
}

const ORDER = [
  'application-blocked',
  'identity-guard',
  'ddl-triggers',
  'replica-identity',
  'publication',
  'slot-missing',
];

/** These change neither what a later step is nor whether it is needed: it runs as the last report has it. */
const ENABLE_NOTHING = ['ddl-triggers', 'publication'];

/** Waits for a lock at most this long, so that the application does not queue behind it. */
const LOCK_TIMEOUT_MS = 3_000;

/** Indexes built at the same time: each build reads an entire table. */
const AT_ONCE = 4;

/** A new slot waits for the transactions that are running when it is created. */
const SLOT_TIMEOUT_MS = 300_000;

/** The steps that a report requires, in the order in which they must run. */
function planFix(findings: readonly Finding[]): FixStep[] {
  return findings
    .filter(finding => finding.safe && ORDER.includes(finding.code))
    .map(({ code, table, sql }) => ({ code, table, sql }))
    .sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
}

/** Repeats until nothing is left to do: an identity can make a table publishable. A failed step is not retried. */
export async function doctorFix(deps: DoctorDeps, options: FixOptions = {}): Promise<FixResult> {
  const failed: FixResult['failed'] = [];
  const done: Done[] = [];
  let report = await doctor(deps);
  const first = planFix(report.findings);
  if (first.length === 0 || (options.approve && !(await options.approve(first))))
    return { applied: [], failed, undone: [], report };
  const tried = new Set<string>();
  for (;;) {
    if (failed.some(({ step }) => step.code === 'publication' || step.code === 'slot-missing')) {
      const undone = await takeBack(deps, done);
      const applied = done.map(({ step }) => step).filter(step => !undone.includes(step));
      return { applied, failed, undone, report: await doctor(deps) };
    }
    const open = planFix(report.findings).filter(step => !tried.has(JSON.stringify(step)));
    const [next] = open;
    if (!next) return { applied: done.map(({ step }) => step), failed, undone: [], report };
    // Steps of one kind do not depend on each other; those of the next kind do on these.
    const together = open.filter(step => step.code === next.code);
    const before = tried.size;
    const total = before + open.length;
    let tries = before;
    await inParallel(AT_ONCE, together, async step => {
      tried.add(JSON.stringify(step));
      const outcome = await apply(deps, step);
      const isDone = 'inverses' in outcome;
      if (isDone) done.push({ step, ...outcome });
      else failed.push({ step, ...outcome });
      tries++;
      options.onStep?.(step, isDone ? 'done' : { failed: outcome.message, hint: outcome.hint }, { done: tries, total });
    });
    if (!ENABLE_NOTHING.includes(next.code) || together.length === open.length) report = await doctor(deps);
  }
}

interface Done {
  readonly step: FixStep;
  /** The statements that take it back. */
  readonly inverses: readonly string[];
}

/** The steps that were taken back; one that cannot be stays applied. */
async function takeBack({ source }: DoctorDeps, done: readonly Done[]): Promise<FixStep[]> {
  const undone: FixStep[] = [];
  for (const { step, inverses } of done.toReversed()) {
    if (inverses.length === 0) continue;
    const work = withConnection(source, 'doctor fix', connection =>
      runWholeStep(connection, inverses, LOCK_TIMEOUT_MS),
    );
    await work.then(
      () => undone.push(step),
      () => undefined,
    );
  }
  return undone;
}

async function apply(
  deps: DoctorDeps,
  step: FixStep,
): Promise<Pick<Done, 'inverses'> | { message: string; hint: string }> {
  try {
    const lockMs = step.code === 'slot-missing' ? SLOT_TIMEOUT_MS : LOCK_TIMEOUT_MS;
    const work = (connection: Connection) => runWholeStep(connection, step.sql, lockMs);
    return { inverses: await withConnection(deps.source, 'doctor fix', work) };
  } catch (error) {
    if (error instanceof HoldfastError) return { message: error.message, hint: error.hint };
    return explain(step, error as { code?: string });
  }
}

/** By SQLSTATE: the server's own message may quote values of rows. */
function explain(step: FixStep, error: { code?: string }): { message: string; hint: string } {
  const what = step.table === null ? step.code : `${step.code} of ${step.table}`;
  const hints: Record<string, string> = {
    '42501': 'The role lacks the privilege: run the printed SQL as the owner of the tables or as a superuser.',
    '55P03': 'The application locked the table for too long; that statement changed nothing. Run doctor --fix again.',
    '53400': 'All replication slots are in use: drop an unused one, or raise max_replication_slots.',
  };
  const hint = hints[error.code ?? ''] ?? 'Run the printed SQL by hand to see the server’s own message.';
  return { message: `Could not fix ${what} (SQLSTATE ${error.code ?? 'none'}).`, hint };
}
