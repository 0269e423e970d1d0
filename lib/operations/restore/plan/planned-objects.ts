/** What a plan will read: every object, the bytes of it, and the number of changes. */
import { IntegrityError } from '../../../domain/errors.ts';
import { type Lsn, parseLsn } from '../../../domain/lsn.ts';
import { digestKeyKey } from '../../../domain/object-key.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { SnapshotBody } from '../../../domain/snapshot-body.ts';
import { SYSTEM, type TenantRef } from '../../../domain/tenant.ts';
import type { ErasureItem } from '../../catalog/catalog-index.ts';
import { presentBytes } from '../../storage/present-object.ts';
import type { PlanContext } from './chain-of-plan.ts';
import type { VerifiedChain } from './verify-chain.ts';

type PlannedObject = RestorePlan['objects'][number];

export interface PlannedReads {
  readonly chain: VerifiedChain;
  readonly ref: TenantRef;
  readonly tables: ReadonlySet<string>;
  /** The position from which own segments are replayed; null: nothing is replayed. */
  readonly logFrom: Lsn | null;
}

/** Every object that staging will read; each exists with the size in its manifest. IntegrityError naming the object. */
export async function listObjects(
  ctx: PlanContext,
  { chain, ref, tables, logFrom }: PlannedReads,
  erased: readonly ErasureItem[],
): Promise<PlannedObject[]> {
  const { snapshot, incrementals, runs, documents } = chain;
  const wanted = new Map<string, { kind: PlannedObject['kind']; read: number; bytes?: number; sha256?: string }>();
  for (const { key, sha256 } of [snapshot, ...incrementals, ...documents])
    wanted.set(key, { kind: 'manifest', read: 0, sha256 });
  wanted.set(digestKeyKey(ref), { kind: 'key', read: 0 });
  const need = (
    source: { header: { objects: readonly { key: string; bytes: number }[] } },
    packs: readonly string[],
    block: { pack: number; length: number },
  ) => {
    const key = packs[block.pack]!;
    const known = wanted.get(key) ?? { kind: 'pack' as const, read: 0, bytes: sizeIn(source, key) };
    wanted.set(key, { ...known, read: known.read + block.length });
  };
  for (const { pack, length } of blocksOf(snapshot.body, tables)) need(snapshot, [pack], { pack: 0, length });
  for (const part of incrementals) for (const block of part.body.blocks) need(part, part.body.packs, block);
  for (const run of runs) {
    const segments = run.body.segments.filter(segment => isNeeded(segment, ref, logFrom));
    if (segments.some(segment => segment.tenant === SYSTEM && segment.sealedFor === undefined))
      wanted.set(digestKeyKey(SYSTEM), { kind: 'key', read: 0 });
    for (const block of segments.flatMap(segment => segment.blocks)) need(run, run.body.packs, block);
  }
  const objects = await Promise.all(
    [...wanted].map(async ([key, { kind, read, bytes, sha256 }]) => {
      const size = await presentBytes(ctx, key, bytes);
      return { key, kind, bytes: size, read: kind === 'pack' ? read : size, ...(sha256 && { sha256 }) };
    }),
  );
  for (const { key, sha256 } of erased) {
    const size = await presentBytes(ctx, key);
    objects.push({ key, kind: 'manifest', bytes: size, read: size, sha256 });
  }
  return objects;
}

/**
 * What the chunks of these tables need: blocks of each page in the manifest, once; of other pages, which are not opened
 * here, their own block and the sum in each pack.
 */
function blocksOf(body: SnapshotBody, tables: ReadonlySet<string>): { pack: string; length: number }[] {
  const blocks = new Map<string, { pack: string; length: number }>();
  for (const page of body.tables.filter(table => tables.has(table.table)).flatMap(table => table.pages)) {
    for (const { pack, offset, length } of page.content?.blocks ?? []) {
      const { key } = page.packs[pack]!;
      blocks.set(`${key} ${offset}`, { pack: key, length });
    }
    if (!page.stored) continue;
    const { pack, offset, length } = page.stored;
    blocks.set(`${pack} ${offset}`, { pack, length });
    for (const { key, bytes } of page.packs) blocks.set(`${key} ${pack} ${offset}`, { pack: key, length: bytes });
  }
  return [...blocks.values()];
}

function sizeIn(source: { header: { objects: readonly { key: string; bytes: number }[] } }, key: string): number {
  const listed = source.header.objects.find(object => object.key === key);
  if (listed) return listed.bytes;
  throw new IntegrityError('manifest-invalid', `A manifest uses the object ${key}, which it does not list.`, {
    hint: 'Nothing was written. Choose a target that another backup reaches.',
    details: { object: key },
  });
}

/** Changes that staging will replay. */
export function plannedChanges({ chain: { incrementals, runs }, ref, logFrom }: PlannedReads): number {
  const folded = incrementals.reduce((total, part) => total + part.body.changes, 0);
  const logged = runs.flatMap(run => run.body.segments).filter(segment => isNeeded(segment, ref, logFrom));
  return logged.reduce((total, segment) => total + segment.changes, folded);
}

/**
 * The position from which own segments are replayed: everything before it is in the snapshot or an incremental. Null:
 * nothing is replayed.
 */
export function logStart(plan: RestorePlan): Lsn | null {
  if (plan.replayFrom === null) return null;
  return parseLsn(plan.incrementals.at(-1)?.to ?? plan.replayFrom);
}

/** The tenant's own segments beyond the incrementals, and the unrouted ones over the entire replay. */
export function isNeeded(
  segment: { tenant: string; lastCommit: string },
  ref: string,
  logFrom: bigint | null,
): boolean {
  return (
    segment.tenant === SYSTEM ||
    (segment.tenant === ref && (logFrom === null || parseLsn(segment.lastCommit) > logFrom))
  );
}
