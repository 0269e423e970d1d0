/**
 * The catalog is only an index, even against an adversary: whichever item is edited, deleted or replaced by an older
 * copy, a restore reaches the same state as before or is refused, and `catalog rebuild` repairs it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../../lib/domain/errors.ts';
import { formatLsn, lsn, parseLsn } from '../../../lib/domain/lsn.ts';
import type { RestorePlan } from '../../../lib/domain/restore-plan.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { backups, heads } from '../../../lib/operations/catalog/catalog-index.ts';
import { timeline } from '../../../lib/operations/catalog/timeline.ts';
import { refOf } from '../../../lib/operations/context.ts';
import { foldIncrementals } from '../../../lib/operations/log/fold-tenant.ts';
import { mark } from '../../../lib/operations/log/mark.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { rebuildCatalog } from '../../../lib/operations/rebuild/rebuild-catalog.ts';
import { runRestore } from '../../../lib/operations/restore/apply/run-restore.ts';
import { planRestore } from '../../../lib/operations/restore/plan/plan-restore.ts';
import { eraseSubject } from '../../../lib/operations/retention/erase-subject.ts';
import { takeSnapshot } from '../../../lib/operations/snapshot/take-snapshot.ts';
import { readHeader } from '../../../lib/operations/storage/manifest-store.ts';
import { type EditedCatalog, editCatalog, type Item } from '../../support/edited-catalog.ts';
import { testDatabase } from '../../support/postgres.ts';
import { type ProtectedDatabase, protect, requestOf } from '../../support/protected-database.ts';

const ACME = tenantId('acme');

let p: ProtectedDatabase;
let edited: EditedCatalog;
let intact: Item[];
/** The catalog as it was after each step of the history. */
const older: Item[][] = [];
const targets: Record<string, string> = {};
const baseline = new Map<string, string>();

beforeAll(async () => {
  const db = await testDatabase(18);
  await db.query(`CREATE TABLE tenants (id text PRIMARY KEY);
    CREATE TABLE notes (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, body text);
    INSERT INTO tenants VALUES ('acme'), ('globex');
    INSERT INTO notes SELECT i, CASE WHEN i % 2 = 0 THEN 'acme' ELSE 'globex' END, 'v0' FROM generate_series(1, 20) i`);
  p = await protect(db, { settings: { logIndex: { minutes: 60, runs: 2, shardSegments: 1 } } });
  edited = editCatalog(p.deps);
  const step = async (sql: string) => {
    await db.query(sql);
    await p.ship();
    older.push(edited.items());
  };
  await step(`UPDATE notes SET body = 'v1'`);
  targets['an early time'] = (await p.moment()).time;
  await step(`UPDATE notes SET body = 'v2'`);
  await mark(p.ctx, ACME, 'good');
  targets['a marker'] = 'good';
  await step(`DELETE FROM notes WHERE id = 4; UPDATE notes SET body = 'v3' WHERE id > 10`);
  await foldIncrementals(p.ctx);
  const { record } = await runRestore(p.ctx, requestOf('acme', 'good'));
  targets['before a restore'] = `before:${record.id}`;
  await step(`UPDATE notes SET body = 'v4'`);
  // The log does not contain this rewrite: the table is suspect, and every tenant gets a new snapshot.
  await db.query(`ALTER TABLE notes ALTER body TYPE varchar(20) USING upper(body)`);
  targets['a gap'] = (await p.moment()).time;
  await step(`UPDATE notes SET body = 'v5'`);
  await p.snapshot();
  await step(`UPDATE notes SET body = 'v6'`);
  await foldIncrementals(p.ctx);
  targets['a late time'] = (await p.moment()).time;
  await step(`UPDATE notes SET body = 'v7' WHERE id < 10`);
  await eraseSubject(p.ctx, ACME, { table: 'public.notes', keys: [['6']], requestedBy: 'test', reason: 'test' });
  targets.latest = 'latest';
  targets['the future'] = '2050-01-01T00:00:00Z';
  const snapshots = (await timeline(p.ctx, ACME)).snapshots;
  targets['a snapshot'] = `snapshot:${snapshots.at(-1)!.id}`;
  intact = edited.items();
  for (const [name, target] of Object.entries(targets)) baseline.set(name, await outcome(target));
});
afterAll(async () => {
  edited?.close();
  await p?.dispose();
});

/** Nothing ships in this test while a plan waits for the catalog. */
const impatient = () => ({ ...p.ctx, pause: async () => {} });

/** What determines the restored rows: which signed documents are read up to which position, and what is omitted. */
function essence(plan: RestorePlan): string {
  return JSON.stringify({
    ...{ target: plan.target.lsn, snapshot: plan.snapshot, replayFrom: plan.replayFrom, runs: plan.runs },
    ...{ erasures: plan.erasures.map(erasure => erasure.key).sort(), tables: plan.tables.map(table => table.table) },
  });
}

