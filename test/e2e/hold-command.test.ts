/** Legal holds as people meet them on one machine: placed, listed, proved, in the way of expiry, and released. */
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { decideRequest } from '../../lib/operations/governance/decide-request.ts';
import { readRequest } from '../../lib/operations/governance/read-request.ts';
import { loadConfig } from '../../lib/runtime/config.ts';
import { openRecordDeps, policyOfConfig, principalOfMachine } from '../../lib/runtime/governance.ts';
import { openLocal } from '../../lib/runtime/local.ts';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { PG_VERSIONS, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { createShops } from '../support/shop-database.ts';

const two = tenantRef('holds-test', tenantId('2'));

let database: TestDatabase;
let holdfast: CommandLine;

beforeAll(async () => {
  database = await testDatabase(PG_VERSIONS.at(-1)!);
  await createShops(database);
  holdfast = await commandLine({ DATABASE_URL: database.url });
  await holdfast.json('init', '--installation', 'holds-test', '--url', database.url);
  holdfast.env.HOLDFAST_DATABASE_PASSWORD = decodeURIComponent(new URL(database.url).password);
  await holdfast.json('discover', '--tenant-table', 'public.shops');
  await holdfast.json('doctor', '--fix', '--yes');
  await holdfast.json('snapshot', '--all');
  await holdfast.json('ship');
});
afterAll(async () => {
  await holdfast.dispose();
  await database.drop();
});

/** Another person approves: the operating system of this test has one user. */
async function approveAs(user: string, id: string): Promise<void> {
  const config = await loadConfig(join(holdfast.directory, 'holdfast.yaml'), holdfast.env);
  const ctx = await openLocal(config);
  const deps = { ...ctx, ...(await openRecordDeps(config, ctx)), policyFor: policyOfConfig(config) };
  const { planHash } = (await readRequest(deps, two, id)).request;
  const principal = { ...principalOfMachine(config), name: user, roles: ['approver' as const] };
  await decideRequest(deps, { principal, tenant: two, id, agrees: true, planHash });
  await ctx.close();
}

it('a hold is placed, listed and proved; what is stored later is held; and two others release it', async () => {
  expect(await holdfast.failure('hold', '2', '--reason', 'a letter', '--yes')).toMatchObject({
    code: 'usage',
    exit: 2,
  });
  const placed = await holdfast.json(
    ...['hold', '2', '--matter', 'case 17', '--reason', 'a letter', '--review', '2100-01-31', '--yes'],
  );
  expect(placed).toMatchObject({ state: 'done', action: 'hold', result: { proof: { tenant: two } } });
  const hold: string = placed.request;
  const { holds } = await holdfast.json('hold', 'list');
  expect(holds).toMatchObject([{ hold, matter: 'case 17', reviewBy: '2100-01-31T00:00:00.000Z', signed: true }]);
  await holdfast.json('snapshot', '2');
  expect(await holdfast.json('hold', 'verify', '2')).toMatchObject({ tenants: [{ repaired: 0, holds: [hold] }] });
  expect(await holdfast.json('hold', 'show', '2', 'case 17')).toMatchObject({
    reason: 'a letter',
    certificate: { hold },
  });
  const text = await holdfast.run('hold', 'show', '2', hold);
  expect(text.stdout).toContain('case 17');
  const { kept } = await holdfast.json('expire', '--plan');
  expect(kept.map(({ reason }: { reason: string }) => reason)).toContain('legal hold');

  const asked = await holdfast.json('hold', 'release', '2', '--matter', 'case 17', '--reason', 'settled');
  expect(asked).toMatchObject({ state: 'waiting', approvals: 2 });
  for (const person of ['anna', 'bert']) await approveAs(person, asked.request);
  await holdfast.json('requests', '--execute', asked.request, '--yes');
  expect(await holdfast.json('hold', 'list', '2')).toEqual({ holds: [] });
  expect((await holdfast.run('hold', 'verify')).stdout).toContain('No hold stands.');
});
