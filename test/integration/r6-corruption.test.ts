/**
 * R6: a chain with a missing, truncated, altered, swapped or undecryptable object is refused before anything is written
 * to live tables, naming the object. Every stored object that a restore reads is damaged in every way, one at a time. A
 * log index is the only replaceable object: if damaged, it is named, and its runs are read instead.
 */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../lib/domain/errors.ts';
import type { LogBody } from '../../lib/domain/log-manifest.ts';
import { LOG_INDEXES_PREFIX } from '../../lib/domain/object-key.ts';
import type { RestorePlan } from '../../lib/domain/restore-plan.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { openFileVault } from '../../lib/local/file-vault.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { findManifest } from '../../lib/operations/catalog/find-manifest.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { planRestore } from '../../lib/operations/restore/plan/plan-restore.ts';
import { isNeeded, logStart } from '../../lib/operations/restore/plan/planned-objects.ts';
import { stageRestore } from '../../lib/operations/restore/stage/stage-restore.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import type { Vault } from '../../lib/ports.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { liveState, type StagedWorld, type State, stagedState, stagedWorld, stateAt } from '../support/staged-world.ts';

const MODEL = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.tenants', column: 'id' },
    { kind: 'direct', table: 'public.notes', column: 'tenant_id' },
    {
      kind: 'via',
      table: 'public.lines',
      path: [{ columns: ['note_id'], references: 'public.notes', referencedColumns: ['id'] }],
    },
  ],
});
const SQL = `
  CREATE TABLE tenants (id int PRIMARY KEY);
  CREATE TABLE notes (id int PRIMARY KEY, tenant_id int NOT NULL REFERENCES tenants, body text);
  CREATE TABLE lines (id int PRIMARY KEY, note_id int NOT NULL REFERENCES notes ON DELETE CASCADE, n int);
  INSERT INTO tenants VALUES (1), (2);
  INSERT INTO notes SELECT i, 1 + i % 2, 'body ' || i FROM generate_series(1, 40) i;
  INSERT INTO lines SELECT i, 1 + i % 40, i FROM generate_series(1, 80) i;`;

/** Ways to damage an object. `other`: the same kind of object of the other tenant, or an older version. */
const DAMAGES: Record<string, (bytes: Buffer, other: Buffer, used: Range) => Uint8Array | undefined> = {
  removed: () => undefined,
  truncated: bytes => bytes.subarray(0, bytes.byteLength - 1),
  'cut in half': bytes => bytes.subarray(0, bytes.byteLength >> 1),
  'flipped in the middle': (bytes, _other, used) => flip(bytes, (used.start + used.end) >> 1),
  'flipped at the end': (bytes, _other, used) => flip(bytes, used.end - 3),
  swapped: (_bytes, other) => other,
};

/** The bytes of an object that this tenant's restore reads: a log pack holds other tenants' segments too. */
interface Range {
  readonly start: number;
  readonly end: number;
}

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}

