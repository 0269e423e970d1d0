/**
 * The element of the examples in a page of an application, in Chromium: another origin than the API, the strictest policy of
 * a browser, and a token of the application’s own issuer.
 */
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ServerType, serve } from '@hono/node-server';
import { build } from 'esbuild';
import { Hono } from 'hono';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { makeApi } from '../../lib/api/app.ts';
import { onceInMemory } from '../../lib/api/idempotency.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { tokenDoor } from '../../lib/api/token-door.ts';
import { COMPONENT_PATH, tokenSite } from '../../lib/api/token-site.ts';
import { TokenIssuer } from '../../lib/domain/api-settings.ts';
import { type ApiWorld, apiWorld, ofTenants } from '../support/api-world.ts';
import { newPage, openBrowser } from '../support/browser.ts';
import { type TestIssuer, testIssuer } from '../support/token-issuer.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLES = join(ROOT, 'examples/self-service');
/** As the examples name the service. */
const SERVICE = 'https://backups.example.com';
const MOST_COMPRESSED_BYTES = 30 * 1024;

let script: Uint8Array;
let browser: Browser;
let world: ApiWorld;
let issuer: TestIssuer;
const servers: ServerType[] = [];
/** What the application answers as a token. */
let tokenOf: () => Promise<string>;
let application: string;

async function listening(fetch: (request: Request) => Response | Promise<Response>): Promise<string> {
  const server = serve({ fetch, hostname: '127.0.0.1', port: 0 });
  servers.push(server);
  await new Promise(resolve => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  const built = await build({
    ...{ entryPoints: [join(ROOT, 'console/src/component/holdfast-safety.ts')], bundle: true, minify: true },
    ...{ format: 'esm', target: 'es2022', write: false },
  });
  script = built.outputFiles[0]!.contents;
  browser = await openBrowser();
  world = await apiWorld(ofTenants(['acme', 'other']));
  issuer = await testIssuer('https://app.example.com', () => new Date());
  tokenOf = () => issuer.token({ tenant: 'acme' });
  const settings = { issuer: issuer.issuer, audience: 'holdfast', tenantClaim: 'tenant' };
  const authenticate = tokenDoor({
    ...{ issuers: [TokenIssuer.parse(settings)], installation: 'test-installation' },
    ...{ fetch: issuer.fetch, now: () => new Date() },
  });
  const door = { authenticate, limit: () => {}, once: onceInMemory(Date.now) };
  const origins: string[] = [];
  const api = tokenSite(makeApi(ROUTES, world.apiDeps, door), { origins, component: async () => script });
  const service = await listening(request => api.fetch(request));
  application = await listening(request => applicationOf(service).fetch(request));
  origins.push(application);
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});
afterAll(async () => {
  await browser.close();
  for (const server of servers) server.close();
  await world.deps.dispose();
});

/** The page of the example, with the strictest policy that the documentation promises to be enough. */
function applicationOf(service: string): Hono {
  const own = async (name: string) => (await readFile(join(EXAMPLES, name), 'utf8')).replaceAll(SERVICE, service);
  const policy = `default-src 'none'; script-src 'self' ${service}; connect-src 'self' ${service}`;
  return new Hono()
    .get('/plain.html', async c => c.html(await own('plain.html'), 200, { 'content-security-policy': policy }))
    .get('/plain.js', async c => c.body(await own('plain.js'), 200, { 'content-type': 'text/javascript' }))
    .post('/backup-token', async c => c.text(await tokenOf()));
}

async function opened(width = 360) {
  const { page } = await newPage(browser, { width });
  const problems: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error') problems.push(message.text());
  });
  await page.route('http://127.0.0.1:*/**', route => route.continue());
  await page.goto(`${application}/plain.html`);
  return { page, problems };
}

describe('the element of the plain example', () => {
  it('says whether the data is safe, under the strictest policy', async () => {
    const { page, problems } = await opened();
    await page.getByText('There is no backup of your data yet.').waitFor();
    expect(problems.filter(text => /Content Security Policy|CORS/i.test(text))).toEqual([]);
  });

  it('asks for a backup, and says what went wrong with it', async () => {
    const { page } = await opened();
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByRole('alert').getByText('This could not be done right now.').waitFor();
    expect(await page.getByRole('button', { name: 'Back up now' }).isEnabled()).toBe(true);
  });

  it('keeps what was written where a preview is refused', async () => {
    const { page } = await opened();
    await page.getByRole('button', { name: 'Restore …' }).click();
    await page.keyboard.type('2026-01-01T00:00:00Z');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
    expect(await page.getByLabel('Restore to').inputValue()).toBe('2026-01-01T00:00:00Z');
  });

  it('keeps the token nowhere', async () => {
    const { page } = await opened();
    await page.getByText('There is no backup of your data yet.').waitFor();
    const kept = await page.evaluate(
      'JSON.stringify([document.documentElement.outerHTML, document.querySelector("holdfast-safety").shadowRoot.innerHTML, {...localStorage}, {...sessionStorage}, document.cookie])',
    );
    expect(kept).not.toContain('eyJ');
  });

  it('says that nobody is signed in where the token is not one', async () => {
    const good = tokenOf;
    tokenOf = async () => 'none';
    const { page } = await opened();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/token/);
    tokenOf = good;
  });

  it('is a small script', () => {
    expect(gzipSync(script).byteLength).toBeLessThan(MOST_COMPRESSED_BYTES);
  });
});

it.each(['react.jsx', 'vue.vue', 'plain.html'])('%s names the service, its script and the property', async name => {
  const text = await readFile(join(EXAMPLES, name), 'utf8');
  const used = name === 'plain.html' ? text + (await readFile(join(EXAMPLES, 'plain.js'), 'utf8')) : text;
  expect(used).toContain(`${SERVICE}${COMPONENT_PATH}`);
  expect(used).toContain(`api="${SERVICE}/api"`);
  expect(used).toMatch(/getToken|get-token/);
});
