/**
 * The console in a browser, over the demo's database with its accident: every page at both widths and in both themes, and the
 * night's work from the accident to its undoing. HOLDFAST_PICTURES=1 writes the pictures of docs/pictures again; look at them.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { withClient } from '../../bin/demo/database.ts';
import type { SiteFiles } from '../../lib/api/serve-site.ts';
import { openBrowser } from '../support/browser.ts';
import { expectWell, lookAs, type Seen, settled, signedIn } from '../support/console-pages.ts';
import { type DemoConsole, demoConsole, VICTIM_OF_DEMO } from '../support/demo-console.ts';
import { person } from '../support/governed.ts';

const ROOT = join(import.meta.dirname, '../..');
const PICTURES = join(ROOT, 'docs/pictures');
/** As the tenant model names it. */
const NAME_OF_VICTIM = 'Acme';
/** Of a group of routes, compressed. */
const SCRIPT_BUDGET = 200_000;
const LOOKS = [
  { width: 1440, colorScheme: 'light' },
  { width: 1440, colorScheme: 'dark' },
  { width: 360, colorScheme: 'light' },
  { width: 360, colorScheme: 'dark' },
] as const;

let files: SiteFiles;
let demo: DemoConsole;
let browser: Browser;
let olga: Seen;
let carol: Seen;
let ada: Seen;
let victim: string;
let accident: string;

beforeAll(async () => {
  const directory = join(dirname(inject('commandLine')), 'console');
  const entries = await readdir(directory, { recursive: true });
  files = { directory, names: new Set(entries.map(name => name.replaceAll('\\', '/'))) };
  demo = await demoConsole('approvals: [{action: restore, approvals: 1}]');
  victim = demo.refOf(VICTIM_OF_DEMO);
  browser = await openBrowser();
  const administrator = person('olga', ['system-administrator', 'operator']);
  olga = await signedIn(browser, await demo.serveTo(administrator, files), LOOKS[0]);
  carol = await signedIn(browser, await demo.serveTo(person('carol', ['approver']), files), LOOKS[0]);
  ada = await signedIn(browser, await demo.serveTo(person('ada', ['auditor']), files), LOOKS[0]);
  const { transactions } = await demo.holdfast.json(
    'transactions',
    VICTIM_OF_DEMO,
    '--sort',
    'deletes',
    '--limit',
    '1',
  );
  accident = transactions[0].lsn;
}, 300_000);
afterAll(async () => {
  for (const each of [olga, carol, ada]) await each?.close();
  await browser?.close();
  await demo?.dispose();
});

/** What the night's work leaves: its addresses are looked at below. */
const made = { preview: '', request: '', restore: '' };

async function projectsOf(tenant: string): Promise<number> {
  const { rows } = await withClient(demo.url, client =>
    client.query('SELECT count(*)::int AS n FROM app.projects WHERE tenant_id = $1', [tenant]),
  );
  return rows[0].n;
}

function lastOf(page: Page): string {
  return decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1)!);
}

/** The open request is approved by the other person, and executed by who asked. */
async function approvedAndExecuted(): Promise<void> {
  const { page } = olga;
  await page.getByText('Waiting for somebody else').waitFor();
  await carol.go(new URL(page.url()).pathname);
  await carol.page.getByLabel('Comment').fill('Agreed with the customer.');
  await carol.page.getByRole('button', { name: 'Approve' }).click();
  await carol.page.getByText('Approved').first().waitFor();
  await page.getByRole('button', { name: 'Execute exactly this plan' }).click();
  await page.getByText('Executed by olga').waitFor();
}

