/**
 * The verified manifests of a plan: as they were when this process made the plan, or read again by the digests that it
 * names. Invariant: what is staged is exactly the plan, or it is refused as outdated.
 */
import { InputError } from '../../../domain/errors.ts';
import { parseLsn } from '../../../domain/lsn.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { MemoryPart } from '../../../ports.ts';
import { recoveryMaterial } from '../../catalog/recovery-material.ts';
import type { Context } from '../../context.ts';
import { proveClusterRead } from './prove-cluster-read.ts';
import { type VerifiedChain, verifyChain, verifySnapshot } from './verify-chain.ts';

export type PlanContext = Pick<
  Context,
  'installation' | 'vault' | 'keyring' | 'signer' | 'catalog' | 'clock' | 'random' | 'notifier' | 'memory' | 'model'
>;

/** Chains verified for plans of this process, by the plan's id, so that staging need not read their manifests again. */
const PROVED: MemoryPart<Map<string, VerifiedChain>> = { make: () => new Map() };

/** Plans that wait for staging at the same time; the manifests of older ones are read again. */
const MOST = 8;

export function rememberChain({ memory }: Pick<PlanContext, 'memory'>, plan: RestorePlan, chain: VerifiedChain): void {
  const proved = memory.of(PROVED).set(plan.id, chain);
  for (const oldest of proved.keys()) {
    if (proved.size <= MOST) break;
    proved.delete(oldest);
  }
}

/** The plan names exactly the manifests of the chain. */
function isOf(chain: VerifiedChain, { snapshot, incrementals, runs }: RestorePlan): boolean {
  const named = [snapshot, ...incrementals, ...runs].map(({ sha256 }) => sha256);
  const proved = [chain.snapshot, ...chain.incrementals, ...chain.runs].map(({ sha256 }) => sha256);
  return named.join() === proved.join();
}

/** The chain of a plan: as verified when it was made, or read again by the digests that it names. */
export async function chainOfPlan(ctx: PlanContext, plan: RestorePlan): Promise<VerifiedChain> {
  const known = ctx.memory.of(PROVED).get(plan.id);
  if (known && isOf(known, plan)) return known;
  if (plan.target.kind === 'cluster-read') {
    const { chain } = await proveClusterRead(ctx, plan.tenant, plan.snapshot.id);
    if (!isOf(chain, plan)) throw outdated();
    return chain;
  }
  const named = new Set(plan.runs.map(run => run.sha256));
  const found = await recoveryMaterial(ctx, plan.tenant);
  // Later runs may also reach the target: the plan's runs are the verified ones.
  const at = { ...found, runs: found.runs.filter(run => named.has(run.sha256)) };
  const listed = [plan.snapshot, ...plan.incrementals].every(({ id, sha256 }) =>
    at.backups.some(item => item.id === id && item.sha256 === sha256),
  );
  if (!listed) throw outdated();
  if (plan.replayFrom === null)
    return verifySnapshot(ctx, at.tenant, at.backups.find(item => item.id === plan.snapshot.id)!);
  const snapshot = at.material.snapshots.find(range => range.id === plan.snapshot.id)!;
  const incrementals = plan.incrementals.map(({ id }) => at.material.incrementals.find(range => range.id === id)!);
  const chain = { snapshot, incrementals, logFrom: incrementals.at(-1)?.to ?? snapshot.from, runs: [] };
  const verified = await verifyChain(ctx, at, chain, parseLsn(plan.target.lsn));
  if (verified.runs.map(run => run.sha256).join() !== plan.runs.map(run => run.sha256).join()) throw outdated();
  return verified;
}

function outdated(): InputError {
  return new InputError('plan-outdated', 'The backups to restore from have changed since this plan was made.', {
    hint: 'Make the plan again.',
  });
}
