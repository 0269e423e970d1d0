/**
 * Log indexes on a real vault and catalog: a reader of one tenant gets from them exactly the entries of the runs, from
 * one document per hour; one that is missing, altered or swapped costs time and an alarm, never a change.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shardOf } from '../../../lib/domain/log-index.ts';
import { LogBody } from '../../../lib/domain/log-manifest.ts';
import { parseLsn } from '../../../lib/domain/lsn.ts';
import { logIndexKey } from '../../../lib/domain/object-key.ts';
import type { RetentionPolicy } from '../../../lib/domain/retention.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { openFileVault } from '../../../lib/local/file-vault.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { openSqliteCatalog } from '../../../lib/local/sqlite-catalog.ts';
import { runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { findManifest } from '../../../lib/operations/catalog/find-manifest.ts';
import { type LogIndexItem, logIndexes } from '../../../lib/operations/catalog/log-items.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { indexLog } from '../../../lib/operations/log/index-log.ts';
import { catalogRun } from '../../../lib/operations/log/log-run.ts';
import { readRuns, readRunsBetween } from '../../../lib/operations/log/logged-runs.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { changedKeys } from '../../../lib/operations/snapshot/changed-keys.ts';
import { readManifest } from '../../../lib/operations/storage/manifest-store.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { addRun, countingVault, madeContext, refNamed, TABLE } from '../../support/made-log.ts';

const SMALL = { logIndex: { runs: 3, shardSegments: 4 } };
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];

let deps: LocalDeps;
let ctx: Context;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T00:00:30Z' });
  ctx = madeContext(deps, SMALL);
});
afterEach(() => deps.dispose());

/** Each run inserts a row of every other tenant, and occasionally one that could not be routed. */
async function busyLog(count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const who = NAMES.filter((_, at) => (at + n) % 2 === 0);
    const rows = Object.fromEntries(who.map(name => [name, n * 10 + NAMES.indexOf(name)]));
    await addRun(ctx, deps, n % 4 === 1 ? { ...rows, [SYSTEM]: 9000 + n } : rows);
  }
}

/** The tenant's changes in the log, read by a process with empty caches. */
async function changes(name: string, context: Context = ctx, drop = 0): Promise<string[]> {
  const all = await runs.list(ctx.catalog);
  const vault = await openFileVault(`${deps.dir}/vault`, deps.clock);
  const fresh = { ...context, vault: context.vault === ctx.vault ? vault : context.vault, memory: processMemory() };
  const keys = new Map([[TABLE, ['id']]]);
  const [from, to] = [parseLsn(all[drop]!.from), parseLsn(all.at(-1)!.to)];
  const found =
    (await changedKeys(fresh, refNamed(deps, name), from, to, { keys, references: new Map() })).keys.get(TABLE) ?? [];
  return found === 'all' ? ['all'] : found.map(([id]) => id!);
}

/** The same without any index. */
async function changesOfRuns(name: string): Promise<string[]> {
  const hidden = {
    ...ctx.catalog,
    query: (partition: string, range = {}) =>
      ctx.catalog.query(partition === 'log#indexes' ? 'nothing' : partition, range),
  };
  return changes(name, {
    ...ctx,
    catalog: {
      ...hidden,
      get: (...of) => ctx.catalog.get(...of),
      write: (...of) => ctx.catalog.write(...of),
      close: async () => {},
    },
  });
}

function shardKey(index: LogIndexItem, name: string): string {
  return logIndexKey(parseLsn(index.to), index.id, shardOf(refNamed(deps, name), index.bits));
}

const refusals = () => deps.notices.filter(notice => notice.code === 'log-index-refused');