describe.each(PG_VERSIONS)('R6 on PostgreSQL %i', version => {
  let w: StagedWorld;
  beforeAll(async () => {
    const db = await testDatabase(version);
    await db.query(SQL);
    // Small chunks and pages, so that most of the lists of chunks are stored beside them.
    const small = { chunkBytes: 100, blockBytes: 300, pageChunks: 2 };
    w = await stagedWorld(db, MODEL, defaultSettings({ ...small, logIndex: { runs: 2, shardSegments: 1 } }));
    await shipLog(w.ctx);
    for (const tenant of ['1', '2']) await takeSnapshot(w.ctx, tenantId(tenant));
    const work = async (n: number) => {
      await db.query(`UPDATE notes SET body = body || ' ${n}' WHERE id < 20; DELETE FROM lines WHERE id = ${n}`);
      await db.query(`INSERT INTO lines VALUES (${100 + n}, 2, 1), (${200 + n}, 3, 1)`);
      w.deps.clock.advance(60_000);
      await shipLog(w.ctx);
    };
    for (const n of [1, 2]) await work(n);
    await foldIncrementals(w.ctx);
    for (const n of [3, 4]) await work(n);
    for (const tenant of ['1', '2']) {
      await eraseSubject(w.ctx, tenantId(tenant), {
        table: 'public.notes',
        keys: [['7'], ['8']],
        requestedBy: 'test',
        reason: 'test',
      });
    }
  });
  afterAll(async () => {
    await w.dispose();
  });

  it('refuses every object of the chain in every damaged state, and names it', async () => {
    const plan = await planRestore(w.ctx, tenantId('1'), 'latest');
    const other = await planRestore(w.ctx, tenantId('2'), 'latest');
    expect(plan.incrementals.length).toBeGreaterThan(0);
    const kinds = new Set(plan.objects.map(object => object.key.replace(/[^/]*$/, '')));
    expect([...kinds].some(prefix => prefix.endsWith('packs/') && prefix.startsWith('tenants/'))).toBe(true);
    expect(kinds).toContain(LOG_INDEXES_PREFIX);
    const before = await liveState(w.ctx, '1');
    const state = await stateAt(w.ctx, '1', 'latest');
    for (const [index, object] of plan.objects.entries()) {
      const replacement = substitute(object.key, plan.objects, other.objects, index);
      for (const [name, damage] of Object.entries(DAMAGES)) {
        const original = Buffer.from(await w.ctx.vault.get(object.key));
        const swapped = Buffer.from(await w.ctx.vault.get(replacement));
        if (name === 'swapped' && swapped.equals(original)) continue;
        const used = (await usedRange(w.ctx, plan, object.key)) ?? { start: 0, end: original.byteLength };
        await w.deps.tamper(object.key, bytes => damage(bytes, swapped, used));
        if (object.key.startsWith(LOG_INDEXES_PREFIX)) {
          await readWithoutIndex(object.key, name, state);
          await restoreObject(w, object.key, original);
          continue;
        }
        const error = await refusal(await freshContext(w));
        expect(error, `${name} ${object.key} was accepted`).toBeInstanceOf(HoldfastError);
        expect(`${error!.message} ${JSON.stringify(error!.details)}`, `${name}: ${error!.code}`).toContain(object.key);
        await restoreObject(w, object.key, original);
      }
    }
    expect(await refusal(await freshContext(w))).toBeUndefined();
    expect(await liveState(w.ctx, '1')).toEqual(before);
    expect(await w.db.query(`SELECT 1 FROM pg_namespace WHERE nspname LIKE 'holdfast_stage%'`)).toEqual([]);
  });

  async function readWithoutIndex(key: string, name: string, state: State): Promise<void> {
    const context = await freshContext(w);
    w.deps.notices.length = 0;
    const plan = await planRestore(context, tenantId('1'), 'latest');
    const refused = { severity: 'alarm', code: 'log-index-refused', details: { object: key } };
    expect(w.deps.notices, `${name} ${key}`).toContainEqual(expect.objectContaining(refused));
    expect(plan.notes.some(note => note.includes(key))).toBe(true);
    expect(plan.objects.map(object => object.key)).not.toContain(key);
    expect(await stateAt(context, '1', 'latest'), `${name} ${key}`).toEqual(state);
  }

  it('refuses a run only if both its manifest and its index are damaged, and names it', async () => {
    const plan = await planRestore(w.ctx, tenantId('1'), 'latest');
    const state = await stateAt(w.ctx, '1', 'latest');
    const index = plan.objects.find(object => object.key.startsWith(LOG_INDEXES_PREFIX))!.key;
    const listed = new Set(plan.objects.map(object => object.key));
    const indexed = plan.runs.filter(run => !listed.has(run.key));
    expect(indexed.length).toBeGreaterThan(1);
    const shard = Buffer.from(await w.ctx.vault.get(index));
    for (const { key } of indexed) {
      const manifest = Buffer.from(await w.ctx.vault.get(key));
      await w.deps.tamper(key, bytes => flip(bytes, bytes.byteLength >> 1));
      expect(await stateAt(await freshContext(w), '1', 'latest')).toEqual(state);
      await w.deps.tamper(index, bytes => flip(bytes, bytes.byteLength >> 1));
      const error = await refusal(await freshContext(w));
      expect(error, 'both were damaged').toMatchObject({ code: 'manifest-invalid', details: { object: key } });
      await restoreObject(w, key, manifest);
      await restoreObject(w, index, shard);
    }
  });

  it('stages a plan in another process, whether that reads the index or the runs', async () => {
    const plan = await planRestore(w.ctx, tenantId('1'), 'latest');
    const state = await stateAt(w.ctx, '1', 'latest');
    const index = plan.objects.find(object => object.key.startsWith(LOG_INDEXES_PREFIX))!.key;
    const shard = Buffer.from(await w.ctx.vault.get(index));
    const kept = JSON.parse(JSON.stringify(plan)) as RestorePlan;
    const staged = async () => {
      const staging = await stageRestore(await freshContext(w), kept, w.ctx.source);
      try {
        return await stagedState(staging);
      } finally {
        await staging.drop();
      }
    };
    expect(await staged()).toEqual(state);
    await w.deps.tamper(index, () => undefined);
    expect(await staged()).toEqual(state);
    await restoreObject(w, index, shard);
  });

  it('raises an alarm when a verification fails, and records it', async () => {
    const ok = await verifyBackup(w.ctx, tenantId('2'));
    expect(ok.rows).toBeGreaterThan(0);
    const ref = refOf(w.ctx, tenantId('2'));
    const verified = async () =>
      (await backups.list(w.ctx.catalog, ref)).find(item => item.id === ok.backup)?.verified?.ok;
    expect(await verified()).toBe(true);
    const plan = await planRestore(w.ctx, tenantId('2'), { kind: 'snapshot', backup: ok.backup });
    const pack = plan.objects.find(object => object.kind === 'pack')!.key;
    const original = Buffer.from(await w.ctx.vault.get(pack));
    await w.deps.tamper(pack, bytes => flip(bytes, bytes.byteLength >> 1));
    await expect(verifyBackup(await freshContext(w), tenantId('2'))).rejects.toMatchObject({ code: 'object-altered' });
    expect(w.deps.notices.at(-1)).toMatchObject({ severity: 'alarm', code: 'object-altered' });
    expect(await verified()).toBe(false);
    await restoreObject(w, pack, original);
  });

  it('omits erased rows and the rows that refer to them', async () => {
    const state = await stateAt(w.ctx, '2', 'latest');
    const live = await liveState(w.ctx, '2');
    expect(live['public.notes']!.some(row => row.startsWith('(7,'))).toBe(true);
    expect(state['public.notes']).toEqual(live['public.notes']!.filter(row => !row.startsWith('(7,')));
    expect(state['public.lines']).toEqual(live['public.lines']!.filter(row => !/^\(\d+,7,/.test(row)));
  });
});

async function usedRange(ctx: Context, plan: RestorePlan, key: string): Promise<Range | undefined> {
  for (const run of plan.runs) {
    const body = (await findManifest(ctx, run.key)).content?.body as LogBody;
    if (!body.packs.includes(key)) continue;
    const block = body.segments.find(entry => isNeeded(entry, plan.tenant, logStart(plan)))!.blocks[0]!;
    return { start: block.offset, end: block.offset + block.length };
  }
  return undefined;
}

/** An object of the same kind: the other tenant's, else an older one of this chain. */
function substitute(
  key: string,
  own: readonly { key: string }[],
  others: readonly { key: string }[],
  index: number,
): string {
  const kindOf = (text: string) => text.replace(/^tenants\/[^/]+\//, 'tenants/').replace(/[^/]*$/, '');
  const alike = (candidate: { key: string }) => candidate.key !== key && kindOf(candidate.key) === kindOf(key);
  const found =
    others.find(alike) ??
    own.find((candidate, place) => place !== index && alike(candidate)) ??
    others.find(candidate => candidate.key !== key);
  return found!.key;
}

/**
 * Empty caches: a new process, with a vault adapter that does not check digests itself (as S3 would not on reads of
 * ranges).
 */
async function freshContext(world: StagedWorld): Promise<Context> {
  const vault: Vault = await openFileVault(join(world.deps.dir, 'vault'), world.deps.clock);
  return { ...world.ctx, vault, memory: processMemory() };
}

async function refusal(ctx: Context): Promise<HoldfastError | undefined> {
  try {
    const plan = await planRestore(ctx, tenantId('1'), 'latest');
    const staging = await stageRestore(ctx, plan, ctx.source);
    await staging.drop();
    return undefined;
  } catch (error) {
    if (error instanceof HoldfastError) return error;
    throw error;
  }
}

async function restoreObject(world: StagedWorld, key: string, bytes: Buffer): Promise<void> {
  if (await world.ctx.vault.head(key)) await world.deps.tamper(key, () => bytes);
  else await world.ctx.vault.put(key, bytes, { retainUntil: new Date('2030-01-01') });
}
