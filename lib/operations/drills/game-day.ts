/**
 * The drill `game-day`: named faults are induced, the work that runs into them is done as on any day, and the alarm that
 * must come is waited for. Invariants: only where the configuration says that nothing real is protected; every fault is
 * mended, and afterwards the same work succeeds. The alarms are sent: people see them too.
 */
import { FAULTS, type Fault, type InducedFault, isNoticed } from '../../domain/drill.ts';
import { type RunbookPage, runbookPage } from '../../domain/runbook.ts';
import { endSessions, loseSlot } from '../../postgres/drill/source-faults.ts';
import { fleetStatus } from '../catalog/timeline.ts';
import type { Context } from '../context.ts';
import { shipAndCloseGaps } from '../fleet/close-gaps.ts';
import { snapshotFleet } from '../fleet/snapshot-fleet.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { chooseBackup } from '../verify/record-verification.ts';
import { verifyBackup } from '../verify/verify-backup.ts';
import { chooseForKind } from './choose-for-kind.ts';
import { type DrillBody, type DrillRun, type FaultTools, problemOf, timedPhase } from './drill-run.ts';
import type { PresentTenant } from './drill-tenants.ts';

interface FaultKind {
  /** Page of the alarm that must come; null: the work goes on without one. */
  readonly expected: RunbookPage | null;
  /** Returns how to mend it. */
  induce(ctx: Context, tenant: PresentTenant, tools: FaultTools): Promise<() => Promise<void>>;
  /** The work of any day: it runs into the fault, and succeeds once that is mended. */
  work(ctx: Context, tenant: PresentTenant): Promise<void>;
}

const nothingToMend = async () => {};

const KINDS: Readonly<Record<Fault, FaultKind>> = {
  'slot-dropped': {
    expected: 'log-gap',
    induce: ctx => loseSlot(ctx.source, ctx.slot).then(() => nothingToMend),
    work: ship,
  },
  'object-damaged': {
    expected: 'integrity-failed',
    async induce(ctx, { ref, id }, { damageObject }) {
      const { id: backup } = await chooseBackup(ctx, ref, undefined);
      const { objects } = await planRestore(ctx, id, { kind: 'snapshot', backup });
      return damageObject(objects.at(-1)!.key);
    },
    work: (ctx, { id }) => verifyBackup(ctx, id).then(() => {}),
  },
  'key-disabled': {
    expected: 'backup-failed',
    async induce({ keyring }, { ref }) {
      await keyring.scheduleDestruction(ref, 30);
      return () => keyring.cancelDestruction(ref);
    },
    async work(ctx, { id }) {
      const { failed } = await snapshotFleet(ctx, [id], { reason: 'game-day' });
      if (failed[0]) throw failed[0].error;
    },
  },
  'database-restarted': {
    expected: null,
    induce: ctx => endSessions(ctx.source).then(() => nothingToMend),
    work: ship,
  },
};

export async function drillGameDay(run: DrillRun): Promise<DrillBody> {
  const chosen = await chooseForKind(run);
  const faults: InducedFault[] = [];
  for (const fault of run.asked.faults ?? FAULTS)
    faults.push(await timedPhase(run, fault, () => induceFault(run, fault, chosen[0]!)));
  return { scratch: null, tenants: [], acceptance: [], faults };
}

async function induceFault(run: DrillRun, fault: Fault, tenant: PresentTenant): Promise<InducedFault> {
  const { expected, induce, work } = KINDS[fault];
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
      await work(ctx, tenant).catch(() => {});
    } finally {
      await mend();
    }
    await work(fresh(run.ctx), tenant);
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

/** Afterwards every tenant is recoverable to the newest moment. */
async function ship(ctx: Context): Promise<void> {
  await shipAndCloseGaps(ctx);
  const { tenants } = await fleetStatus(ctx);
  const broken = tenants.find(({ needsSnapshot, outside }) => needsSnapshot && outside === undefined);
  if (broken) throw new Error(`Tenant ${broken.tenant} is not recoverable to the newest moment.`);
}