describe('an indexed log', () => {
  it('equals its runs, for every tenant, from any position', async () => {
    await busyLog(11);
    expect((await indexLog(ctx)).map(index => [index.runs, index.bits > 0])).toEqual([
      [3, true],
      [3, true],
      [3, true],
    ]);
    for (const name of NAMES) {
      expect(await changes(name)).toEqual(await changesOfRuns(name));
      expect(await changes(name), name).toHaveLength(NAMES.indexOf(name) % 2 === 0 ? 9 : 8);
    }
    const all = await runs.list(ctx.catalog);
    for (const [at, first] of all.entries()) {
      for (const last of all.slice(at)) {
        const tenant = refNamed(deps, 'a');
        const wanted = all.slice(at, all.indexOf(last) + 1);
        const { runs: found } = await readRuns(ctx, tenant, wanted);
        expect(found.map(run => run.sha256)).toEqual(wanted.map(run => run.sha256));
        const between = await readRunsBetween(ctx, tenant, parseLsn(first.from), parseLsn(last.to));
        const shas = between.runs.map(run => run.sha256);
        // A run that merely touches an end may be included.
        expect(shas.slice(shas.indexOf(first.sha256)).slice(0, wanted.length)).toEqual(wanted.map(run => run.sha256));
        for (const run of found) {
          const same = between.runs.find(other => other.sha256 === run.sha256)!;
          expect(run.body).toEqual(same.body);
          expect(run.header).toMatchObject({
            from: same.header.from,
            to: same.header.to,
            previous: same.header.previous,
          });
        }
      }
    }
    expect(deps.notices).toEqual([]);
  });

  it('costs one object per hour and the runs of the last hour, not every run', async () => {
    ctx = madeContext(deps);
    const cost = async () => {
      const vault = countingVault(await openFileVault(`${deps.dir}/vault`, deps.clock));
      expect(await changes('a', { ...ctx, vault })).toEqual(['1']);
      return vault.asked.filter(key => key.startsWith('log/')).map(key => key.split('/')[1]);
    };
    await addRun(ctx, deps, { a: 1 });
    for (let n = 1; n < 190; n++) await addRun(ctx, deps, n % 3 === 0 ? { b: n } : {});
    expect((await cost()).filter(kind => kind === 'manifests')).toHaveLength(190);
    await indexLog(ctx);
    const asked = await cost();
    // 00:01 to 03:10: three hours are closed, and of the fourth there are the runs from 03:00 on.
    expect(asked.filter(kind => kind === 'indexes')).toHaveLength(3);
    expect(asked.filter(kind => kind === 'manifests')).toHaveLength(11);
    expect(asked.filter(kind => kind === 'packs')).toHaveLength(1);
    // A restore's chain, run by run as listed in the catalog, costs no more.
    const all = await runs.list(ctx.catalog);
    const vault = countingVault(await openFileVault(`${deps.dir}/vault`, deps.clock));
    const chain = await readRuns({ ...ctx, vault, memory: processMemory() }, refNamed(deps, 'a'), all);
    expect(chain.runs).toHaveLength(190);
    expect(vault.asked).toHaveLength(3 + 11);
    expect(chain.documents.map(document => document.key).sort()).toEqual(vault.asked.sort());
  });

  it('is readable where the manifests of its runs are missing, and where the index is missing, but not where both are', async () => {
    await busyLog(4);
    const [index] = await indexLog(ctx);
    const expected = await changes('a');
    const [, second] = await runs.list(ctx.catalog);
    const manifest = await ctx.vault.get(second!.key);
    await deps.tamper(second!.key, () => undefined);
    expect(await changes('a')).toEqual(expected);
    await deps.tamper(shardKey(index!, 'a'), () => undefined);
    await expect(changes('a')).rejects.toMatchObject({ code: 'object-missing', details: { object: second!.key } });
    await ctx.vault.put(second!.key, manifest, { retainUntil: new Date('2030-01-01') });
    expect(await changes('a')).toEqual(expected);
  });

  it('raises an alarm and is not trusted when a shard is missing, altered or replaced', async () => {
    await busyLog(8);
    const [first, second] = await indexLog(ctx);
    const other = NAMES.find(name => shardKey(first!, name) !== shardKey(first!, 'a'))!;
    const expected = await changesOfRuns('a');
    const key = shardKey(first!, 'a');
    const original = Buffer.from(await ctx.vault.get(key));
    const stored = async (place: string) => Buffer.from(await ctx.vault.get(place));
    const run = (await runs.list(ctx.catalog))[0]!;
    const damages: Record<string, Uint8Array | undefined> = {
      removed: undefined,
      'cut in half': original.subarray(0, original.byteLength >> 1),
      flipped: flip(original),
      'of other tenants': await stored(shardKey(first!, other)),
      'of another hour': await stored(shardKey(second!, 'a')),
      'a run': await stored(run.key),
    };
    for (const [name, bytes] of Object.entries(damages)) {
      deps.notices.length = 0;
      await deps.tamper(key, () => bytes);
      expect(await changes('a'), name).toEqual(expected);
      expect(refusals(), name).toMatchObject([{ severity: 'alarm', details: { object: key } }]);
      if (bytes === undefined) await ctx.vault.put(key, original, { retainUntil: new Date('2030-01-01') });
      else await deps.tamper(key, () => original);
    }
    deps.notices.length = 0;
    expect(await changes('a')).toEqual(expected);
    expect(deps.notices).toEqual([]);
  });

  it('is not trusted when the catalog lists other runs', async () => {
    await busyLog(4);
    await indexLog(ctx);
    const all = await runs.list(ctx.catalog);
    const forged = { ...all[1]!, sha256: 'f'.repeat(64) };
    const read = readRuns(ctx, refNamed(deps, 'a'), [all[0]!, forged, all[2]!]);
    await expect(read).rejects.toMatchObject({ code: 'manifest-invalid', details: { object: forged.key } });
    expect(refusals()).toHaveLength(1);
  });
});

