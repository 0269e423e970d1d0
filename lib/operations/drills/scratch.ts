/**
 * The scratch database of a drill: made, worked in, removed. Invariant: it is removed however the work ends; what a killed
 * drill left is removed by the next one, and listed by `leftovers`.
 */
import type { DrillScratch } from '../../domain/drill.ts';
import type { Source } from '../../postgres/connection.ts';
import {
  createScratch,
  listScratch,
  removeScratch,
  type ScratchDatabase,
  type ScratchLeft,
} from '../../postgres/drill/scratch-database.ts';
import type { Context } from '../context.ts';
import { type DrillPlant, type DrillRun, problemOf, timedPhase } from './drill-run.ts';

/** Drills that began before this time and have no session are dead. */
const ABANDONED_MS = 24 * 3600 * 1000;

export interface Scratch extends ScratchDatabase {
  readonly described: DrillScratch;
}

/** SourceError `scratch-refused`; and what the work throws. */
export async function withScratch<T>(run: DrillRun, work: (scratch: Scratch) => Promise<T>): Promise<T> {
  const admin = adminOf(run);
  const made = await timedPhase(run, 'scratch', async () => {
    await removeAbandoned(admin, run.ctx.clock.now());
    return createScratch(admin, run.id, { template: run.plant.template });
  });
  try {
    return await work({ ...made, described: describeScratch(run, made) });
  } finally {
    await timedPhase(run, 'clean', () => made.drop()).catch(error => {
      run.findings.push(`The scratch database ${made.name} was not removed (${problemOf(error).code}).`);
    });
  }
}

function adminOf({ ctx, plant }: Pick<DrillRun, 'plant'> & { readonly ctx: Pick<Context, 'source'> }): Source {
  return plant.scratch ?? ctx.source;
}

/** The same server under another name would be `outside`: what the configuration says is compared, as text. */
export function describeScratch(
  { ctx, plant }: Pick<DrillRun, 'ctx' | 'plant'>,
  { name }: ScratchDatabase,
): DrillScratch {
  const server = serverOf(plant.scratch ?? ctx.source);
  const ofSource = plant.sourceServer ?? serverOf(ctx.source);
  return { place: server === ofSource ? 'source' : 'outside', server, database: name };
}

/** Removes what killed drills left. SourceError. */
export function removeAbandoned(admin: Source, now: Date): Promise<string[]> {
  return removeScratch(admin, new Date(now.getTime() - ABANDONED_MS));
}

function serverOf({ url }: Source): string {
  const { hostname, port } = new URL(url);
  return `${hostname || 'local socket'}:${port || '5432'}`;
}

/** Scratch databases on the server of drills. */
export function listDrillDatabases(
  ctx: Pick<Context, 'source'>,
  plant: Pick<DrillPlant, 'scratch'>,
): Promise<ScratchLeft[]> {
  return listScratch(plant.scratch ?? ctx.source);
}

/** Removes those that no session uses; their names. */
export function removeDrillDatabases(
  ctx: Pick<Context, 'source' | 'clock'>,
  plant: Pick<DrillPlant, 'scratch'>,
): Promise<string[]> {
  return removeScratch(plant.scratch ?? ctx.source, ctx.clock.now());
}
