/**
 * R8: for any history and any set of transactions, what `revert` leaves on the database is what the three-way rule leaves on
 * the model, newest first, row by row and column by column; or the row is counted as changed since, or the revert is refused
 * because the result would break a key or a reference. Other tenants' rows stay as they are, and the revert can be undone.
 * HOLDFAST_HISTORIES and HOLDFAST_SEED as for R1.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HoldfastError } from '../../lib/domain/errors.ts';
import { formatLsn, type Lsn, parseLsn } from '../../lib/domain/lsn.ts';
import type { Preview } from '../../lib/domain/preview.ts';
import { CLASH, type VersionRow, withoutStep } from '../../lib/domain/take-back.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { mergedLog } from '../../lib/operations/log/read-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { liveTableNames, revertRequest } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import {
  type History,
  histories,
  isDocumentedRefusal,
  type Played,
  type Remembered,
  type Rows,
  type Shape,
  TENANTS,
} from '../support/history.ts';
import { type HistoryDatabase, historyDatabase } from '../support/history-database.ts';
import { historiesPerVersion, playOptions, REPLAYS } from '../support/played-histories.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { liveState } from '../support/staged-world.ts';
import { undoRestore } from '../support/undo-restore.ts';

const RUNS = historiesPerVersion(24);
/** Of an ordinary run; HOLDFAST_HISTORIES plays others. */
const SEED = 14;
/** Histories of R1, with more and smaller transactions; in most of them no row changes its tenant, which would end the log. */
const dense = fc.record({ history: histories, moves: fc.nat(3), every: fc.integer({ min: 1, max: 3 }) }).map(
  ({ history, moves, every }): History => ({
    ...history,
    events: history.events
      .filter(event => event.do !== 'statement' || moves === 0 || !/^(move|truncate|reuse-a)/.test(event.statement.op))
      .flatMap((event, index) =>
        event.do === 'statement' && index % every === 0
          ? [event, { do: 'commit' as const, session: event.session }]
          : [event],
      ),
  }),
);
/** Rows of every tenant to begin with: without them most statements find nothing. */
const ROWS: History['before'] = [1, 2, 3, 4, 5, 6].flatMap(n => [
  { op: 'insert-a', id: n, tenant: 1 + (n % 2), value: n, big: 0, self: null },
  { op: 'insert-b', id: n, parent: n, value: n, big: n === 3 ? 90 : 0 },
  { op: 'insert-c', id: n, parent: n, value: n },
  { op: 'insert-d', tenant: 1 + (n % 3), id: n, value: n, big: 0 },
]);
const cases = fc.record({
  history: dense.map(history => ({ ...history, before: [...ROWS, ...history.before] })),
  tenant: fc.constantFrom(...TENANTS),
  /** Which of the tenant's transactions are taken back. */
  chosen: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }),
});
type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  'public.tenants': ['id', 'name'],
  'public.a': ['id', 'tenant_id', 'v', 'big', 'self'],
  'public.b': ['id', 'a_id', 'v', 'big'],
  'public.c': ['id', 'b_id', 'v'],
  'public."D d"': ['tenant_id', 'code', 'n', 'V v', 'big'],
};
const keysOf = (shape: Shape): Record<string, readonly string[]> => ({
  'public.tenants': ['id'],
  'public.a': shape.parentKey === 'id' ? ['id'] : ['tenant_id', 'id'],
  'public.b': shape.childKey === 'id' ? ['id'] : ['a_id', 'id'],
  'public.c': ['id'],
  'public."D d"': ['tenant_id', 'code', 'n'],
});

/** Table → key → row. */
type World = Map<string, Map<string, VersionRow>>;

