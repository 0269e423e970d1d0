/**
 * Applies what the doctor found safe to apply: replica identities, then the publication, then the slot. The order matters:
 * a slot made before its publication decodes nothing for the time between. Everything is shown before it is run.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { HoldfastError, SourceError } from '../../domain/errors.ts';
import type { Finding } from '../../domain/finding.ts';
import { type Connection, withConnection } from '../../postgres/connection.ts';
import { describeHolders } from '../../postgres/lock-holders.ts';
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
  /** Shown the steps before the first one runs; false runs none. What a step brings about may add a later one (a table that becomes publishable). */
  readonly approve?: (steps: readonly FixStep[]) => boolean | Promise<boolean>;
  readonly onStep?: (step: FixStep, outcome: FixOutcome, progress: FixProgress) => void;
}

export interface FixResult {
  readonly applied: FixStep[];
  readonly failed: { readonly step: FixStep; readonly message: string; readonly hint: string }[];
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

/** What waits for a lock here and does not hold the application up meanwhile. */
const LOCK_TIMEOUT_MS = 3_000;

/** Indexes built at one time: each reads a whole table. */
const AT_ONCE = 4;
/** An ALTER TABLE waits for the application's transactions, and the application then waits for it: never for longer. */
const SHORT_LOCK_MS = 200;
const LOCK_ATTEMPTS = 20;
const LOCK_PAUSE_MS = 500;

/** A new slot waits for transactions that are running when it is made. */
const SLOT_TIMEOUT_MS = 300_000;

/** The steps that a report calls for, in the order in which they must run. */
function planFix(findings: readonly Finding[]): FixStep[] {
  return findings
    .filter(finding => finding.safe && ORDER.includes(finding.code))
    .map(({ code, table, sql }) => ({ code, table, sql }))
    .sort((a, b) => ORDER.indexOf(a.code) - ORDER.indexOf(b.code));
}

/** Repeats until nothing more is to be done: an identity may let a table be published. A failed step is not tried again. */
export async function doctorFix(deps: DoctorDeps, options: FixOptions = {}): Promise<FixResult> {
  const applied: FixStep[] = [];
  const failed: FixResult['failed'] = [];
  let report = await doctor(deps);
  const first = planFix(report.findings);
  if (first.length === 0 || (options.approve && !(await options.approve(first)))) return { applied, failed, report };
  const tried = new Set<string>();
  for (;;) {
    const open = planFix(report.findings).filter(step => !tried.has(JSON.stringify(step)));
    const [next] = open;
    if (!next) return { applied, failed, report };
    // Steps of one kind do not depend on each other; those of the next kind do on these.
    const together = open.filter(step => step.code === next.code);
    const before = tried.size;
    const total = before + open.length;
    let done = before;
    await inParallel(AT_ONCE, together, async step => {
      tried.add(JSON.stringify(step));
      const failure = await apply(deps, step);
      if (failure) failed.push({ step, ...failure });
      else applied.push(step);
      done++;
      options.onStep?.(step, failure ? { failed: failure.message, hint: failure.hint } : 'done', { done, total });
    });
    report = await doctor(deps);
  }
}

async function apply(deps: DoctorDeps, step: FixStep): Promise<{ message: string; hint: string } | undefined> {
  try {
    await withConnection(deps.source, 'doctor fix', connection => run(connection, step));
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return { message: error.message, hint: error.hint };
    return explain(step, error as { code?: string });
  }
}

async function run(connection: Connection, step: FixStep): Promise<void> {
  const patience = step.code === 'slot-missing' ? SLOT_TIMEOUT_MS : LOCK_TIMEOUT_MS;
  for (const statement of step.sql) {
    const relation = /^ALTER TABLE (.+) REPLICA IDENTITY /.exec(statement)?.[1];
    if (relation !== undefined) await alterSoon(connection, statement, relation);
    else {
      // An index that goes concurrently waits for old transactions without holding anybody up.
      await connection.query(`SET lock_timeout = ${statement.includes(' CONCURRENTLY ') ? 0 : patience}`);
      await connection.query(statement);
    }
  }
}

/** Asks for the lock again and again, each time for a moment. SourceError `lock-not-available`, which names who has it. */
async function alterSoon(connection: Connection, statement: string, relation: string): Promise<void> {
  await connection.query(`SET lock_timeout = ${SHORT_LOCK_MS}`);
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.query(statement);
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== '55P03') throw error;
      const holders = await describeHolders(connection, relation);
      if (attempt >= LOCK_ATTEMPTS) {
        throw new SourceError(
          'lock-not-available',
          `${relation} was locked all the time${holders === null ? '' : `, by ${holders}`}; nothing was changed by that statement.`,
          { hint: 'Run doctor --fix again when that transaction has ended.', cause: error },
        );
      }
    }
    await wait(LOCK_PAUSE_MS);
  }
}

/** By SQLSTATE: the server's own message may quote values of rows. */
function explain(step: FixStep, error: { code?: string }): { message: string; hint: string } {
  const what = step.table === null ? step.code : `${step.code} of ${step.table}`;
  const hints: Record<string, string> = {
    '42501': 'The role may not do this: run the printed SQL as the owner of the tables or as a superuser.',
    '55P03':
      'The application held the table for too long; nothing was changed by that statement. Run doctor --fix again.',
    '53400': 'All replication slots are taken: drop one that nobody reads, or raise max_replication_slots.',
  };
  const hint = hints[error.code ?? ''] ?? 'Run the printed SQL by hand to see the server’s own message.';
  return { message: `Could not mend ${what} (SQLSTATE ${error.code ?? 'none'}).`, hint };
}
