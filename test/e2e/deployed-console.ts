/**
 * The console of a deployment as people meet it: the example app on the emulator, whose people sign in at an issuer of the test
 * and whose tenants' administrators have tokens of an application. Everything goes through the front door, as on AWS.
 */
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect, inject } from 'vitest';
import type { DeploymentInput } from '../../lib/infra/deployment.ts';
import { openBrowser } from '../support/browser.ts';
import { openedAt, type Seen } from '../support/console-pages.ts';
import { loopbackTls } from '../support/loopback-tls.ts';
import { type ServedIssuer, servedIssuer } from '../support/served-issuer.ts';
import { type SignInIssuer, signInIssuer } from '../support/sign-in-issuer.ts';
import { type Deployed, deploy } from './deployed.ts';
import { ACCOUNT, ended, eventually, REGION } from './emulator.ts';
import { openFrontDoor } from './front-door.ts';

/** In the session storage of a window (console/src/sign-in/session.ts). */
export const TOKENS = 'holdfast.tokens';

export interface ConsoleAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers have the shape of the route
  readonly body: any;
}

/** `path` below `/api`. */
type Call = (method: 'GET' | 'POST', path: string, body?: object) => Promise<ConsoleAnswer>;

export interface DeployedConsole<Person extends string> {
  readonly deployed: Deployed;
  readonly people: SignInIssuer;
  /** The issuer of tokens for tenants' administrators, at the origin of its application. */
  readonly application: ServedIssuer;
  /** What a browser sees of it, such as `https://127.0.0.1:8443`. */
  readonly origin: string;
  /** A window that knows nobody, at an address of one of the three: the console, the issuer, the application. */
  windowAt(url: string): Promise<Seen>;
  /** A window that knows nobody yet, at that address of the console: the issuer asks who one is. */
  arrived(address: string): Promise<Seen>;
  /** A window in which that person has signed in, at that address. */
  signedIn(person: Person, address?: string): Promise<Seen>;
  /** The window as it is some hours later: its token has ended. */
  hoursLater(page: Page, person: Person): Promise<void>;
  /** The API as a program calls it, with that token. */
  called(token: string | undefined): Call;
  /** The same with a token of that person. */
  api(person: Person): Call;
  /** A token of the application for the administrator of that tenant; `more`: other claims. */
  administratorOf(tenant: string, more?: Record<string, unknown>): Promise<string>;
  closeWindows(): Promise<void>;
  dispose(): Promise<void>;
}

/** Every tenant has its first backup. `groups`: those of each person; `roles`: those of each group. */
export async function deployConsole<Person extends string>(
  name: string,
  groups: Readonly<Record<Person, readonly string[]>>,
  roles: NonNullable<DeploymentInput['console']>['roles'],
): Promise<DeployedConsole<Person>> {
  const tls = await loopbackTls();
  const people = await signInIssuer(tls, groups);
  const application = await servedIssuer(tls);
  const deployed = await deploy(name, {
    regions: { primary: REGION },
    approvals: { restoreInPlace: 1 },
    console: {
      signIn: { kind: 'oidc', issuer: people.issuer, clientId: people.clientId },
      roles,
      self: {
        ...{ issuer: application.issuer, audience: 'console', tenantClaim: 'tenant' },
        origins: [application.issuer],
      },
    },
    site: join(dirname(inject('commandLine')), 'console'),
    variables: { NODE_EXTRA_CA_CERTS: tls.file },
  });
  const door = await openFrontDoor(tls, deployed.emulator, await deployed.output('console', 'ConsoleTarget'));
  people.register(door.origin);
  await firstBackups(deployed, name);
  const browser: Browser = await openBrowser();
  const { origin } = door;
  const windowAt = async (url: string) => {
    const own = [origin, people.origin, application.issuer];
    const seen = await openedAt(browser, { width: 1440, own }, origin);
    await seen.page.goto(url);
    return seen;
  };
  const arrived = async (address: string) => {
    const seen = await windowAt(`${origin}${address}`);
    await asked(seen.page);
    return seen;
  };
  const called = (token: string | undefined) => callOf(`${origin}/api`, async () => token);
  return {
    ...{ deployed, people, application, origin, windowAt, arrived, called },
    async signedIn(person, address = '/') {
      const seen = await arrived(address);
      await enter(seen.page, person);
      return seen;
    },
    async hoursLater(page, person) {
      const ago = 2 * 3600;
      const idToken = await people.tokenOf(person, { exp: Math.floor(Date.now() / 1000) - ago });
      const older = JSON.stringify({ idToken, signedInAt: Date.now() - ago * 1000 });
      await page.evaluate(`(() => {
        const kept = JSON.parse(sessionStorage.getItem('${TOKENS}'));
        sessionStorage.setItem('${TOKENS}', JSON.stringify({ ...kept, ...${older} }));
      })()`);
    },
    api: person => callOf(`${origin}/api`, () => people.tokenOf(person)),
    administratorOf: (tenant, more) => application.token({ tenant, ...more }),
    async closeWindows() {
      for (const context of browser.contexts()) await context.close();
    },
    async dispose() {
      await browser.close();
      await door.stop();
      await deployed.dispose();
      for (const issuer of [people, application]) await issuer.stop();
      await tls.remove();
    },
  };
}

/** Until every tenant has the snapshot that the first run of the shipper asks for. */
async function firstBackups({ emulator, ship }: Deployed, name: string): Promise<void> {
  await ship();
  const started = await eventually('the shipper starts back-up-fleet', async () => {
    const stateMachineArn = `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:${name}-back-up-fleet`;
    const { executions } = await emulator.call('AWSStepFunctions.ListExecutions', { stateMachineArn });
    return executions[0]?.executionArn as string | undefined;
  });
  expect(await ended(emulator, started)).toMatchObject({ status: 'SUCCEEDED' });
}

/** Until the issuer asks who one is. */
export function asked(page: Page): Promise<void> {
  return page.getByRole('heading', { name: 'Who are you?' }).waitFor();
}

/** At the issuer; until the console shows who one is. */
export async function enter(page: Page, person: string): Promise<void> {
  await page.getByRole('button', { name: `Sign in as ${person}` }).click();
  await page.getByText(`${person}@example.com`).waitFor();
}

function callOf(base: string, tokenOf: () => Promise<string | undefined>): Call {
  return async (method, path, body) => {
    const token = await tokenOf();
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    };
    const response = await fetch(`${base}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return { status: response.status, body: await response.json() };
  };
}
