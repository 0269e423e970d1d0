/** Restores through the console on AWS, from the accident to the proof: parts of test/e2e/console-on-aws.test.ts. */
import { expect } from 'vitest';
import { expectWell } from '../support/console-pages.ts';
import type { DeployedConsole } from './deployed-console.ts';
import { eventually } from './emulator.ts';

type World = DeployedConsole<'olga' | 'carol'>;

async function projectsOf({ deployed }: World, tenant: string): Promise<number> {
  const [row] = await deployed.db.query('SELECT count(*)::int AS n FROM projects WHERE tenant_id = $1', [tenant]);
  return row.n;
}

/** An operator takes the greatest deletion back; another person approves in a window of their own. */
export async function takenBackByPeople(world: World, tenant: { readonly id: string; readonly ref: string }) {
  const damaged = await projectsOf(world, tenant.id);
  const seen = await world.signedIn('olga', `/tenants/${tenant.ref}`);
  const { page } = seen;
  await page
    .getByRole('button', { name: /rows deleted/ })
    .first()
    .click();
  await page.getByRole('link', { name: 'Take it back, keep what came later' }).click();
  await page.getByRole('button', { name: 'Preview', exact: true }).click();
  await page.getByRole('heading', { name: `Preview: ${tenant.id}` }).waitFor({ timeout: 120_000 });
  await page
    .getByText(/rows, as examples/)
    .first()
    .waitFor();
  await expectWell(page);
  expect(await projectsOf(world, tenant.id)).toBe(damaged);
  await page.getByLabel('Reason').fill('A clean-up script ran on production.');
  await page.getByRole('button', { name: 'Request this restore' }).click();
  await page.getByText('It is executed by itself once it is approved.').waitFor();
  await expectWell(page);

  const approving = await world.signedIn('carol', '/requests');
  await approving.page.getByRole('link', { name: `Restore: ${tenant.id}` }).click();
  await approving.page.getByText(/^Insert \d+, update 0 and delete 0 rows\.$/).waitFor();
  await approving.page.getByRole('button', { name: 'Approve' }).click({ timeout: 60_000 });
  await approving.page.getByText('Approved').first().waitFor();
  const address = new URL(page.url()).pathname;
  const done = await eventually('it is executed', async () => {
    const { body } = await world.api('olga')('GET', address);
    return ['waiting', 'executing'].includes(body.state) ? undefined : body;
  });
  expect(done).toMatchObject({ state: 'done', restore: expect.any(String) });
  await page.getByText(/^Executed by/).waitFor();
  await page.getByRole('link', { name: /The record of the restore/ }).click();
  await page.getByText(/^Proved/).waitFor();
  await expectWell(page);
  expect(await projectsOf(world, tenant.id)).toBeGreaterThan(damaged);
  expect([seen.troubles, approving.troubles]).toEqual([[], []]);
}

/** A tenant's administrator asks for the own data as they were; an approver decides. */
export async function askedForByTenant(
  world: World,
  tenant: { readonly id: string; readonly ref: string },
  to: string,
) {
  const call = world.called(await world.administratorOf(tenant.id));
  const finished = async (path: string) =>
    eventually(`${path} ends`, async () => {
      const { body } = await call('GET', path);
      expect(body.problem ?? null).toBeNull();
      return body.state === 'running' ? undefined : body;
    });
  const damaged = await projectsOf(world, tenant.id);
  const begun = await call('POST', '/self/previews', { to });
  expect(begun.status).toBe(202);
  const { result } = await finished(`/self/work/${begun.body.id}`);
  expect(result).toMatchObject({ kind: 'counts', preview: expect.any(String) });
  const { preview, hash } = result;
  await call('POST', '/self/restores', { preview, hash, reason: 'we deleted too much' });
  const place = `/tenants/${tenant.ref}/requests/${preview}`;
  await eventually('it waits for a decision', async () => {
    const { body } = await world.api('carol')('GET', place);
    return body.steps.decide.may || undefined;
  });
  expect(await call('POST', `${place}/approve`, { planHash: hash })).toMatchObject({ status: 403 });
  expect(await world.api('olga')('POST', `${place}/approve`, { planHash: hash })).toMatchObject({ status: 403 });
  expect((await world.api('carol')('POST', `${place}/approve`, { planHash: hash })).status).toBe(200);
  expect((await finished(`/self/work/console-restore-${preview}`)).result).toMatchObject({ applied: true });
  expect(await projectsOf(world, tenant.id)).toBeGreaterThan(damaged);
  const { restores } = (await call('GET', '/self/restores')).body;
  expect(restores).toMatchObject([{ state: 'done', reason: 'we deleted too much', proved: true }]);
}
