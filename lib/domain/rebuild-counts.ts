/**
 * What a rebuild of the catalog counts, as it passes from function to function: small, because a state holds that of a
 * thousand shards.
 */
import { z } from 'zod';

const Count = z.number().int().nonnegative();

export const RebuildCounts = z.strictObject({
  tenants: Count,
  snapshots: Count,
  incrementals: Count,
  runs: Count,
  logIndexes: Count,
  erasures: Count,
  restores: Count,
  /** Manifests that do not verify, or that no chain leads to. */
  leftOut: Count,
  /** The first of them: the functions' logs name all. */
  first: z.array(z.strictObject({ key: z.string(), why: z.string() })),
  /** Tenants whose key is gone: listed by their headers. */
  withoutKey: Count,
});
export type RebuildCounts = z.infer<typeof RebuildCounts>;

/** Of what is left out, in all: the result must fit in a state. */
export const SHOWN_LEFT_OUT = 100;

export const NOTHING_REBUILT: RebuildCounts = {
  ...{ tenants: 0, snapshots: 0, incrementals: 0, runs: 0, logIndexes: 0, erasures: 0, restores: 0 },
  ...{ leftOut: 0, first: [], withoutKey: 0 },
};

/** Both together; of what was left out, the first `shown`. */
export function addCounts(one: RebuildCounts, other: RebuildCounts, shown: number): RebuildCounts {
  const sum = (name: Exclude<keyof RebuildCounts, 'first'>) => one[name] + other[name];
  return {
    ...{ tenants: sum('tenants'), snapshots: sum('snapshots'), incrementals: sum('incrementals'), runs: sum('runs') },
    logIndexes: sum('logIndexes'),
    ...{ erasures: sum('erasures'), restores: sum('restores'), leftOut: sum('leftOut'), withoutKey: sum('withoutKey') },
    first: [...one.first, ...other.first].slice(0, shown),
  };
}