describe.each(PG_VERSIONS)('R8 on PostgreSQL %i', version => {
  let database: HistoryDatabase;
  const seen = { compared: 0, clashes: 0, several: 0, nothing: 0, inconsistent: 0, refused: 0 };

  beforeAll(async () => {
    database = await historyDatabase(version);
  });
  afterAll(() => database.drop());

  it(
    'a revert takes back what its transactions did, and nothing else',
    async () => {
      await fc.assert(fc.asyncProperty(cases, play), playOptions(RUNS, SEED));
      console.log(`R8 on PostgreSQL ${version}: ${JSON.stringify(seen)} of ${RUNS} histories`);
      if (!REPLAYS) expect(seen.compared).toBeGreaterThan(seen.refused);
      if (!REPLAYS && RUNS > 20) expect(Math.min(seen.clashes, seen.several)).toBeGreaterThan(0);
    },
    Math.max(600_000, RUNS * 60_000),
  );

  const settings = { chunkBytes: 150, pageChunks: 2, logIndex: { runs: 2, shardSegments: 2 } };

  async function play({ history, tenant, chosen }: Case): Promise<void> {
    try {
      await database.protect(history, settings, async ({ ctx, run }) =>
        revertSome(ctx, { history, tenant, chosen }, await run()),
      );
    } catch (error) {
      const known =
        isDocumentedRefusal(error) || isRefusal(error, ['cannot-revert', 'log-incomplete', 'nothing-recoverable']);
      if (!known) throw error;
      seen.refused += 1;
    }
  }

  async function revertSome(
    ctx: Context,
    { history, tenant: wanted, chosen }: Case,
    { moments, kinds }: Played,
  ): Promise<void> {
    const all = await Promise.all(
      TENANTS.map(async each => ({ each, logged: await loggedMoments(ctx, each, moments) })),
    );
    // That tenant, or one with transactions to take back.
    const rotated = [...all.slice(wanted - 1), ...all.slice(0, wanted - 1)];
    const { each: tenant, logged } = rotated.find(({ logged: some }) => some.length > 1) ?? rotated[0]!;
    const id = tenantId(String(tenant));
    if (logged.length === 0) {
      seen.nothing += 1;
      return;
    }
    const keys = keysOf(history.shape);
    const world = (rows: Rows) => worldOf(rows, keys);
    const touched = logged.map(({ moment }) =>
      changedKeys(world(moment.statesBefore.get(tenant)!), world(moment.states.get(tenant)!)),
    );
    const built = touched.findIndex((own, at) =>
      touched.slice(at + 1).some(later => [...own].some(key => later.has(key))),
    );
    // Every other time, a transaction that a later one has built on.
    const numbers = chosen[0]! % 2 === 0 && built >= 0 ? [built, ...chosen.slice(1)] : chosen;
    const picked = [...new Set(numbers.map(n => n % logged.length))].sort((a, b) => a - b).map(n => logged[n]!);
    const live = world(await liveState(ctx, String(tenant)));
    const others = await othersOf(ctx, tenant);
    const steps = picked.map(({ moment }) => ({
      before: world(moment.statesBefore.get(tenant)!),
      after: world(moment.states.get(tenant)!),
    }));
    const expected = takenBack(live, steps);
    const rekeyed = [...kinds].some(kind => kind.startsWith('key-'));
    const request = await revertRequest(ctx, id, {
      transactions: picked.map(({ lsn }) => formatLsn(lsn)),
      ...{ request: { requestedBy: 'test' }, liveNames: await liveTableNames(ctx) },
    });
    const done = await runRestore(ctx, request).catch(error => {
      if (!isRefusal(error, ['conflicts', 'rows-changed'])) throw error;
      expect(
        rekeyed || breaks(expected.rows, others, live),
        `refused, but nothing speaks against it: ${error.message}`,
      ).toBe(true);
      return undefined;
    });
    if (!done) {
      seen.inconsistent += 1;
      expect(world(await liveState(ctx, String(tenant)))).toEqual(live);
      return;
    }
    const now = world(await liveState(ctx, String(tenant)));
    compare({ now, live, expected, before: steps[0]!.before, preview: done.preview!, rekeyed });
    expect(await othersOf(ctx, tenant), 'other tenants').toEqual(others);
    seen.compared += 1;
    if (picked.length > 1) seen.several += 1;
    if (expected.clashes.size > 0) seen.clashes += 1;
    if (done.record.tables.length === 0) return;
    await shipLog(ctx);
    await undoRestore(ctx, id, done.record.id, { requestedBy: 'test' });
    expect(world(await liveState(ctx, String(tenant))), 'undone').toEqual(live);
  }

  /** The moments at which a transaction of the tenant committed that can still be reached, with its position. */
  async function loggedMoments(ctx: Context, tenant: number, moments: readonly Remembered[]) {
    const at = await recoveryMaterial(ctx, refOf(ctx, tenantId(String(tenant))));
    const stretch = at.window.stretches.at(-1);
    if (!stretch) return [];
    const found: { lsn: Lsn; moment: Remembered }[] = [];
    for await (const { commitLsn, continues } of mergedLog(
      ctx,
      at.tenant,
      (stretch.from.lsn + 1n) as Lsn,
      stretch.to.lsn,
    )) {
      const moment = moments.find(({ before, after }) => parseLsn(before) <= commitLsn && commitLsn < parseLsn(after));
      if (moment && !continues) found.push({ lsn: commitLsn, moment });
    }
    return found;
  }
});

