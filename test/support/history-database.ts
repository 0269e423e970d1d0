/** A database on which properties play random histories: one for all of them, with tables and vault of its own for each. */
import type pg from 'pg';
import { defaultSettings } from '../../lib/domain/settings.ts';
import type { Context } from '../../lib/operations/context.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { ddl, type History, MODEL, type Oracle, type Played, runHistory } from './history.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { type PgVersion, type TestDatabase, testDatabase } from './postgres.ts';
import { ensurePublication } from './publication.ts';

export interface HistoryDatabase {
  readonly db: TestDatabase;
  /** Makes the tables of the history, protects them without a doctor, and calls `work`. */
  protect(history: History, settings: HistorySettings, work: (world: HistoryWorld) => Promise<void>): Promise<void>;
  drop(): Promise<void>;
}

type HistorySettings = Parameters<typeof defaultSettings>[0];

export interface HistoryWorld {
  readonly ctx: Context;
  readonly deps: LocalDeps;
  /** Plays the history. */
  run(oracle?: Oracle): Promise<Played>;
}

export async function historyDatabase(version: PgVersion): Promise<HistoryDatabase> {
  const db = await testDatabase(version);
  const sessions = [await db.connect(), await db.connect(), await db.connect()];
  const watcher = await db.connect();
  for (const client of [...sessions, watcher])
    await client.query("SET lock_timeout = '3ms'; SET client_min_messages = error");
  return {
    db,
    drop: () => db.drop(),
    protect: async (history, settings, work) => {
      const deps = await localDeps();
      try {
        const ctx = contextOf(db, deps, settings);
        await makeTables(sessions, watcher, history);
        await withConnection(db.source, 'test', connection => ensurePublication(ctx, connection));
        await work({
          ...{ ctx, deps },
          run: (oracle = async () => {}) => runHistory(ctx, sessions, watcher, history, oracle),
        });
      } finally {
        await deps.dispose();
      }
    },
  };
}

function contextOf(db: TestDatabase, deps: LocalDeps, settings: HistorySettings): Context {
  return {
    ...{ ...deps, clock: { now: () => new Date() }, source: db.source, model: MODEL },
    ...{ settings: defaultSettings(settings), slot: `s_${db.name}`, publication: 'holdfast' },
  };
}

async function makeTables(sessions: readonly pg.Client[], watcher: pg.Client, { shape }: History): Promise<void> {
  await Promise.all(sessions.map(client => client.query('ROLLBACK')));
  await watcher.query(`ROLLBACK; SET lock_timeout = 0; ${ddl(shape)}; SET lock_timeout = '3ms'`);
}