async function outcome(target: string): Promise<string> {
  try {
    return essence(await planRestore(impatient(), ACME, target));
  } catch (error) {
    // Anything else would be reported as a fault of Holdfast.
    if (!(error instanceof HoldfastError)) return String(error);
    return `refused: ${error.code}`;
  }
}

/**
 * Right or refused; a refused target must stay refused. Older backups may be used instead: then nothing else differs.
 */
async function expectNeverWrong(what: string): Promise<string[]> {
  const wrong: string[] = [];
  const refused: string[] = [];
  for (const name of Object.keys(targets)) {
    const now = await outcome(targets[name]!);
    const before = baseline.get(name)!;
    if (now.startsWith('refused')) refused.push(`${name}: ${now}`);
    // The same for every target.
    if (now.endsWith('catalog-behind')) break;
    if (now.startsWith('refused')) continue;
    if (now !== before && !(await isSameState(name, before))) wrong.push(`${what} → ${name}: ${now}`);
  }
  expect(wrong).toEqual([]);
  return refused;
}

/** Another chain to the same position is equivalent. */
async function isSameState(name: string, before: string): Promise<boolean> {
  if (before.startsWith('refused')) return false;
  const plan = await planRestore(impatient(), ACME, targets[name]!);
  const [now, then] = [JSON.parse(essence(plan)), JSON.parse(before)];
  const covers = plan.replayFrom !== null && now.snapshot.id !== then.snapshot.id;
  return covers && now.target === then.target && JSON.stringify(now.erasures) === JSON.stringify(then.erasures);
}

/** Partitions that a plan reads. */
const READ = /#(backups|segments|markers|gaps|restore-commits|erasures)$|^(log#runs|log#indexes|tenants|heads)$/;
const isRead = (item: Item) => READ.test(item.partition);

/** The first, the last and one middle item of each partition: the others are alike. */
function examples(): Item[] {
  const byPartition = Map.groupBy(intact.filter(isRead), item => item.partition);
  return [...byPartition.values()].flatMap(items => [
    ...new Set([items[0]!, items[items.length >> 1]!, items.at(-1)!]),
  ]);
}

/** Substitute values for a field: those of other items, and some that no item has. */
function substitutes(item: Item, field: string): unknown[] {
  const value = item.value[field];
  const others = intact.filter(other => other.partition === item.partition).map(other => other.value[field]);
  const different = others.filter(other => JSON.stringify(other) !== JSON.stringify(value));
  return [different[0], ...foreign(value)].filter(other => other !== undefined);
}

function foreign(value: unknown): unknown[] {
  if (typeof value === 'number') return [value + 1];
  if (value === null || typeof value === 'object') return [null];
  const text = String(value);
  if (/^[0-9A-F]+\/[0-9A-F]+$/.test(text)) {
    return [formatLsn(lsn(parseLsn(text) - 16n)), formatLsn(lsn(parseLsn(text) + 16n))];
  }
  if (/^\d{4}-/.test(text)) return [text.replace(/^\d{4}/, '2020'), text.replace(/^\d{4}/, '2049')];
  return [`${text}x`];
}

