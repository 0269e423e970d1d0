/** Legal holds as people meet them on one machine: placed, listed, proved, in the way of expiry, and released. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { CommandLine } from '../support/command-line.ts';
import { type ShopInstallation, shopInstallation } from '../support/shop-installation.ts';

const two = tenantRef('holds-test', tenantId('2'));

let installed: ShopInstallation;
let holdfast: CommandLine;

beforeAll(async () => {
  installed = await shopInstallation('holds-test');
  ({ holdfast } = installed);
});
afterAll(() => installed?.dispose());

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
  for (const person of ['anna', 'bert']) await installed.decideAs(person, { tenant: two, id: asked.request });
  await holdfast.json('requests', '--execute', asked.request, '--yes');
  expect(await holdfast.json('hold', 'list', '2')).toEqual({ holds: [] });
  expect((await holdfast.run('hold', 'verify')).stdout).toContain('No hold stands.');
});