describe('writing an index', () => {
  class Killed extends Error {}
  it.each(['index.after-shard', 'index.after-shards', 'index.after-catalog'] as const)(
    'killed at %s, the next run of the shipper completes it and readers see no difference',
    async point => {
      await busyLog(4);
      const crash = (at: string) => {
        if (at === point) throw new Killed();
      };
      await expect(indexLog({ ...ctx, crash })).rejects.toThrow(Killed);
      const expected = await changesOfRuns('a');
      expect(await changes('a')).toEqual(expected);
      const before = await listed('log/indexes/');
      await indexLog(ctx);
      const [index, ...more] = await logIndexes.list(ctx.catalog);
      expect(more).toEqual([]);
      const after = await listed('log/indexes/');
      expect(after.size).toBe(2 ** index!.bits);
      for (const [key, sha256] of before) expect(after.get(key)).toBe(sha256);
      expect(await changes('a')).toEqual(expected);
      expect(await indexLog(ctx)).toEqual([]);
      expect(deps.notices).toEqual([]);
    },
  );

  it('never builds on a run or a shard that does not verify: it raises an alarm, and the log continues', async () => {
    await busyLog(4);
    const [first] = await runs.list(ctx.catalog);
    const original = await ctx.vault.get(first!.key);
    await deps.tamper(first!.key, flip);
    expect(await indexLog(ctx)).toEqual([]);
    expect(deps.notices).toMatchObject([
      { severity: 'alarm', code: 'log-index-failed', details: { object: first!.key } },
    ]);
    await deps.tamper(first!.key, () => original);
    await expect(indexLog({ ...ctx, crash: at => Promise.reject(new Killed(at)) })).rejects.toThrow(Killed);
    const [[shard]] = [[...(await listed('log/indexes/')).keys()]] as [[string]];
    await deps.tamper(shard, flip);
    expect(await indexLog(ctx)).toEqual([]);
    expect(deps.notices.at(-1)).toMatchObject({ severity: 'alarm', details: { object: shard } });
    expect(await changes('a')).toEqual(await changesOfRuns('a'));
  });

  it('continues with the next stretch when one cannot be indexed, and reports it once', async () => {
    await busyLog(8);
    const [first] = await runs.list(ctx.catalog);
    const original = await ctx.vault.get(first!.key);
    await deps.tamper(first!.key, flip);
    expect(await indexLog(ctx)).toHaveLength(1);
    await busyLog(2);
    expect(await indexLog(ctx)).toHaveLength(1);
    expect(deps.notices.map(notice => notice.code)).toEqual(['log-index-failed']);
    await deps.tamper(first!.key, () => original);
    for (const name of NAMES) expect(await changes(name)).toEqual(await changesOfRuns(name));
    expect(refusals()).toEqual([]);
  });

  it('catches up on a log without indexes, a few at a time, and leaves the open hour', async () => {
    await busyLog(20);
    const sizes = [];
    for (let written = await indexLog(ctx); written.length > 0; written = await indexLog(ctx))
      sizes.push(written.length);
    expect(sizes).toEqual([4, 2]);
    expect(await changes('b')).toEqual(await changesOfRuns('b'));
  });

  it('is locked as long as its newest run', async () => {
    await busyLog(4);
    const [index] = await indexLog(ctx);
    const last = (await runs.list(ctx.catalog)).find(run => run.id === index!.id)!;
    const lock = async (key: string) => (await ctx.vault.head(key))!.retainUntil.toISOString();
    expect(await lock(shardKey(index!, 'a'))).toBe(await lock(last.key));
  });
});

