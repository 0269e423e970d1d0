/**
 * The faults of a game day: how each is induced, the work that runs into it, and the alarm that must come. Invariant: the
 * work is that of any day, by the operation that does it on any day.
 */
import type { Fault } from '../../domain/drill.ts';
import { StorageError } from '../../domain/errors.ts';
import type { RunbookPage } from '../../domain/runbook.ts';
import { connect } from '../../postgres/connection.ts';
import { endSessions, loseSlot } from '../../postgres/drill/source-faults.ts';
import { fleetStatus } from '../catalog/timeline.ts';
import type { Context } from '../context.ts';
import { shipAndCloseGaps } from '../fleet/close-gaps.ts';
import { ALARM_AFTER_MS, ShippingWatch } from '../fleet/shipping-watch.ts';
import { snapshotFleet } from '../fleet/snapshot-fleet.ts';
import { lockShipper } from '../log/log-source.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { chooseBackup } from '../verify/record-verification.ts';
import { verifyBackup } from '../verify/verify-backup.ts';
import type { FaultTools } from './drill-run.ts';
import type { PresentTenant } from './drill-tenants.ts';
import { failOverInRestore } from './failover-in-restore.ts';

interface FaultKind {
  /** Page of the alarm that must come; null: the work goes on, or is refused, without one. */
  readonly expected: RunbookPage | null;
  /** Returns how to mend it. */
  induce(ctx: Context, tenant: PresentTenant, tools: FaultTools): Promise<() => Promise<void>>;
  /** The context in which the work runs into the fault. Default: unchanged. */
  within?(ctx: Context): Context;
  /** The work of any day: `induced`, it runs into the fault; and it succeeds once that is mended. */
  work(ctx: Context, tenant: PresentTenant, induced: boolean): Promise<void>;
}

const nothingToMend = async () => {};
const nothingToInduce = async () => nothingToMend;

export const FAULT_KINDS: Readonly<Record<Fault, FaultKind>> = {
  'slot-dropped': {
    expected: 'log-gap',
    induce: ctx => loseSlot(ctx.source, ctx.slot).then(() => nothingToMend),
    work: ship,
  },
  'shipper-stopped': {
    expected: 'recovery-point-age',
    async induce({ source, slot }) {
      // A shipper that hangs: it holds its lock, and ships nothing.
      const hanging = await connect(source, 'game day');
      await lockShipper(hanging, slot);
      return () => hanging.end();
    },
    work: shipForSixMinutes,
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
    work: snapshot,
  },
  's3-throttled': { expected: 'backup-failed', induce: nothingToInduce, within: throttled, work: snapshot },
  'database-restarted': {
    expected: null,
    induce: ctx => endSessions(ctx.source).then(() => nothingToMend),
    work: ship,
  },
  'failover-in-restore': {
    expected: null,
    induce: nothingToInduce,
    work: failOverInRestore,
  },
};

async function snapshot(ctx: Context, { id }: PresentTenant): Promise<void> {
  const { failed } = await snapshotFleet(ctx, [id], { reason: 'game-day' });
  if (failed[0]) throw failed[0].error;
}

/** Afterwards every tenant is recoverable to the newest moment. */
async function ship(ctx: Context): Promise<void> {
  await shipAndCloseGaps(ctx);
  const { tenants } = await fleetStatus(ctx);
  const broken = tenants.find(({ needsSnapshot, outside }) => needsSnapshot && outside === undefined);
  if (broken) throw new Error(`Tenant ${broken.tenant} is not recoverable to the newest moment.`);
}

/** As `ship --follow` does; the minutes between its attempts are not waited for. */
async function shipForSixMinutes(ctx: Context): Promise<void> {
  const watch = new ShippingWatch(ctx);
  const began = ctx.clock.now().getTime();
  let failure: unknown;
  for (const minutes of [0, 1, 3, 6]) {
    try {
      await shipAndCloseGaps(ctx, true, 0);
      return ship(ctx);
    } catch (error) {
      failure = error;
      await watch.again(error, 10, began + (minutes * ALARM_AFTER_MS) / 5);
    }
  }
  throw failure;
}

/** Storage that answers "slow down" for longer than its adapter goes on trying. */
function throttled(ctx: Context): Context {
  const slowDown = async (): Promise<never> => {
    throw new StorageError('vault-unreachable', 'The storage answers "slow down".', {
      hint: 'Nothing to do: it is induced by a game day.',
      retry: 'auto',
    });
  };
  return { ...ctx, vault: { ...ctx.vault, put: slowDown } };
}
