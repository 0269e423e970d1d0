/**
 * The console of an installation on AWS, in Chromium: people sign in at an issuer of their own, behind the distribution and
 * the HTTP API of the deployment, on an emulator that enforces the roles of its functions. A tenant's administrator calls the
 * same API with a token of the application.
 */
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BROWSER_HEADERS, contentSecurityPolicy } from '../../lib/domain/browser-headers.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { expectWell } from '../support/console-pages.ts';
import { type DocumentedOperation, documentedRequest } from '../support/filled-body.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { askedForByTenant, takenBackByPeople } from './console-on-aws-restore.ts';
import { expectOnlyTheseDenials } from './denials.ts';
import { INSTALLATION, TENANTS } from './deployed.ts';
import { asked, type DeployedConsole, deployConsole, enter, TOKENS } from './deployed-console.ts';
import { ACCOUNT, REGION } from './emulator.ts';
import { makeRole, signIn } from './people.ts';

const NAME = 'con';
/** By person; `visitors` is a group without a role. */
const GROUPS = { olga: ['operators'], carol: ['approvers'], sara: ['administrators'], nemo: ['visitors'] };
type Person = keyof typeof GROUPS;

let world: DeployedConsole<Person>;

beforeAll(async () => {
  world = await deployConsole(NAME, GROUPS, {
    ...{ operators: ['operator'], approvers: ['approver'], administrators: ['system-administrator'] },
  });
  await world.deployed.db.query(`DELETE FROM projects WHERE tenant_id = 'acme' AND id % 2 = 0`);
  await world.deployed.ship();
}, SETUP_TIMEOUT_MS);
afterEach(() => world?.closeWindows());
afterAll(() => world?.dispose());

const refOf = (tenant: string) => tenantRef(INSTALLATION, tenantId(tenant));

const safe = (page: Page) => page.getByText(`${TENANTS.length} tenants safe`).waitFor();