describe('a new catalog', () => {
  it('lists complete indexes, and leaves out an incomplete one', async () => {
    await busyLog(8);
    const written = await indexLog(ctx);
    const rebuild = async () => {
      const catalog = openSqliteCatalog(':memory:');
      const result = await rebuildCatalog({ ...deps, catalog });
      const items = await logIndexes.list(catalog);
      await catalog.close();
      return { result, items };
    };
    const whole = await rebuild();
    expect(whole.items).toEqual(written);
    expect(whole.result).toMatchObject({ runs: 8, logIndexes: 2, leftOut: [] });
    const key = shardKey(written[0]!, 'a');
    await deps.tamper(key, () => undefined);
    const cut = await rebuild();
    expect(cut.items).toEqual(written.slice(1));
    expect(cut.result.leftOut).toMatchObject([{ why: 'shards of the index are missing' }]);
  });

  it('shows an index by the key of a shard', async () => {
    await busyLog(4);
    const [index] = await indexLog(ctx);
    const { header, content } = await findManifest(deps, shardKey(index!, 'a'));
    expect(header).toMatchObject({
      kind: 'log-index',
      tenant: 'system',
      from: index!.from,
      to: index!.to,
      objects: [],
    });
    expect(content?.kind === 'log-index' && content.body.runs).toHaveLength(3);
    // Nothing in the unencrypted part of the document reveals a tenant.
    for (const name of NAMES) expect(JSON.stringify(header)).not.toContain(refNamed(deps, name));
  });
});

describe('expiry', () => {
  const policy: RetentionPolicy = { dailyDays: 3, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 2 };
  const expire = async () => expireBackups(deps, await planExpiry(deps, () => policy));

  it('removes an index with the first of its runs, never before, and the remaining runs are still readable', async () => {
    ctx = madeContext(deps, { ...SMALL, retentionDays: { log: 2 } });
    await ctx.catalog.write([
      tenants.put({ ref: refNamed(deps, 'a'), tenantId: 'a', firstSeen: '2026-01-01T00:00:00Z' }),
    ]);
    await busyLog(5);
    await indexLog(ctx);
    deps.clock.advance(24 * 3600 * 1000);
    await busyLog(8);
    await indexLog(ctx);
    const written = await logIndexes.list(ctx.catalog);
    expect(written.map(index => index.runs)).toEqual([3, 2, 3, 3]);
    expect((await expire()).removedManifests).toBe(0);
    expect(await logIndexes.list(ctx.catalog)).toEqual(written);
    // The first four runs are out of the window, and out of their locks.
    deps.clock.set(new Date(Date.parse((await runs.list(ctx.catalog))[4]!.toTime) + 2 * 24 * 3600 * 1000 - 1000));
    const result = await expire();
    expect(result.removedManifests).toBe(4);
    const left = await logIndexes.list(ctx.catalog);
    // The second index lost a run; it is locked as long as the one that it still has, or a day.
    expect(left).toEqual(written.slice(1));
    expect(result.kept.map(each => each.key)).toEqual([logIndexKey(parseLsn(written[1]!.to), written[1]!.id, 0)]);
    expect(await changes('a')).toEqual(await changesOfRuns('a'));
    deps.clock.advance(20 * 60_000);
    await expire();
    expect(await logIndexes.list(ctx.catalog)).toEqual(written.slice(2));
    expect([...(await listed('log/indexes/')).keys()].length).toBe(
      written.slice(2).reduce((sum, index) => sum + 2 ** index.bits, 0),
    );
    expect(await changes('a')).toEqual(await changesOfRuns('a'));
    expect(deps.notices).toEqual([]);
  });
});

async function listed(prefix: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const object of ctx.vault.list(prefix)) found.set(object.key, object.sha256);
  return found;
}

function flip(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.byteLength >> 1]! ^= 1;
  return copy;
}

it('a run of a process that was suspended while others shipped does not take their place', async () => {
  await busyLog(3);
  const all = await runs.list(ctx.catalog);
  const late = await readManifest(ctx, all[0]!.key, LogBody, { tenant: SYSTEM, kind: 'log' });
  await expect(catalogRun(ctx, late, late.body)).rejects.toMatchObject({ code: 'lost-race' });
  expect(await runs.list(ctx.catalog)).toEqual(all);
  await busyLog(1);
  expect((await runs.latest(ctx.catalog))?.previous?.id).toBe(all.at(-1)!.id);
});
