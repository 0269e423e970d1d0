/** Drills as people meet them on one machine: run, listed, shown, verified, due; refused to those who may not. */
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DrillRecord } from '../../lib/domain/drill.ts';
import { createScratch } from '../../lib/postgres/drill/scratch-database.ts';
import type { CommandLine } from '../support/command-line.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { digestOf } from '../support/shop-database.ts';
import { type ShopInstallation, shopInstallation } from '../support/shop-installation.ts';

let installed: ShopInstallation;
let database: TestDatabase;
let holdfast: CommandLine;

beforeAll(async () => {
  installed = await shopInstallation('drills-test');
  ({ database, holdfast } = installed);
});
afterAll(() => installed?.dispose());

async function configure(text: string): Promise<() => Promise<void>> {
  const file = join(holdfast.directory, 'holdfast.yaml');
  const before = await readFile(file, 'utf8');
  await appendFile(file, text);
  return () => writeFile(file, before);
}

it('a drill is run, listed, shown and verified, and is in the audit trail', async () => {
  const before = await digestOf(database, 2);
  const { drills } = await holdfast.json('drill', 'run', 'single-tenant', '2', '--seed', 's');
  expect(DrillRecord.parse(drills[0])).toMatchObject({
    ...{ kind: 'single-tenant', outcome: 'passed', seed: 's', startedBy: userInfo().username },
    scratch: { place: 'source' },
  });
  expect(await digestOf(database, 2)).toBe(before);
  const { id } = drills[0];
  expect(await holdfast.json('drill', 'history')).toMatchObject({ drills: [{ id }], altered: [] });
  expect(await holdfast.json('drill', 'show', id.slice(0, 9))).toMatchObject({ drills: [{ id }] });
  expect(await holdfast.json('drill', 'verify')).toMatchObject({
    verified: [expect.stringContaining(id)],
    altered: [],
  });
  const { events } = await holdfast.json('audit', 'show', '--action', 'drill');
  expect(events.map(({ outcome }: { outcome: string }) => outcome).sort()).toEqual(['done', 'started']);

  holdfast.env.COLUMNS = '80';
  for (const words of [['history'], ['show', id], ['due'], ['verify']]) {
    const { stdout } = await holdfast.run('drill', ...words);
    expect(stdout).not.toBe('');
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  }
  expect(await holdfast.failure('drill', 'show', 'zzz')).toMatchObject({ code: 'unknown-drill', exit: 2 });
});

it('says what is due; nothing is on the first day', async () => {
  const { due } = await holdfast.json('drill', 'due');
  expect(due.map(({ kind, state }: { kind: string; state: string }) => `${kind} ${state}`)).toEqual(
    ['single-tenant', 'several-tenants', 'accident', 'whole-system'].map(kind => `${kind} done`),
  );
  expect(await holdfast.json('drill', 'run', '--due')).toEqual({ drills: [] });
  const { drills } = await holdfast.json('status');
  expect(drills[0]).toMatchObject({ kind: 'single-tenant', last: expect.any(String), state: 'done' });
  expect((await holdfast.run('status')).stdout).toContain('Recovery: last drill');
  expect(await holdfast.failure('drill', 'run')).toMatchObject({ code: 'usage' });
});

it('a failed acceptance check ends with code 3, in the record and as an alarm', async () => {
  await writeFile(
    join(holdfast.directory, 'acceptance.sql'),
    `SELECT 'no orders' AS check, count(*) = 0 AS ok FROM orders`,
  );
  const undo = await configure('\ndrills:\n  acceptanceSql: acceptance.sql\n');
  const ran = await holdfast.run('drill', 'run', 'single-tenant', '1', '--json');
  await undo();
  expect(ran.code).toBe(3);
  expect(JSON.parse(ran.stdout).drills[0]).toMatchObject({
    outcome: 'failed',
    acceptance: [{ checks: [{ ok: false }] }],
  });
  expect(ran.stderr).toContain('[drill-failed]');
});

it('refuses a game day on an installation that does not say that it is for tests, and people without the role', async () => {
  expect(await holdfast.failure('drill', 'run', 'game-day', '--yes')).toMatchObject({
    code: 'not-a-test-installation',
  });
  expect(await holdfast.failure('drill', 'run', 'region')).toMatchObject({ code: 'region-not-configured' });
  const undo = await configure(`\npeople:\n  - user: ${userInfo().username}\n    roles: [auditor]\n`);
  const refused = await holdfast.failure('drill', 'run', 'single-tenant');
  const read = await holdfast.run('drill', 'history');
  await undo();
  expect(refused).toMatchObject({ code: 'not-permitted' });
  expect(read.code).toBe(0);
});

it('finds and removes what a killed drill left', async () => {
  const dead = await createScratch(database.source, '0mb2c4f1a-3f8a2c1f');
  await database.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${dead.name}'`);
  const left = async (...words: string[]) => (await holdfast.json('leftovers', ...words)).drills;
  await expect.poll(() => left()).toContainEqual(expect.objectContaining({ database: dead.name, state: 'left over' }));
  expect(JSON.stringify(await left('--remove'))).not.toContain(dead.name);
});
