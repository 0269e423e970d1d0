/** R4 with a real process killed by SIGKILL: none of our code runs after the crash point, only the server cleans up. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { mark } from '../../lib/operations/log/mark.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { listRestores } from '../../lib/operations/restore/apply/read-record.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { APP_MODEL, APP_SQL } from '../support/restore-fixture.ts';
import { liveState, stagedWorld } from '../support/staged-world.ts';

const POINTS = [
  'after-stage',
  'after-replay',
  'after-diff',
  'during-apply',
  'before-commit',
  'after-commit',
  'before-record',
];

describe.each(PG_VERSIONS)('a killed restore on PostgreSQL %s', version => {
  it('leaves the tenant as before or as the target at every crash point, and the next run starts clean', async () => {
    const db = await testDatabase(version);
    await db.query(APP_SQL);
    const world = await stagedWorld(db, APP_MODEL);
    const { ctx } = world;
    try {
      await shipLog(ctx);
      await takeSnapshot(ctx, tenantId('1'), { reason: 'test' });
      await mark(ctx, tenantId('1'), 'good');
      const target = await liveState(ctx, '1');
      await shipLog(ctx);
      const request = parseRestoreRequest({ tenant: '1', target: 'mark:good', requestedBy: 'ann' });
      for (const [i, name] of POINTS.entries()) {
        await db.query(
          `DELETE FROM comments WHERE id < 4; UPDATE projects SET title = 'X${i}' || id WHERE tenant_id = 1; INSERT INTO projects (tenant_id, title) VALUES (1, 'unwanted')`,
        );
        const before = await liveState(ctx, '1');
        const input = { dir: world.deps.dir, url: db.url, model: APP_MODEL, slot: ctx.slot, at: `restore.${name}` };
        expect(await run(input), name).toBe('SIGKILL');
        // The server rolls the dead session back by itself; its end is what we wait for.
        await ended(db.query);
        const committed = name === 'after-commit' || name === 'before-record';
        expect(await liveState(ctx, '1'), name).toEqual(committed ? target : before);
        await runRestore(ctx, request);
        expect(await liveState(ctx, '1'), name).toEqual(target);
        expect(await db.query(`SELECT nspname FROM pg_namespace WHERE nspname LIKE 'holdfast%'`), name).toEqual([]);
        const items = await listRestores(ctx, refOf(ctx, tenantId('1')));
        expect(
          items.filter(item => item.state === 'committing'),
          name,
        ).toEqual([]);
      }
    } finally {
      await world.dispose();
    }
  });
});

function run(input: object): Promise<string | null> {
  const script = fileURLToPath(new URL('../support/killed-restore.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify(input)], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (_code, signal) => resolve(signal));
  });
}

async function ended(query: (sql: string) => Promise<{ n: number }[]>): Promise<void> {
  for (;;) {
    const [row] = await query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name LIKE 'holdfast%'`,
    );
    if (row!.n === 0) return;
  }
}
