/**
 * The drill `game-day`: named faults are induced, the work that runs into them is done as on any day, and the alarm that
 * must come is waited for. Invariants: only where the configuration says that nothing real is protected; every fault is
 * mended, and afterwards the same work succeeds. The alarms are sent: people see them too.
 */
import { FAULTS, type Fault, type InducedFault, isNoticed } from '../../domain/drill.ts';
import { runbookPage } from '../../domain/runbook.ts';
import type { Context } from '../context.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, problemOf, timedPhase } from './drill-run.ts';
import type { PresentTenant } from './drill-tenants.ts';
import { HalfRestored } from './failover-in-restore.ts';
import { FAULT_KINDS } from './fault-kinds.ts';

export async function drillGameDay(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  const faults: InducedFault[] = [];
  for (const fault of run.asked.faults ?? FAULTS)
    faults.push(await timedPhase(run, fault, () => induceFault(run, fault, chosen[0]!)));
  return { scratch: null, tenants: [], acceptance: [], faults };
}

const same = (ctx: Context) => ctx;

async function induceFault(run: DrillRun, fault: Fault, tenant: PresentTenant): Promise<InducedFault> {
  const { expected, induce, within = same, work } = FAULT_KINDS[fault];
  const raised: string[] = [];
  const started = performance.now();
  let alarmMs: number | null = null;
  const ctx = listening(run.ctx, code => {
    raised.push(code);
    if (expected !== null && runbookPage(code) === expected) alarmMs ??= Math.round(performance.now() - started);
  });
  let induced: Pick<InducedFault, 'mended' | 'problem'>;
  try {
    const mend = await induce(ctx, tenant, run.plant.faults!);
    try {
      // It fails, or closes what the fault opened: the alarm tells.
      await work(within(ctx), tenant, true).catch(error => {
        if (error instanceof HalfRestored) throw error;
      });
    } finally {
      await mend();
    }
    await work(fresh(run.ctx), tenant, false);
    induced = { mended: true, problem: null };
  } catch (error) {
    induced = { mended: false, problem: problemOf(error) };
  }
  const result = { fault, expected, raised, alarmMs, ...induced };
  if (!isNoticed(result))
    run.findings.push(
      `Fault ${fault}: expected ${expected ?? 'no alarm'}, raised ${raised.join(', ') || 'none'}, ${induced.mended ? 'mended' : `not mended (${induced.problem?.code})`}.`,
    );
  return result;
}

/** Nothing that was verified before hides what is damaged now. */
function fresh(ctx: Context): Context {
  return { ...ctx, memory: { of: part => part.make() } };
}

function listening(ctx: Context, onAlarm: (code: string) => void): Context {
  return {
    ...fresh(ctx),
    notifier: {
      async notify(notice) {
        if (notice.severity === 'alarm') onAlarm(notice.code);
        await ctx.notifier.notify(notice);
      },
    },
  };
}
