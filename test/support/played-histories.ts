/**
 * How the properties of R1 are run: HOLDFAST_HISTORIES sets the number of histories, HOLDFAST_SEED=seed[:path] replays
 * one, HOLDFAST_SHRINK searches for a smaller failing one.
 */
import fc from 'fast-check';
import { PG_VERSIONS } from './postgres.ts';

const [seed, path] = (process.env.HOLDFAST_SEED ?? '').split(/:(.*)/s);

/** A failed history is replayed on purpose: requirements on all histories together do not apply. */
export const REPLAYS = Boolean(seed);

/** Histories per version of PostgreSQL. */
export function historiesPerVersion(usual: number): number {
  return Math.max(1, Math.round(Number(process.env.HOLDFAST_HISTORIES ?? usual) / PG_VERSIONS.length));
}

/** `usualSeed`: the seed of an ordinary run; without it every run has its own histories. */
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