function isRefusal(error: unknown, codes: readonly string[]): error is HoldfastError {
  return error instanceof HoldfastError && codes.includes(error.code);
}

async function othersOf(ctx: Context, tenant: number): Promise<Rows[]> {
  return Promise.all(TENANTS.filter(other => other !== tenant).map(other => liveState(ctx, String(other))));
}

/** The rule on the model: one step, of which the parts are taken back newest first; a row with a clash stays as it is. */
function takenBack(live: World, steps: readonly { before: World; after: World }[]) {
  const rows: World = new Map([...live].map(([table, of]) => [table, new Map(of)]));
  const clashes = new Set<string>();
  for (const [table, of] of rows) {
    const keys = steps.flatMap(({ before, after }) => [...before.get(table)!.keys(), ...after.get(table)!.keys()]);
    for (const key of new Set(keys)) {
      const at = (world: World) => world.get(table)!.get(key) ?? null;
      const after = at(steps.at(-1)!.after);
      let before: VersionRow | null | typeof CLASH = after;
      for (const step of steps.toReversed())
        if (before !== CLASH) before = withoutStep(at(step.before), at(step.after), before);
      const left = before === CLASH ? CLASH : withoutStep(before, after, at(live));
      if (left === CLASH) clashes.add(`${table} ${key}`);
      else if (left === null) of.delete(key);
      else of.set(key, left);
    }
  }
  return { rows, clashes };
}

function changedKeys(before: World, after: World): Set<string> {
  const changed = new Set<string>();
  for (const [table, of] of before) {
    const since = after.get(table)!;
    for (const key of new Set([...of.keys(), ...since.keys()]))
      if (JSON.stringify(of.get(key)) !== JSON.stringify(since.get(key))) changed.add(`${table} ${key}`);
  }
  return changed;
}

interface Compared {
  readonly now: World;
  readonly live: World;
  readonly expected: ReturnType<typeof takenBack>;
  /** Before all of the transactions. */
  readonly before: World;
  readonly preview: Preview;
  /** Keys were changed: a row is then left alone under both, and so is what refers to it. */
  readonly rekeyed: boolean;
}

