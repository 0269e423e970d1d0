/**
 * How the properties of R1 are run: HOLDFAST_HISTORIES says how many histories, HOLDFAST_SEED=seed[:path] replays one,
 * HOLDFAST_SHRINK looks for a smaller one that fails.
 */
import fc from 'fast-check';
import { PG_VERSIONS } from './postgres.ts';

const [seed, path] = (process.env.HOLDFAST_SEED ?? '').split(/:(.*)/s);

/** A failed history is played again on purpose: what all histories together must show does not count. */
export const REPLAYS = Boolean(seed);

/** Histories for each version of PostgreSQL. */
export function historiesPerVersion(usual: number): number {
  return Math.max(1, Math.round(Number(process.env.HOLDFAST_HISTORIES ?? usual) / PG_VERSIONS.length));
}

/** `usualSeed`: of a run of which nobody asked for more; without it every run has histories of its own. */
export function playOptions<T>(runs: number, usualSeed?: number): fc.Parameters<T> {
  const fixed = seed || (process.env.HOLDFAST_HISTORIES === undefined ? usualSeed : undefined);
  return {
    numRuns: runs,
    endOnFailure: process.env.HOLDFAST_SHRINK === undefined,
    ...(fixed === undefined ? {} : { seed: Number(fixed) }),
    ...(path ? { path } : {}),
    reporter(details) {
      if (!details.failed) return;
      const replay = `HOLDFAST_SEED=${details.seed}:${details.counterexamplePath}`;
      throw new Error(`R1 does not hold; replay with ${replay}\n${fc.defaultReportMessage(details)}`, {
        cause: details.errorInstance,
      });
    },
  };
}