describe('an edited catalog', () => {
  it('has targets of every kind, and the refused ones are refused for a true reason', () => {
    expect(baseline.get('a gap')).toBe('refused: tables-in-gap');
    expect(baseline.get('the future')).toBe('refused: after-window');
    const refused = [...baseline].filter(([, result]) => result.startsWith('refused')).map(([name]) => name);
    expect(refused.sort()).toEqual(['a gap', 'the future']);
    expect(new Set(intact.filter(isRead).map(item => item.partition.replace(/tenant#[^#]*/, 'tenant')))).toEqual(
      new Set([
        ...['tenant#backups', 'tenant#segments', 'tenant#markers', 'tenant#gaps', 'tenant#restore-commits'],
        ...['tenant#erasures', 'log#runs', 'log#indexes', 'tenants', 'heads'],
      ]),
    );
  });

  it('returns the right rows or none when any field of an item is changed', async () => {
    for (const item of examples().filter(each => !each.partition.endsWith('#segments'))) {
      for (const [field, substitute] of Object.keys(item.value).flatMap(name =>
        substitutes(item, name).map(value => [name, value] as const),
      )) {
        edited.put({ ...item, value: { ...item.value, [field]: substitute } });
        await expectNeverWrong(`${item.partition} ${item.sort} ${field} = ${JSON.stringify(substitute)}`).finally(() =>
          edited.put(item),
        );
      }
    }
  });

  it('returns the right rows or none when any item is deleted', async () => {
    for (const item of intact.filter(isRead)) {
      edited.remove(item);
      await expectNeverWrong(`without ${item.partition} ${item.sort}`).finally(() => edited.put(item));
    }
  });

  it('returns the right rows or none when any item is an older copy', async () => {
    const now = new Map(intact.map(item => [`${item.partition} ${item.sort}`, JSON.stringify(item.value)]));
    let tried = 0;
    for (const item of older.flat().filter(isRead)) {
      const current = now.get(`${item.partition} ${item.sort}`);
      if (current === undefined || current === JSON.stringify(item.value)) continue;
      edited.put(item);
      tried += 1;
      await expectNeverWrong(`an older ${item.partition} ${item.sort}`).finally(() =>
        edited.put({ ...item, value: JSON.parse(current) }),
      );
    }
    expect(tried).toBeGreaterThan(0);
  });

  it('returns the right rows or none when the entire catalog is an older copy, and a rebuild repairs it', async () => {
    for (const copy of older.slice(0, -1)) {
      edited.replaceAll(copy);
      expect((await expectNeverWrong('an older copy')).join()).toContain('catalog-behind');
    }
    edited.replaceAll(older.at(-1)!);
    await expectNeverWrong('the copy before the erasure');
    await rebuildCatalog(p.ctx);
    for (const [name, target] of Object.entries(targets)) expect(await outcome(target), name).toBe(baseline.get(name));
    edited.replaceAll([]);
    await rebuildCatalog(p.ctx);
    for (const [name, target] of Object.entries(targets)) expect(await outcome(target), name).toBe(baseline.get(name));
    edited.replaceAll(intact);
  });

  it('is awaited while a run is about to reach it, for ten seconds in total', async () => {
    edited.replaceAll(older[0]!);
    let waited = 0;
    const ctx = (then: () => void) => ({
      ...p.ctx,
      pause: async (milliseconds: number) => {
        waited += milliseconds;
        then();
      },
    });
    const never = planRestore(
      ctx(() => {}),
      ACME,
      'latest',
    );
    await expect(never).rejects.toMatchObject({ code: 'catalog-behind', retry: 'auto' });
    expect(waited).toBe(10_000);
    waited = 0;
    const late = ctx(() => {
      if (waited > 7_000) edited.replaceAll(intact);
    });
    expect(essence(await planRestore(late, ACME, 'latest'))).toBe(baseline.get('latest'));
  });

  it('is repaired by a rebuild when any field of an item was changed or made unreadable', async () => {
    for (const partition of new Set(intact.filter(isRead).map(item => item.partition))) {
      const item = intact.findLast(each => each.partition === partition)!;
      edited.put({ ...item, value: { damaged: true } });
    }
    await rebuildCatalog(p.ctx);
    for (const [name, target] of Object.entries(targets)) expect(await outcome(target), name).toBe(baseline.get(name));
    edited.replaceAll(intact);
  });
});

describe('the clock of the machine that runs Holdfast', () => {
  it('can jump by years in both directions: chains continue, and a rebuild finds the same', async () => {
    const db = await testDatabase(18);
    await db.query(`CREATE TABLE tenants (id text PRIMARY KEY);
      CREATE TABLE notes (id int PRIMARY KEY, tenant_id text NOT NULL REFERENCES tenants, body text);
      INSERT INTO tenants VALUES ('acme'); INSERT INTO notes SELECT i, 'acme', 'v0' FROM generate_series(1, 5) i`);
    const q = await protect(db);
    const moments: string[] = [];
    for (const year of [2031, 2019, 2026, 2040, 2012]) {
      const now = new Date(`${year}-06-01T00:00:00Z`);
      const ctx = { ...q.ctx, clock: { now: () => now } };
      for (const body of ['a', 'b']) {
        await db.query(`UPDATE notes SET body = '${year}${body}'`);
        await shipLog(ctx);
        await foldIncrementals(ctx);
        moments.push((await q.moment()).time);
      }
      await takeSnapshot(ctx, ACME);
    }
    await q.ship();
    const ref = refOf(q.ctx, ACME);
    const listed = () => backups.list(q.ctx.catalog, ref);
    const before = await listed();
    const plans = () => Promise.all(moments.map(async at => essence(await planRestore(q.ctx, ACME, at))));
    const planned = await plans();
    // One chain: every manifest except the first names another, and none is named twice.
    const headers = await Promise.all(before.map(async item => (await readHeader(q.ctx, item.key)).header));
    const named = headers.map(header => header.previous?.sha256);
    expect(new Set(named).size).toBe(before.length);
    expect((await heads.get(q.ctx.catalog, ref))!.item.sha256).toBe(
      before.find(item => !named.includes(item.sha256))!.sha256,
    );
    const rebuilt = editCatalog(q.deps);
    rebuilt.replaceAll([]);
    rebuilt.close();
    await rebuildCatalog(q.ctx);
    expect((await listed()).map(item => item.sha256)).toEqual(before.map(item => item.sha256));
    expect(await plans()).toEqual(planned);
    await q.expectNothingDiffers();
    await q.dispose();
  });

  it('never starts a second log when the catalog was lost', async () => {
    edited.replaceAll([]);
    expect((await shipLog(p.ctx)).gaps).toEqual([]);
    await rebuildCatalog(p.ctx);
    expect((await p.ship()).gaps).toEqual([]);
    await p.expectNothingDiffers();
  });
});