describe('at night', () => {
  it('an operator finds the accident, takes it back with another person’s approval, and undoes that', async () => {
    const { page } = olga;
    const damaged = await projectsOf(VICTIM_OF_DEMO);
    await olga.go('/?search=acm');
    await page.getByRole('link', { name: NAME_OF_VICTIM, exact: true }).click();
    await page.getByText('Can be restored to any moment').waitFor();
    await page
      .getByRole('button', { name: /rows deleted/ })
      .first()
      .click();
    await page.getByRole('link', { name: 'Take it back, keep what came later' }).click();
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByRole('heading', { name: `Preview: ${NAME_OF_VICTIM}` }).waitFor();
    made.preview = lastOf(page);
    await settled(page);
    for (const look of LOOKS) {
      await lookAs(page, look);
      await expectWell(page);
      if (look.colorScheme === 'light') await take(`tenants-previews-one-${look.width}`);
    }
    await lookAs(page, LOOKS[0]);
    expect(await projectsOf(VICTIM_OF_DEMO)).toBe(damaged);
    // Whoever closed the page finds the preview again.
    await olga.go(`/tenants/${victim}/restore`);
    await page.getByRole('link', { name: made.preview }).click();
    await page.getByRole('heading', { name: `Preview: ${NAME_OF_VICTIM}` }).waitFor();
    await page.getByLabel('Reason').fill('A clean-up script ran on production.');
    await page.getByRole('button', { name: 'Request this restore' }).click();
    await page.getByText('Waiting for somebody else').waitFor();
    made.request = lastOf(page);
    await approvedAndExecuted();
    await page.getByRole('link', { name: /The record of the restore/ }).click();
    await page.getByText(/^Proved/).waitFor();
    made.restore = lastOf(page);
    expect(await projectsOf(VICTIM_OF_DEMO)).toBeGreaterThan(damaged);

    await page.getByRole('link', { name: 'Undo it' }).click();
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByRole('heading', { name: `Preview: ${NAME_OF_VICTIM}` }).waitFor();
    await page.getByLabel('Reason').fill('Only a rehearsal.');
    await page.getByRole('button', { name: 'Request this restore' }).click();
    await approvedAndExecuted();
    expect(await projectsOf(VICTIM_OF_DEMO)).toBe(damaged);
    expect([olga.troubles, carol.troubles]).toEqual([[], []]);
  });

  it('an auditor verifies the chain of what was done, in the browser', async () => {
    await ada.go(`/audit?tenant=${victim}`);
    await ada.page.getByRole('button', { name: 'Verify this chain' }).click();
    await ada.page
      .getByText(/events .* verified|verified/i)
      .first()
      .waitFor();
    expect(ada.troubles).toEqual([]);
  });

  it('a moment is picked and the view is moved by keyboard alone', async () => {
    await olga.go(`/tenants/${victim}`);
    const { page } = olga;
    const slider = page.getByRole('slider', { name: 'Moment to restore to' });
    const atEnd = async () => {
      // The page may still draw itself again.
      await slider.focus();
      await page.keyboard.press('End');
      return slider.getAttribute('aria-valuetext');
    };
    await expect.poll(atEnd).toMatch(/^\d{4}-\d\d-\d\d /);
    const end = await slider.getAttribute('aria-valuenow');
    await page.keyboard.press('[');
    await expect.poll(() => slider.getAttribute('aria-valuenow')).not.toBe(end);
    const before = await slider.getAttribute('aria-valuenow');
    await page.keyboard.press('+');
    await expect.poll(() => new URL(page.url()).searchParams.get('from')).not.toBeNull();
    await page.keyboard.press('Shift+ArrowLeft');
    await expect.poll(() => slider.getAttribute('aria-valuenow')).not.toBe(before);
  });

  it('whoever may not see the fleet is told so, and sees nothing', async () => {
    const nobody = await signedIn(browser, await demo.serveTo(person('nemo', []), files), LOOKS[0]);
    await nobody.page.getByText('Not permitted').first().waitFor();
    await expectWell(nobody.page);
    expect(await nobody.page.content()).not.toContain(VICTIM_OF_DEMO);
    await nobody.close();
  });
});

const of = (rest: string) => () => `/tenants/${victim}${rest}`;

/** Address by path of the router, and what is to be there before it is looked at. */
const ADDRESSES: Readonly<Record<string, { readonly address: () => string; readonly sees: string | RegExp }>> = {
  '/': { address: () => '/', sees: /50 tenants safe|tenants? safe|late/ },
  '/tenants/:tenant': {
    address: () => `/tenants/${victim}?transaction=${encodeURIComponent(accident)}`,
    sees: 'Take it back',
  },
  '/tenants/:tenant/transactions/:transaction': {
    address: () => `/tenants/${victim}/transactions/${encodeURIComponent(accident)}`,
    sees: 'Show the rows',
  },
  '/tenants/:tenant/restore': { address: of('/restore?to=10+minutes+ago'), sees: 'What to go back to' },
  '/tenants/:tenant/previews/:preview': { address: () => of(`/previews/${made.preview}`)(), sees: 'Show the command' },
  '/tenants/:tenant/requests/:request': { address: () => of(`/requests/${made.request}`)(), sees: 'Hash of the plan' },
  '/tenants/:tenant/restores': { address: of('/restores'), sees: 'Restores' },
  '/tenants/:tenant/restores/:restore': { address: () => of(`/restores/${made.restore}`)(), sees: /^Proved/ },
  '/requests': { address: () => '/requests', sees: 'Requests' },
  '/tenants/:tenant/holds': { address: of('/holds'), sees: 'Place a hold' },
  '/tenants/:tenant/retention': { address: of('/retention'), sees: 'Backups, newest first' },
  '/tenants/:tenant/destroy': { address: of('/destroy'), sees: /destr/i },
  '/tenants/:tenant/backups': { address: of('/backups'), sees: 'Snapshot now' },
  '/holds': { address: () => '/holds', sees: 'Legal holds' },
  '/holds/:hold': { address: () => '/holds/none', sees: /no|not/i },
  '/audit': { address: () => '/audit', sees: 'Verify in this browser' },
  '/evidence': { address: () => '/evidence', sees: 'Bundles' },
  '/evidence/:id': { address: () => '/evidence/none', sees: /no|not/i },
  '/alarms': { address: () => '/alarms', sees: 'Recipients' },
  '/drills': { address: () => '/drills', sees: 'By kind' },
  '/drills/:drill': { address: () => '/drills/none', sees: /no|not/i },
  '/regions': { address: () => '/regions', sees: 'Set up a second region' },
  '/reports': { address: () => '/reports', sees: 'Reports' },
  '/reports/:kind/:name': { address: () => '/reports/daily/2020-01-01', sees: /no|not/i },
  '/cost': { address: () => '/cost', sees: 'Advice' },
  '/configuration': { address: () => '/configuration', sees: 'Settings' },
  '/self': { address: () => '/self', sees: /administrator/i },
  '/self/restore': { address: () => '/self/restore', sees: /tenant|restore/i },
  '/self/export': { address: () => '/self/export', sees: /tenant|export/i },
  '/self/requests': { address: () => '/self/requests', sees: /tenant|request/i },
  '*': { address: () => '/nowhere', sees: 'There is nothing at this address' },
};
/** Refused, or about nothing: what the browser logs of the answer is no trouble. */
const REFUSED = [
  '/holds/:hold',
  '/evidence/:id',
  '/drills/:drill',
  '/reports/:kind/:name',
  '/self',
  '/self/restore',
  '/self/export',
  '/self/requests',
];

