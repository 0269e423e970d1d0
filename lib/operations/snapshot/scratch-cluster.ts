/**
 * The scratch database of one read of the cluster's own backup: requested, looked at, removed, one call after another, under
 * a name that every call makes of its run. And the sweeper, which removes what a run left.
 *
 * Invariant: nothing is removed before it expires but by its own run; what cannot be removed is an alarm.
 */
import * as z from 'zod';
import { scratchPrefix } from '../../domain/cluster-backup.ts';
import { HoldfastError, InputError } from '../../domain/errors.ts';
import type { Deps } from '../../ports.ts';

const HOUR_MS = 3_600_000;
/** Longer than the state machine may run. */
const SCRATCH_HOURS = 12;
/** A scratch database that is older was not removed when it should have been. */
const OVERDUE_HOURS = 24;

/** Adapter of the service that restores the cluster's backups. Every call returns at once, and can be repeated. */
export interface ScratchClusters {
  begin(request: { readonly name: string; readonly time: Date; readonly expires: Date }): Promise<void>;
  /** Where it answers, once it does. */
  look(name: string): Promise<{ readonly host: string; readonly port: number } | undefined>;
  /** True once there is none of that name. */
  remove(name: string): Promise<boolean>;
  list(): Promise<
    readonly { readonly name: string; readonly created: Date | undefined; readonly expires: Date | undefined }[]
  >;
}

interface ScratchDeps extends Pick<Deps, 'clock' | 'notifier'> {
  readonly scratch: ScratchClusters;
  /** Name of the installation's resources. */
  readonly name: string;
}

/** Input of the state machine that reads a tenant of the cluster's own backup. */
export const ClusterReadInput = z.strictObject({
  tenant: z.string().min(1),
  /** To which the backup is restored, ISO 8601 UTC. */
  moment: z.iso.datetime(),
  /** Names of tables to leave unread. */
  exclude: z.array(z.string().min(1)).default([]),
});

/** `run`: hexadecimal digest of the execution. */
export type ScratchStep =
  | { readonly step: 'begin'; readonly run: string; readonly moment: string }
  | { readonly step: 'look'; readonly run: string }
  | { readonly step: 'remove'; readonly run: string }
  | { readonly step: 'sweep' };

/** `done`: the database is requested, answers, or is gone; of a sweep, nothing overdue is left. Throws as the adapter. */
export async function scratchCluster(
  deps: ScratchDeps,
  asked: ScratchStep,
): Promise<{ readonly done: boolean; readonly host?: string; readonly port?: number; readonly left?: number }> {
  if (asked.step === 'sweep') return sweepScratch(deps);
  const { clock, scratch } = deps;
  const name = `${scratchPrefix(deps.name)}${asked.run.slice(0, 24)}`;
  if (asked.step === 'remove') return { done: await scratch.remove(name) };
  if (asked.step === 'look') {
    const found = await scratch.look(name);
    return { done: found !== undefined, ...found };
  }
  const now = clock.now().getTime();
  const time = new Date(asked.moment);
  if (time.getTime() > now)
    throw new InputError('bad-input', 'The moment is in the future.', { hint: 'Name a moment that has passed.' });
  await scratch.begin({ name, time, expires: new Date(now + SCRATCH_HOURS * HOUR_MS) });
  return { done: true };
}

/** One that cannot be removed stops no other. */
async function sweepScratch({ clock, notifier, scratch }: ScratchDeps) {
  const now = clock.now().getTime();
  const left: string[] = [];
  for (const { name, created, expires } of await listed({ notifier, scratch })) {
    const end = expires?.getTime() ?? (created?.getTime() ?? now) + SCRATCH_HOURS * HOUR_MS;
    if (end > now) continue;
    const requested = await scratch.remove(name).then(
      () => true,
      () => false,
    );
    const began = created?.getTime() ?? end - SCRATCH_HOURS * HOUR_MS;
    if (!requested || now - began > OVERDUE_HOURS * HOUR_MS) left.push(name);
  }
  if (left.length > 0) await alarm(notifier, `Scratch databases were not removed: ${left.join(', ')}.`, left.length);
  return { done: left.length === 0, left: left.length };
}

async function listed({ notifier, scratch }: Pick<ScratchDeps, 'notifier' | 'scratch'>) {
  try {
    return await scratch.list();
  } catch (error) {
    const code = error instanceof HoldfastError ? error.code : 'unexpected';
    await alarm(notifier, `RDS does not list the scratch databases (${code}): nobody knows whether one is left.`, 0);
    throw error;
  }
}

function alarm(notifier: Deps['notifier'], message: string, databases: number): Promise<void> {
  return notifier.notify({ severity: 'alarm', code: 'scratch-left', message, details: { databases } });
}
