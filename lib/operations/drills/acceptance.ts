/**
 * The team's own check of restored rows: a SQL file, an HTTP hook, or both. Its verdict is in the record of the drill; a
 * check that does not answer is one that failed.
 */
import type { Acceptance, DrilledTenant } from '../../domain/drill.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import { type AcceptanceCheck, runAcceptanceSql } from '../../postgres/drill/acceptance-sql.ts';
import type { ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { type DrillRun, problemOf, timedPhase } from './drill-run.ts';

/** Of one check. */
const LIMIT_MS = 15 * 60 * 1000;

/** Whose rows are checked; null: those of the whole database. */
type Subject = { readonly ref: TenantRef; readonly id: TenantId } | null;

/** Empty where no check is configured. */
export async function acceptRestored(
  run: DrillRun,
  scratch: ScratchDatabase,
  subjects: readonly Subject[],
): Promise<Acceptance[]> {
  const { acceptanceSql: sql, acceptanceHook: hook, acceptanceLimitMs: limitMs = LIMIT_MS } = run.plant;
  if (sql === undefined && hook === undefined) return [];
  return timedPhase(run, 'acceptance', async () => {
    const verdicts: Acceptance[] = [];
    for (const subject of subjects) {
      if (sql !== undefined)
        verdicts.push(
          await verdict(run, 'sql', subject, () =>
            runAcceptanceSql(scratch.source, { sql, tenant: subject?.id ?? '', limitMs }),
          ),
        );
      if (hook) verdicts.push(await verdict(run, 'hook', subject, () => hook(hookRequest(run, scratch, subject))));
    }
    return verdicts;
  });
}

/** The tenants that were restored: the check of one that was not would only repeat its problem. */
export function restoredOf<T extends { readonly ref: TenantRef }>(
  tenants: readonly T[],
  drilled: readonly DrilledTenant[],
): T[] {
  const restored = new Set(drilled.filter(({ restore }) => restore !== null).map(({ tenant }) => tenant));
  return tenants.filter(({ ref }) => restored.has(ref));
}

function hookRequest({ id, asked }: DrillRun, { name, source }: ScratchDatabase, subject: Subject) {
  const { hostname, port } = new URL(source.url);
  const database = { host: hostname || 'localhost', port: Number(port || 5432), name };
  return {
    format: 'holdfast.drill-hook/1',
    drill: id,
    kind: asked.kind,
    tenant: subject?.id ?? null,
    database,
  } as const;
}

async function verdict(
  run: DrillRun,
  by: Acceptance['by'],
  subject: Subject,
  check: () => Promise<readonly AcceptanceCheck[]>,
): Promise<Acceptance> {
  const tenant = subject?.ref ?? null;
  const of = tenant === null ? 'of the whole system' : `of tenant ${tenant}`;
  try {
    const checks = [...(await check())];
    const failed = checks.filter(({ ok }) => !ok).length;
    if (failed > 0) run.findings.push(`The acceptance check ${of} (${by}): ${failed} of ${checks.length} failed.`);
    return { by, tenant, checks, problem: null };
  } catch (error) {
    const problem = problemOf(error);
    run.findings.push(`The acceptance check ${of} (${by}) gave no verdict (${problem.code}).`);
    return { by, tenant, checks: [], problem };
  }
}

export function isAccepted({ problem, checks }: Acceptance): boolean {
  return problem === null && checks.every(({ ok }) => ok);
}