function compare({ now, live, expected, before, preview, rekeyed }: Compared): void {
  for (const table of Object.keys(COLUMNS)) {
    const keys = new Set([now, live, expected.rows, before].flatMap(world => [...world.get(table)!.keys()]));
    const counted = preview.conflicts.some(({ code, table: of }) => code === 'changed-since' && of === table);
    for (const key of keys) {
      const [is, was, wanted] = [now, live, expected.rows].map(world => world.get(table)!.get(key));
      const name = `${table} ${key}`;
      if (expected.clashes.has(name) && JSON.stringify(is) === JSON.stringify(was)) {
        if (was) expect(counted, `${name} is left alone, and counted`).toBe(true);
        continue;
      }
      if (JSON.stringify(is) === JSON.stringify(wanted)) continue;
      if (rekeyed && counted && JSON.stringify(is) === JSON.stringify(was)) continue;
      // A parent that later rows refer to stays; one that a row needs comes along.
      const spared =
        wanted === undefined && JSON.stringify(is) === JSON.stringify(was) && counted && isReferred(table, was!, now);
      const brought =
        was === undefined &&
        JSON.stringify(is) === JSON.stringify(before.get(table)!.get(key)) &&
        isReferred(table, is!, now);
      // A reference to a row that stays, or that is left alone, cannot be taken back by itself.
      expect(
        spared || brought,
        `${name}: is ${JSON.stringify(is)}, was ${JSON.stringify(was)}, expected ${JSON.stringify(wanted)}`,
      ).toBe(true);
    }
  }
}

const REFERENCES = [
  { child: 'public.a', column: 'self', parent: 'public.a' },
  { child: 'public.b', column: 'a_id', parent: 'public.a' },
  { child: 'public.c', column: 'b_id', parent: 'public.b' },
];

function isReferred(table: string, row: VersionRow, world: World): boolean {
  return REFERENCES.filter(({ parent }) => parent === table).some(({ child, column }) =>
    [...world.get(child)!.values()].some(other => other[column] === row.id),
  );
}

/** True where the rows would break a key or a reference, also of other tenants' rows. */
function breaks(rows: World, others: readonly Rows[], live: World): boolean {
  for (const { child, column, parent } of REFERENCES) {
    const ids = new Set([...rows.get(parent)!.values()].map(row => row.id));
    if ([...rows.get(child)!.values()].some(row => row[column] !== null && !ids.has(row[column]!))) return true;
    // Other tenants' rows may refer to one that would go.
    const gone = [...live.get(parent)!.values()].some(row => !ids.has(row.id!));
    if (gone && column === 'self') {
      const away = others.flatMap(other => other['public.a']!.map(parseRow));
      if (
        away.some(
          row => row[4] !== null && [...live.get(parent)!.values()].some(({ id }) => id === row[4] && !ids.has(id!)),
        )
      )
        return true;
    }
  }
  return ['public.a', 'public.b', 'public.c'].some(table => {
    const ids = [...rows.get(table)!.values()].map(row => row.id);
    const foreign = new Set(others.flatMap(other => other[table]!.map(row => parseRow(row)[0])));
    return new Set(ids).size < ids.length || ids.some(id => foreign.has(id!));
  });
}

function worldOf(rows: Rows, keys: Record<string, readonly string[]>): World {
  return new Map(
    Object.entries(COLUMNS).map(([table, columns]) => {
      const parsed = rows[table]!.map(text => {
        const values = parseRow(text);
        return Object.fromEntries(columns.map((column, at) => [column, values[at]!]));
      });
      return [table, new Map(parsed.map(row => [keys[table]!.map(column => row[column]).join('|'), row]))];
    }),
  );
}

/** The values of a printed row. */
function parseRow(text: string): (string | null)[] {
  const values: (string | null)[] = [];
  const field = /(?:"((?:[^"\\]|""|\\.)*)"|([^,]*))(,|$)/gy;
  const inner = text.slice(1, -1);
  for (let match = field.exec(inner); match; match = field.exec(inner)) {
    const [, quoted, plain] = match;
    values.push(
      quoted === undefined ? (plain === '' ? null : plain!) : quoted.replace(/""|\\(.)/g, (_, c) => c ?? '"'),
    );
    if (match[3] === '') break;
  }
  return values;
}
