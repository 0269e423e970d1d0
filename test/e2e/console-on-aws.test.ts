/**
 * The console of an installation on AWS, in Chromium: people sign in at an issuer of their own, behind the distribution and
 * the HTTP API of the deployment, on an emulator that enforces the roles of its functions. A tenant's administrator calls the
 * same API with a token of the application.
 */
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { BROWSER_HEADERS, contentSecurityPolicy } from '../../lib/domain/browser-headers.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { openBrowser } from '../support/browser.ts';
import { expectWell, openedAt, type Seen } from '../support/console-pages.ts';
import { type LoopbackTls, loopbackTls } from '../support/loopback-tls.ts';
import { type ServedIssuer, servedIssuer } from '../support/served-issuer.ts';
import { type SignInIssuer, signInIssuer } from '../support/sign-in-issuer.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type ExpectedDenial, expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy, INSTALLATION, TENANTS } from './deployed.ts';
import { ACCOUNT, ended, eventually, REGION, startExecution } from './emulator.ts';
import { openFrontDoor } from './front-door.ts';

const NAME = 'con';
/** By person; `visitors` is a group without a role. */
const GROUPS = { olga: ['operators'], carol: ['approvers'], nemo: ['visitors'] };
type Person = keyof typeof GROUPS;
const EXPECTED_DENIALS: readonly ExpectedDenial[] = [];

let tls: LoopbackTls;
let people: SignInIssuer;
/** Of the application, for its tenants' administrators. */
let application: ServedIssuer;
let deployed: Deployed;
let door: { readonly origin: string; stop(): Promise<void> };
let browser: Browser;

beforeAll(async () => {
  tls = await loopbackTls();
  people = await signInIssuer(tls, GROUPS);
  application = await servedIssuer(tls);
  deployed = await deploy(NAME, {
    regions: { primary: REGION },
    console: {
      signIn: { kind: 'oidc', issuer: people.issuer, clientId: people.clientId },
      roles: { operators: ['operator'], approvers: ['approver'] },
      self: { issuer: application.issuer, audience: 'console', tenantClaim: 'tenant' },
    },
    site: join(dirname(inject('commandLine')), 'console'),
    variables: { NODE_EXTRA_CA_CERTS: tls.file },
  });
  door = await openFrontDoor(tls, deployed.emulator, await deployed.output('console', 'ConsoleTarget'));
  people.register(door.origin);
  browser = await openBrowser();
  await backedUp();
  await deployed.db.query(`DELETE FROM projects WHERE tenant_id = 'acme' AND id % 2 = 0`);
  await deployed.ship();
}, SETUP_TIMEOUT_MS);

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await door?.stop();
  await deployed?.dispose();
  for (const issuer of [people, application]) await issuer?.stop();
  await tls?.remove();
});

/** Until every tenant has the snapshot that the first run of the shipper asks for. */
async function backedUp(): Promise<void> {
  const { emulator, ship } = deployed;
  await ship();
  const started = await eventually('the shipper starts back-up-fleet', async () => {
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${NAME}-back-up-fleet`;
    const { executions } = await emulator.call('AWSStepFunctions.ListExecutions', { stateMachineArn });
    return executions[0]?.executionArn as string | undefined;
  });
  expect(await ended(emulator, started)).toMatchObject({ status: 'SUCCEEDED' });
}

const refOf = (tenant: string) => tenantRef(INSTALLATION, tenantId(tenant));

/** A window of a browser that knows nobody yet, at that address of the console: the issuer asks who one is. */
async function arrived(address: string): Promise<Seen> {
  const seen = await openedAt(browser, { width: 1440, own: [door.origin, people.origin] }, door.origin);
  await seen.page.goto(`${door.origin}${address}`);
  await asked(seen.page);
  return seen;
}

function asked(page: Page): Promise<void> {
  return page.getByRole('heading', { name: 'Who are you?' }).waitFor();
}

/** A window in which that person has signed in. */
async function signedIn(person: Person, address = '/'): Promise<Seen> {
  const seen = await arrived(address);
  await enter(seen.page, person);
  return seen;
}

async function enter(page: Page, person: Person): Promise<void> {
  await page.getByRole('button', { name: `Sign in as ${person}` }).click();
  await page.getByText(`${person}@example.com`).waitFor();
}

interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers have the shape of the route
  readonly body: any;
}

/** The API as a program calls it, by the front door. */
async function called(token: string | undefined, method: string, path: string, body?: object): Promise<Answer> {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body && { 'content-type': 'application/json' }),
  };
  const sent = { method, headers, ...(body && { body: JSON.stringify(body) }) };
  const response = await fetch(`${door.origin}/api${path}`, sent);
  return { status: response.status, body: await response.json() };
}

/** The same with the token of a person. */
function api(person: Person) {
  return async (method: 'GET' | 'POST', path: string, body?: object) =>
    called(await people.tokenOf(person), method, path, body);
}

describe('a person', { timeout: 120_000 }, () => {
  it('who is not signed in is asked at the issuer, and comes back to the view that they wanted', async () => {
    const address = `/tenants/${refOf('acme')}?moment=now`;
    const seen = await signedIn('olga', address);
    expect(seen.page.url()).toBe(`${door.origin}${address}`);
    expect(people.happened.slice(-2)).toEqual(['shown', 'entered olga']);
    expect(seen.troubles).toEqual([]);
  });

  it('who operates sees the fleet, a tenant, to when it can be restored, and the accident on its timeline', async () => {
    const { page, troubles } = await signedIn('olga');
    await page.getByText(`${TENANTS.length} tenants safe`).waitFor();
    for (const tenant of TENANTS) await page.getByRole('link', { name: tenant, exact: true }).waitFor();
    await expectWell(page);
    await page.getByRole('link', { name: 'acme', exact: true }).click();
    await page.getByText(/^Can be restored to any moment from .* to .*Times are UTC\.$/).waitFor();
    await page.getByRole('slider', { name: 'Moment to restore to' }).waitFor();
    await expectWell(page);
    await page
      .getByRole('button', { name: /rows deleted/ })
      .first()
      .click();
    await page.getByText('10 deleted').first().waitFor();
    expect(troubles).toEqual([]);
  });
});

describe('IAM', () => {
  it('refused nothing that is not expected', async () => {
    await expectOnlyTheseDenials(deployed.emulator, EXPECTED_DENIALS);
  });
});
