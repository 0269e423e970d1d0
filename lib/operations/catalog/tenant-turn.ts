/**
 * Takes and keeps a tenant's turn (domain/tenant-turns.ts) in the catalog, so that it holds across processes, functions
 * and executions. It protects no data: a snapshot's views and a restore's transaction are right beside each other too.
 * Invariant: a holder that works renews its entry, and one that was killed is gone after TURN_MS.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { ConflictError, HoldfastError, SourceError } from '../../domain/errors.ts';
import { randomText } from '../../domain/new-id.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { decideTurn, TenantTurns, TURN_MS, type TurnHolder, type TurnRequest } from '../../domain/tenant-turns.ts';
import type { CatalogItem, Deps } from '../../ports.ts';
import type { TimeBudget } from '../time-budget.ts';

/** How long a snapshot waits for a restore, where it waits: longer than a killed one stands in the way. */
export const TURN_WAIT_MS = 6 * 60_000;
/** A restore waits for one step of a snapshot, which can read for this long. */
const STEP_WAIT_MS = 20 * 60_000;
const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 5000;
const RENEWAL_MS = TURN_MS / 5;
/** Parts of one snapshot renew at the same time. */
const MAX_RACES = 50;
const RACE_MS = 20;

type TurnDeps = Pick<Deps, 'catalog' | 'clock' | 'random'> & {
  /** Absent: waits for that long. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
};

/** What a step knows of others while it works. */
export interface Turn {
  /** A restore waits for the end of this step. */
  isWanted(): boolean;
}

/**
 * One step of a snapshot that reads rows. Waits at most `waitMs` for a restore of the tenant to end (default: not at all),
 * then SourceError `tenant-in-restore`; the work is not begun.
 */
export async function duringSnapshot<T>(
  deps: TurnDeps,
  { tenant, waitMs = 0 }: { readonly tenant: TenantRef; readonly waitMs?: number | undefined },
  work: (turn: Turn) => Promise<T>,
): Promise<T> {
  const request: TurnRequest = { work: 'snapshot', by: randomText(deps.random) };
  const until = deps.clock.now().getTime() + waitMs;
  for (let look = 0; !(await ask(deps, tenant, request)).granted; look++) {
    if (deps.clock.now().getTime() >= until) throw inRestore();
    await pauseBefore(deps, look);
  }
  const held = holding(deps, tenant, { ...request, goesOn: true });
  try {
    return await work(held);
  } finally {
    await held.end();
  }
}

/** SourceError `tenant-in-restore` where the next step of a snapshot would be refused. */
export async function refuseDuringRestore(deps: TurnDeps, tenant: TenantRef): Promise<void> {
  const item = await deps.catalog.get(...placeOf(tenant));
  const request: TurnRequest = { work: 'snapshot', by: '' };
  if (!decideTurn(holdersIn(item), request, deps.clock.now()).granted) throw inRestore();
}

/**
 * Applies a restore once no snapshot of the tenant is at work. Undefined where `budget` is used up while it waits: the
 * next call waits on, and no snapshot begins in between. ConflictError `snapshot-running`.
 */
export async function duringRestore<T>(
  deps: TurnDeps,
  { tenant, budget }: { readonly tenant: TenantRef; readonly budget?: TimeBudget | undefined },
  work: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const request: TurnRequest = { work: 'restore', by: randomText(deps.random) };
  let kept = false;
  const entered = await ask(deps, tenant, request);
  const taken = holding(deps, tenant, request);
  try {
    const until = deps.clock.now().getTime() + STEP_WAIT_MS;
    for (let { granted } = entered, look = 0; !granted; look++) {
      if (deps.clock.now().getTime() >= until) throw snapshotRuns();
      kept = look > 0 && (budget?.isUsed() ?? false);
      if (kept) return undefined;
      await pauseBefore(deps, look);
      ({ granted } = await ask(deps, tenant, request));
    }
    const result = await work();
    kept = result === undefined;
    return result;
  } finally {
    await taken.end(kept);
  }
}

interface TakenTurn extends Turn {
  /** Never throws. `kept`: the entry stays until it expires. */
  end(kept?: boolean): Promise<void>;
}

function holding(deps: TurnDeps, tenant: TenantRef, request: TurnRequest): TakenTurn {
  let wanted = false;
  const renew = async () => {
    wanted = (await ask(deps, tenant, request)).others;
  };
  const renewal = setInterval(() => void renew().catch(() => {}), RENEWAL_MS);
  renewal.unref();
  return {
    isWanted: () => wanted,
    async end(kept = false) {
      clearInterval(renewal);
      // Whoever comes next waits for its end otherwise.
      if (!kept) await leave(deps, tenant, request).catch(() => {});
    },
  };
}

async function ask(deps: TurnDeps, tenant: TenantRef, request: TurnRequest) {
  return change(deps, tenant, held => {
    const { granted, write } = decideTurn(held, request, deps.clock.now());
    const others = held.some(
      ({ work, until }) => work !== request.work && Date.parse(until) > deps.clock.now().getTime(),
    );
    return { result: { granted, others }, write };
  });
}

function leave(deps: TurnDeps, tenant: TenantRef, { work, by }: TurnRequest): Promise<void> {
  return change(deps, tenant, held => {
    const others = held.filter(holder => !(holder.work === work && holder.by === by));
    return { result: undefined, write: others.length === held.length ? undefined : others };
  });
}

/** Decides on the item as it is, again where another was faster. */
async function change<R>(
  { catalog, ...deps }: TurnDeps,
  tenant: TenantRef,
  decide: (held: readonly TurnHolder[]) => { result: R; write: TurnHolder[] | undefined },
): Promise<R> {
  const [partition, sort] = placeOf(tenant);
  for (let race = 0; ; race++) {
    const item = await catalog.get(partition, sort);
    const { result, write } = decide(holdersIn(item));
    if (write === undefined) return result;
    const value: TenantTurns = { format: 'holdfast.tenant-turns/1', holders: write };
    try {
      await catalog.write([{ put: { partition, sort, value }, onlyIf: item ? { revision: item.revision } : 'absent' }]);
      return result;
    } catch (error) {
      if (!(error instanceof HoldfastError && error.code === 'lost-race') || race === MAX_RACES) throw error;
      await pause(deps, RACE_MS);
    }
  }
}

const placeOf = (tenant: TenantRef) => [`tenant#${tenant}#turns`, 'turns'] as const;

/** An item that is damaged is nobody's turn. */
function holdersIn(item: CatalogItem | undefined): readonly TurnHolder[] {
  return TenantTurns.safeParse(item?.value).data?.holders ?? [];
}

/** Soon at first, because most steps are short. */
function pauseBefore(deps: TurnDeps, look: number): Promise<void> {
  return pause(deps, Math.min(LONGEST_LOOK_MS, FIRST_LOOK_MS * 2 ** look));
}

async function pause({ pause: own }: Pick<TurnDeps, 'pause'>, milliseconds: number): Promise<void> {
  await (own ?? wait)(milliseconds);
}

function inRestore(): SourceError {
  return new SourceError('tenant-in-restore', 'A restore of this tenant is being applied; no snapshot was taken.', {
    hint: `Take the snapshot when the restore has ended. A restore that was killed stands in the way for ${TURN_MS / 1000} seconds.`,
  });
}

function snapshotRuns(): ConflictError {
  return new ConflictError('snapshot-running', 'A snapshot of this tenant did not end in time; nothing was written.', {
    hint: 'Stop the snapshot, or wait until it ends, and apply the restore again.',
  });
}
