/**
 * The tenants of a drill: who is there, who waits longest, and one of them restored to a moment of its window and judged
 * by the objective of its tier. Invariant: what fails for one tenant is in the record under that tenant and stops no other.
 */
import { type DrilledTenant, type DrillProblem, drillOutcome, type ProvedRestore } from '../../domain/drill.ts';
import { chance, momentOf } from '../../domain/drill-choice.ts';
import { InputError, TargetError } from '../../domain/errors.ts';
import { OBJECTIVES } from '../../domain/objectives.ts';
import { type TenantId, type TenantRef, tenantId } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { ScratchDatabase } from '../../postgres/drill/scratch-database.ts';
import { tenants } from '../catalog/catalog-index.ts';
import { timeline } from '../catalog/timeline.ts';
import { type Context, refOf } from '../context.ts';
import { verifyBackup } from '../verify/verify-backup.ts';
import { type DrillRun, problemOf } from './drill-run.ts';
import { restoreIntoScratch } from './restore-into-scratch.ts';

export interface PresentTenant {
  readonly ref: TenantRef;
  readonly id: TenantId;
  /** When it was first seen. */
  readonly since: string;
}

/** Those of whom a restore is expected to succeed: they did not leave, and their key exists. */
export async function presentForDrills(deps: Pick<Deps, 'catalog'>): Promise<PresentTenant[]> {
  const listed = await tenants.list(deps.catalog);
  return listed.flatMap(({ ref, tenantId: id, firstSeen, left, destruction }) =>
    id === null || left || destruction ? [] : [{ ref, id: tenantId(id), since: firstSeen }],
  );
}

/** The tenants asked for, or those that `choose` takes of all. InputError `no-tenants`, `unknown-tenant`. */
export async function chooseTenants(
  run: DrillRun,
  deps: Pick<Deps, 'catalog'>,
  choose: (present: readonly PresentTenant[]) => PresentTenant[],
): Promise<PresentTenant[]> {
  const present = await presentForDrills(deps);
  const { tenants: asked } = run.asked;
  const chosen = asked === undefined ? choose(present) : asked.map(id => present.find(each => each.id === id));
  if (chosen.includes(undefined)) throw unknownDrillTenant();
  if (chosen.length > 0) return chosen as PresentTenant[];
  throw new InputError('no-tenants', 'There is no tenant to drill.', {
    hint: 'Protect the fleet first: `holdfast snapshot --all`.',
  });
}

export function unknownDrillTenant(): InputError {
  return new InputError('unknown-tenant', 'A tenant of the drill is not protected, has left, or was destroyed.', {
    hint: '`holdfast status` lists the protected tenants.',
  });
}

/** How many moments are tried where one is refused for a reason that the timeline lists. */
export const MOMENTS = 5;

export interface TenantDrill {
  readonly scratch: ScratchDatabase;
  /** Also compares the snapshot under it with the counts and checksums of its signed manifest. */
  readonly verify?: boolean;
  /** Default: random in the tenant's window. */
  readonly moment?: string | undefined;
}

/** Restores and proves. Never throws for what belongs to the tenant. `ctx`: of the stores to restore from. */
export async function drillTenant(
  run: DrillRun,
  ctx: Context,
  { ref, id }: PresentTenant,
  { scratch, verify = false, moment = run.asked.moment }: TenantDrill,
): Promise<DrilledTenant> {
  const refused: DrilledTenant['refused'] = [];
  let restore: ProvedRestore | null = null;
  let problem: DrillProblem | null = null;
  try {
    restore = await atSomeMoment(run, { ctx, id, moment, refused }, chosen =>
      restoreIntoScratch(ctx, scratch, { drill: run.id, tenant: id, moment: chosen }),
    );
    if (verify) restore = { ...restore, backup: await verified(ctx, id, restore.snapshot, scratch) };
  } catch (error) {
    problem = problemOf(error);
  }
  return judged(run, ref, { restore, refused, problem });
}

/** By the objective of its tier; what is wrong becomes a finding. */
export function judged(
  run: Pick<DrillRun, 'plant' | 'findings'>,
  ref: TenantRef,
  { restore, refused, problem }: Pick<DrilledTenant, 'restore' | 'refused' | 'problem'>,
): DrilledTenant {
  const tier = run.plant.tierOf(ref);
  const objectiveMs = OBJECTIVES[tier].recoveryTimeSeconds * 1000;
  const drilled = { tenant: ref, tier, objectiveMs, outcome: drillOutcome(restore, problem, objectiveMs), restore };
  noteFinding(run, drilled, problem);
  return { ...drilled, refused, problem };
}

interface Somewhen {
  readonly ctx: Context;
  readonly id: TenantId;
  readonly moment: string | undefined;
  readonly refused: DrilledTenant['refused'];
}

/** What `work` returns for the moment asked for, or for a random one that is not refused; those that are go into `refused`. */
export async function atSomeMoment<T>(
  run: Pick<DrillRun, 'seed'>,
  { ctx, id, moment, refused }: Somewhen,
  work: (moment: string) => Promise<T>,
): Promise<T> {
  if (moment !== undefined) return work(moment);
  const { window } = await timeline(ctx, id);
  for (let attempt = refused.length + 1; ; attempt++) {
    const chosen = momentOf(window, chance(run.seed, `${refOf(ctx, id)} ${attempt}`));
    try {
      return await work(chosen);
    } catch (error) {
      if (!(error instanceof TargetError) || attempt === MOMENTS || chosen === 'latest') throw error;
      refused.push({ moment: chosen, code: error.code });
    }
  }
}

async function verified(
  ctx: Context,
  id: TenantId,
  backup: string,
  scratch: ScratchDatabase,
): Promise<ProvedRestore['backup']> {
  const { rows, tables } = await verifyBackup(ctx, id, { backup, into: scratch.source });
  return { rows, tables: tables.length };
}

function noteFinding(
  run: Pick<DrillRun, 'findings'>,
  { tenant, outcome, restore, objectiveMs }: Omit<DrilledTenant, 'refused' | 'problem'>,
  problem: DrillProblem | null,
): void {
  if (outcome === 'passed') return;
  if (problem) run.findings.push(`Tenant ${tenant}: ${problem.message} (${problem.code})`);
  else if (outcome === 'slow')
    run.findings.push(`Tenant ${tenant}: restored in ${restore?.recoveryMs} ms, the objective is ${objectiveMs} ms.`);
  else
    run.findings.push(
      `Tenant ${tenant}: ${restore?.differing} rows differ, ${restore?.brokenReferences} references are broken.`,
    );
}
