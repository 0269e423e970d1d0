/**
 * Cuts a fleet into shards with a list that fits in one state of Step Functions, for any number of tenants. A shard
 * is a range of references; if only some of them are selected, it lists them by name while they are few, else by one
 * bit each: a reference is 26 characters, and 10,000 of them would not fit.
 *
 * Invariant: every selected tenant is in exactly one shard. A range that changed since it was cut is processed
 * entirely: a tenant too many is only work, a tenant too few has no backup.
 */
import * as z from 'zod';

/** Maximum number of shards: one child execution each, and their list is part of the state (256 KiB). */
export const MAX_SHARDS = 1000;
/** More selected references than this are encoded as bits. */
export const MAX_NAMED = 2000;

export const Shard = z.strictObject({
  from: z.string(),
  to: z.string(),
  /** Exactly these. */
  only: z.array(z.string()).optional(),
  /** Bit n (from the least of byte 0, base64): whether the n-th of the `of` tenants in the range is selected. */
  pick: z.strictObject({ of: z.number().int(), bits: z.string() }).optional(),
});
export type Shard = z.infer<typeof Shard>;

/** `known` and `chosen` in order; `chosen` undefined: all of them. */
export function cutShards(known: readonly string[], chosen?: readonly string[]): Shard[] {
  if (chosen === undefined) return ranges(known).map(members => ends(members));
  if (chosen.length <= MAX_NAMED) return ranges(chosen).map(members => ({ ...ends(members), only: [...members] }));
  const wanted = new Set(chosen);
  return ranges(known).flatMap(members => {
    const flags = members.map(ref => wanted.has(ref));
    return flags.includes(true) ? [{ ...ends(members), pick: { of: members.length, bits: toBits(flags) } }] : [];
  });
}

/**
 * The same for selected tenants in groups, each in its own order: the shards of an earlier group come first. Few tenants
 * keep their order; of many, the shards of a group are in the order of the member that comes first.
 */
export function cutShardsInOrder(known: readonly string[], groups: readonly (readonly string[])[]): Shard[] {
  const chosen = groups.flat();
  if (chosen.length <= MAX_NAMED) return ranges(chosen).map(members => ({ ...bounds(members), only: [...members] }));
  const place = new Map(known.map((ref, index) => [ref, index]));
  const spare = MAX_SHARDS - groups.length;
  return groups.flatMap(group => {
    const most = 1 + Math.floor((spare * group.length) / chosen.length);
    const rank = new Map(group.map((ref, index) => [ref, index]));
    const first = (members: readonly string[]) => Math.min(...members.map(ref => rank.get(ref)!));
    const shards = ranges([...group].sort(), most).map(members => ({ members, first: first(members) }));
    return shards.sort((a, b) => a.first - b.first).map(({ members }) => shardOf(known, place, members));
  });
}

function shardOf(known: readonly string[], place: ReadonlyMap<string, number>, members: readonly string[]): Shard {
  const present = known.slice(place.get(members[0]!)!, place.get(members.at(-1)!)! + 1);
  if (present.length === members.length) return ends(members);
  const wanted = new Set(members);
  return { ...ends(members), pick: { of: present.length, bits: toBits(present.map(ref => wanted.has(ref))) } };
}

/** The selected tenants among those now in the shard's range. */
export function membersOf({ pick }: Shard, present: readonly string[]): readonly string[] {
  if (pick === undefined || pick.of !== present.length) return present;
  const bytes = Buffer.from(pick.bits, 'base64');
  return present.filter((_, index) => ((bytes[index >> 3]! >> (index & 7)) & 1) === 1);
}

function ranges(refs: readonly string[], most = MAX_SHARDS): string[][] {
  const size = Math.max(1, Math.ceil(refs.length / most));
  return Array.from({ length: Math.ceil(refs.length / size) }, (_, n) => refs.slice(n * size, (n + 1) * size));
}

function ends(members: readonly string[]): { from: string; to: string } {
  return { from: members[0]!, to: members.at(-1)! };
}

/** Of members in any order. */
function bounds(members: readonly string[]): { from: string; to: string } {
  return ends([...members].sort());
}

function toBits(flags: readonly boolean[]): string {
  const bytes = Buffer.alloc(Math.ceil(flags.length / 8));
  for (const [index, flag] of flags.entries()) if (flag) bytes[index >> 3]! |= 1 << (index & 7);
  return bytes.toString('base64');
}
