/**
 * The counts of a catalog rebuild, passed from function to function: small, because a state contains those of a
 * thousand shards.
 */
import * as z from 'zod';

const Count = z.number().int().nonnegative();

export const RebuildCounts = z.strictObject({
  tenants: Count,
  snapshots: Count,
  incrementals: Count,
  runs: Count,
  logIndexes: Count,
  erasures: Count,
  restores: Count,
  /** Manifests that do not verify, or that are in no chain. */
  leftOut: Count,
  /** The first of them; the functions' logs list all. */
  first: z.array(z.strictObject({ key: z.string(), why: z.string() })),
  /** Tenants with a destroyed key: listed by their headers. */
  withoutKey: Count,
});
export type RebuildCounts = z.infer<typeof RebuildCounts>;

/** Maximum number of listed omissions: the result must fit in a state. */
export const SHOWN_LEFT_OUT = 100;

export const NOTHING_REBUILT: RebuildCounts = {
  ...{ tenants: 0, snapshots: 0, incrementals: 0, runs: 0, logIndexes: 0, erasures: 0, restores: 0 },
  ...{ leftOut: 0, first: [], withoutKey: 0 },
};

/** The sum of both; of the omissions, the first `shown`. */
export function addCounts(one: RebuildCounts, other: RebuildCounts, shown: number): RebuildCounts {
  const sum = (name: Exclude<keyof RebuildCounts, 'first'>) => one[name] + other[name];
  return {
    ...{ tenants: sum('tenants'), snapshots: sum('snapshots'), incrementals: sum('incrementals'), runs: sum('runs') },
    logIndexes: sum('logIndexes'),
    ...{ erasures: sum('erasures'), restores: sum('restores'), leftOut: sum('leftOut'), withoutKey: sum('withoutKey') },
    first: [...one.first, ...other.first].slice(0, shown),
  };
}