describe('a person', { timeout: 120_000 }, () => {
  it('who is not signed in is asked at the issuer, and comes back to the view that they wanted', async () => {
    const address = `/tenants/${refOf('acme')}?moment=now`;
    const { page, troubles } = await world.signedIn('olga', address);
    expect(page.url()).toBe(`${world.origin}${address}`);
    expect(world.people.happened.slice(-2)).toEqual(['shown', 'entered olga']);
    expect(troubles).toEqual([]);
  });

  it('who has signed in is not asked again in another window of the same browser', async () => {
    const { page } = await world.signedIn('olga');
    const other = await page.context().newPage();
    await other.goto(`${world.origin}/`);
    await safe(other);
    expect(world.people.happened.slice(-2)).toEqual(['entered olga', 'remembered olga']);
  });

  it('who operates sees the fleet, to when a tenant can be restored, and the accident on its timeline', async () => {
    const seen = await world.signedIn('olga');
    const { page } = seen;
    await safe(page);
    for (const tenant of TENANTS) await page.getByRole('link', { name: tenant, exact: true }).waitFor();
    await expectWell(page);
    await page.getByRole('link', { name: 'acme', exact: true }).click();
    await page.getByText(/^Can be restored to any moment from .* to .*Times are UTC\.$/).waitFor();
    await page.getByRole('slider', { name: 'Moment to restore to' }).waitFor();
    const accident = page.getByRole('button', { name: /^60 rows deleted/ });
    await accident.first().click();
    const changes = page.getByRole('table', { name: 'Changes by table' });
    await changes.getByRole('row', { name: /projects 10/ }).waitFor();
    await expectWell(page);
    expect(seen.troubles).toEqual([]);
  });

  it('who may read rows sees those of the transaction, and an operator does not', async () => {
    const path = `/tenants/${refOf('acme')}/transactions`;
    const { body } = await world.api('olga')('GET', `${path}?sort=deletes&limit=1`);
    const one = `${path}/${encodeURIComponent(body.transactions[0].lsn)}`;
    expect(await world.api('olga')('GET', `${one}/rows`)).toMatchObject({
      status: 403,
      body: { code: 'not-permitted' },
    });
    const seen = await world.signedIn('sara', one);
    await seen.page.getByRole('button', { name: 'Show the rows' }).click();
    await seen.page.getByText('Project').first().waitFor();
    expect(seen.troubles).toEqual([]);
  });

  it('has the roles of their groups', async () => {
    const roles: Record<string, unknown> = {};
    for (const person of Object.keys(GROUPS) as Person[])
      roles[person] = (await world.api(person)('GET', '/me')).body.roles;
    expect(roles).toEqual({
      ...{ olga: ['operator'], carol: ['approver'], sara: ['system-administrator'], nemo: [] },
    });
  });

  it('whose groups give no role is told so, and sees nothing', async () => {
    const { page } = await world.signedIn('nemo');
    await page.getByText('Not permitted').first().waitFor();
    await expectWell(page);
    const shown = await page.content();
    for (const tenant of TENANTS) {
      expect(shown).not.toContain(tenant);
      const { status } = await world.api('nemo')('GET', `/tenants/${refOf(tenant)}/timeline`);
      expect(status).toBe(403);
    }
    expect((await world.api('nemo')('GET', '/me')).body.may).toEqual([]);
    expect(await world.api('nemo')('GET', '/tenants')).toMatchObject({ status: 403, body: { code: 'not-permitted' } });
  });

  it('whose token ends goes on with a new one, for as long as the issuer renews it', async () => {
    const seen = await world.signedIn('olga');
    await world.hoursLater(seen.page, 'olga');
    await seen.page.reload();
    await safe(seen.page);
    expect(world.people.happened.slice(-2)).toEqual(['entered olga', 'renewed olga']);
    expect(seen.troubles).toEqual([]);
  });

  it('whose token has expired signs in again, and comes back to the view', async () => {
    const { page } = await world.signedIn('olga', '/?search=acm');
    world.people.forget('olga');
    await world.hoursLater(page, 'olga');
    // The page itself asks for news.
    await asked(page);
    await enter(page, 'olga');
    expect(page.url()).toBe(`${world.origin}/?search=acm`);
    await safe(page);
    const expired = await world.people.tokenOf('olga', { exp: Math.floor(Date.now() / 1000) - 3600 });
    const refused = { status: 401, body: { code: 'not-signed-in', details: { why: 'expired' } } };
    expect(await world.called(expired)('GET', '/fleet')).toMatchObject(refused);
  });

  it('who signs out is signed out at the issuer too, and their window knows nothing any more', async () => {
    const { page, troubles } = await world.signedIn('olga');
    await safe(page);
    // The issuer takes its time: meanwhile the page asks for news, and is refused.
    const refused = page.waitForResponse(answer => answer.status() === 401);
    await page.route(`${world.people.issuer}/end?*`, async route => {
      await refused;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Sign out' }).click();
    await asked(page);
    expect(world.people.happened.slice(-2)).toEqual(['left', 'shown']);
    await page.goto(`${world.origin}/settings.json`);
    expect(await page.evaluate(`sessionStorage.getItem('${TOKENS}')`)).toBeNull();
    await page.goto(`${world.origin}/`);
    await asked(page);
    expect(troubles.filter(text => !text.includes('401'))).toEqual([]);
  });

  it('who is sent to the console with a code of somebody else is not signed in by it', async () => {
    const { page, troubles } = await world.arrived('/');
    await page.goto(`${world.origin}/signed-in?code=forged&state=forged`);
    await page.getByRole('heading', { name: 'Not signed in' }).waitFor();
    await expectWell(page);
    await page.getByRole('link', { name: 'Sign in again' }).click();
    await asked(page);
    expect(troubles).toEqual([]);
  });

  it('is told by a page that AWS does not answer what does', async () => {
    const { page } = await world.signedIn('olga', '/cost');
    await page.getByText('The API of an installation on AWS does not answer this.').first().waitFor();
    await page
      .getByText(/The command line does/)
      .first()
      .waitFor();
    await expectWell(page);
  });
});

describe('a restore', { timeout: 400_000 }, () => {
  const whole = (id: string) => ({ id, ref: refOf(id) });

  it('is previewed with rows, asked for, approved by another person, applied by itself and proved', () =>
    takenBackByPeople(world, whole('acme')));

  it('is asked for by a tenant, and decided by an approver', async () => {
    const before = new Date().toISOString();
    const { db, ship } = world.deployed;
    await db.query(`DELETE FROM projects WHERE tenant_id = 'globex' AND id % 2 = 1`);
    await ship();
    await askedForByTenant(world, whole('globex'), before);
  });
});

describe('every answer', () => {
  const answered = async (path: string) => {
    const response = await fetch(`${world.origin}${path}`);
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  };

  it('tells browsers what they may do with it: of pages, files, the API, and what is not there', async () => {
    const { text } = await answered('/');
    const [script] = /\/assets\/[\w-]+\.js/.exec(text)!;
    const statuses = { '/': 200, [`/tenants/${refOf('acme')}`]: 200, [script!]: 200, '/settings.json': 200 };
    for (const [path, expected] of Object.entries({ ...statuses, '/assets/none.js': 403, '/api/me': 401 })) {
      const { status, headers } = await answered(path);
      expect(status, path).toBe(expected);
      expect(headers).toMatchObject({
        ...BROWSER_HEADERS,
        'content-security-policy': contentSecurityPolicy([world.people.origin]),
        'strict-transport-security': 'max-age=31536000',
      });
    }
  });

  it('comes through the distribution: nobody else reads the bucket of the pages', async () => {
    const { emulator } = world.deployed;
    const role = await makeRole(emulator, 'Onlooker', [`${NAME}-operator`]);
    const s3 = new S3Client({
      ...{ ...emulator.target, forcePathStyle: true },
      credentials: await signIn(emulator, role, 'olga'),
    });
    const read = new GetObjectCommand({ Bucket: `${NAME}-console-${ACCOUNT}-${REGION}`, Key: 'index.html' });
    await expect(s3.send(read)).rejects.toThrow(/not authorized|Access ?Denied/i);
    s3.destroy();
  });

  it('is kept by caches only where it never changes', async () => {
    const { text, headers } = await answered('/');
    const [script] = /\/assets\/[\w-]+\.js/.exec(text)!;
    expect(headers['cache-control']).toBe('no-store');
    expect((await answered(script!)).headers).toMatchObject({
      ...{ 'cache-control': 'public, max-age=31536000, immutable', 'content-type': 'text/javascript; charset=utf-8' },
    });
    for (const path of ['/settings.json', '/api/me'])
      expect((await answered(path)).headers['cache-control']).toBe('no-store');
  });
});

describe('the administrator of a tenant', { timeout: 120_000 }, () => {
  const as = async (tenant: string, more?: Record<string, unknown>) =>
    world.called(await world.administratorOf(tenant, more));

  it('sees whether their own data are safe, and to when they can be restored', async () => {
    const call = await as('acme');
    expect((await call('GET', '/self?tenant=globex')).body).toMatchObject({ tenantId: 'acme', state: 'safe' });
    expect((await call('GET', '/self/timeline')).body.window).toHaveLength(1);
    const me = { roles: ['tenant-administrator'], tenants: [refOf('acme')] };
    expect((await call('GET', '/me')).body).toMatchObject(me);
  });

  it('has no more by a group that their token claims, and nothing by a token for another audience', async () => {
    const claiming = await as('acme', { groups: ['administrators'] });
    expect((await claiming('GET', '/me')).body.roles).toEqual(['tenant-administrator']);
    expect((await claiming('GET', '/fleet')).status).toBe(403);
    const elsewhere = await as('acme', { aud: 'another' });
    expect(await elsewhere('GET', '/self')).toMatchObject({ status: 401, body: { code: 'not-signed-in' } });
  });

  it('is answered on the pages of their application, and on those of no other origin', async () => {
    const { application, people, origin } = world;
    const headers = { authorization: `Bearer ${await world.administratorOf('acme')}` };
    const asking = `fetch('${origin}/api/self', { headers: ${JSON.stringify(headers)} })
      .then(answer => answer.json()).then(({ tenantId }) => tenantId, error => error.name)`;
    const answers = [];
    for (const url of [`${application.issuer}/keys`, `${people.issuer}/keys`]) {
      // The driver of the browser answers its preflights.
      const preflight = { origin: new URL(url).origin, 'access-control-request-method': 'GET' };
      const allowed = await fetch(`${origin}/api/self`, { method: 'OPTIONS', headers: preflight });
      const { page } = await world.windowAt(url);
      answers.push([allowed.headers.get('access-control-allow-origin'), await page.evaluate(asking)]);
    }
    expect(answers).toEqual([
      [application.issuer, 'acme'],
      [null, 'TypeError'],
    ]);
  });

  it('reaches no other tenant by any route of the document, and their own by the same', async () => {
    const { paths } = (await world.called(undefined)('GET', '/openapi.json')).body;
    const call = await as('acme');
    const own: Record<string, number> = {};
    for (const [path, methods] of Object.entries<Record<string, DocumentedOperation>>(paths))
      for (const [method, facts] of Object.entries(methods)) {
        const ask = (tenant: string) =>
          call(method.toUpperCase() as 'GET' | 'POST', ...documentedRequest(path, facts, refOf(tenant)));
        const { status, body } = await ask('globex');
        const answered = JSON.stringify(body);
        expect(TENANTS.filter(each => each !== 'acme' && answered.includes(each))).toEqual([]);
        if (!path.includes('{tenant}')) continue;
        expect([403, 404], `${method} ${path}`).toContain(status);
        own[`${method} ${path}`] = (await ask('acme')).status;
      }
    expect(own).toMatchObject({
      'get /tenants/{tenant}': 200,
      'get /tenants/{tenant}/timeline': 200,
      'get /tenants/{tenant}/activity': 200,
      // For operators.
      'get /tenants/{tenant}/transactions/{transaction}/rows': 403,
    });
  });
});

describe('IAM', () => {
  it('refused what was tried on purpose, and no call of a function', async () => {
    const why = 'only the distribution reads the pages';
    await expectOnlyTheseDenials(world.deployed.emulator, [
      { by: /_Onlooker_/, action: /^s3:GetObject$/, resource: /-console-.*\/index\.html$/, why },
    ]);
  });
});