describe('every page', () => {
  it('has an address that is looked at here', async () => {
    const router = await readFile(join(ROOT, 'console/src/router.tsx'), 'utf8');
    const paths = [...router.matchAll(/path: '([^']+)'/g)].map(([, path]) => path!);
    expect(paths.sort()).toEqual(Object.keys(ADDRESSES).sort());
  });

  it.each(Object.keys(ADDRESSES))('%s is whole, and axe finds nothing, at both widths in both themes', async path => {
    const { address, sees } = ADDRESSES[path]!;
    const before = olga.troubles.length;
    // A preview that was applied shows no rows any more: its picture is taken at night.
    const hasPicture = ![...REFUSED, '*', '/tenants/:tenant/previews/:preview'].includes(path);
    await olga.go(address());
    await olga.page.locator('main').getByText(sees).first().waitFor();
    for (const look of LOOKS) {
      await lookAs(olga.page, look);
      await expectWell(olga.page);
      const isTimeline = path === '/tenants/:tenant';
      const suffix = look.colorScheme === 'dark' ? '-dark' : '';
      if (hasPicture && (look.colorScheme === 'light' || isTimeline))
        await take(`${nameOf(path)}-${look.width}${suffix}`);
    }
    await lookAs(olga.page, LOOKS[0]);
    if (!REFUSED.includes(path)) expect(olga.troubles.slice(before)).toEqual([]);
  });

  it('takes less than 200 KB of compressed script to be shown', async () => {
    const manifest = JSON.parse(await readFile(join(files.directory, 'manifest.json'), 'utf8')) as Manifest;
    const pages = Object.entries(manifest).filter(([, { isDynamicEntry }]) => isDynamicEntry);
    expect(pages.length).toBeGreaterThan(20);
    for (const [name] of pages) {
      const scripts = new Set([...scriptsOf(manifest, 'index.html'), ...scriptsOf(manifest, name)]);
      let bytes = 0;
      for (const script of scripts) bytes += gzipSync(await readFile(join(files.directory, script))).byteLength;
      expect([name, bytes < SCRIPT_BUDGET]).toEqual([name, true]);
    }
  });
});

type Manifest = Readonly<
  Record<string, { readonly file: string; readonly imports?: readonly string[]; readonly isDynamicEntry?: boolean }>
>;

function scriptsOf(manifest: Manifest, name: string, seen = new Set<string>()): Set<string> {
  const { file, imports = [] } = manifest[name]!;
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const each of imports) scriptsOf(manifest, each, seen);
  return seen;
}

/** One of a list is named apart from the list. */
function nameOf(path: string): string {
  if (path === '/') return 'fleet';
  const words = path.split('/').filter(part => part && !part.startsWith(':'));
  return [...words, ...(/:(?!tenant)\w+$/.test(path) ? ['one'] : [])].join('-');
}

async function take(name: string): Promise<void> {
  if (!process.env.HOLDFAST_PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  const height = Math.min(await olga.page.evaluate<number>('document.documentElement.scrollHeight'), 1800);
  const { width } = olga.page.viewportSize()!;
  const picture = await olga.page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
  await writeFile(join(PICTURES, `console-${name}.png`), picture);
}
