/**
 * The console in a browser, over the demo's database with its accident: every page at both widths and in both themes, and the
 * night's work from the accident to its undoing. HOLDFAST_PICTURES=1 writes the pictures of docs/pictures again; look at them.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildConsole } from '../../bin/build-console.ts';
import type { SiteFiles } from '../../lib/api/serve-site.ts';
import { openBrowser } from '../support/browser.ts';
import { expectWell, lookAs, type Seen, signedIn } from '../support/console-pages.ts';
import { type DemoConsole, demoConsole, VICTIM_OF_DEMO } from '../support/demo-console.ts';
import { person } from '../support/governed.ts';

const ROOT = join(import.meta.dirname, '../..');
const PICTURES = join(ROOT, 'docs/pictures');
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
let victim: string;
let accident: string;

beforeAll(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-console-'));
  await buildConsole(directory);
  const entries = await readdir(directory, { recursive: true });
  files = { directory, names: new Set(entries.map(name => name.replaceAll('\\', '/'))) };
  demo = await demoConsole('approvals: [{action: restore, approvals: 1}]');
  victim = demo.refOf(VICTIM_OF_DEMO);
  browser = await openBrowser();
  const administrator = person('olga', ['system-administrator', 'operator']);
  olga = await signedIn(browser, await demo.serveTo(administrator, files), LOOKS[0]);
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
  await olga?.close();
  await browser?.close();
  await demo?.dispose();
  if (files) await rm(files.directory, { recursive: true, force: true });
});

/** Address by path of the router. `after`: what is to be there before it is looked at. */
const ADDRESSES: Readonly<Record<string, { readonly address: () => string; readonly sees: string }>> = {
  '/': { address: () => '/', sees: '50 tenants safe' },
  '/tenants/:tenant': {
    address: () => `/tenants/${victim}?transaction=${encodeURIComponent(accident)}`,
    sees: 'Take it back',
  },
  '/tenants/:tenant/transactions/:transaction': {
    address: () => `/tenants/${victim}/transactions/${encodeURIComponent(accident)}`,
    sees: 'Show the rows',
  },
  '*': { address: () => '/nowhere', sees: 'There is nothing at this address' },
};

describe('every page', () => {
  it('has an address that is looked at here', async () => {
    const router = await readFile(join(ROOT, 'console/src/router.tsx'), 'utf8');
    const paths = [...router.matchAll(/path: '([^']+)'/g)].map(([, path]) => path!);
    expect(paths.sort()).toEqual(Object.keys(ADDRESSES).sort());
  });

  it.each(Object.keys(ADDRESSES))('%s is whole, and axe finds nothing, at both widths in both themes', async path => {
    const { address, sees } = ADDRESSES[path]!;
    await olga.go(address());
    await olga.page.getByText(sees).first().waitFor();
    for (const look of LOOKS) {
      await lookAs(olga.page, look);
      await expectWell(olga.page);
      if (look.colorScheme === 'light' || path === '/tenants/:tenant')
        await take(`${nameOf(path)}-${look.width}${look.colorScheme === 'dark' ? '-dark' : ''}`);
    }
    expect(olga.troubles).toEqual([]);
  });

  it('takes less than 200 KB of compressed script to be shown', async () => {
    const manifest = JSON.parse(await readFile(join(files.directory, 'manifest.json'), 'utf8')) as Manifest;
    const pages = Object.entries(manifest).filter(([, { isDynamicEntry }]) => isDynamicEntry);
    expect(pages.length).toBeGreaterThan(3);
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

function nameOf(path: string): string {
  return path === '/'
    ? 'fleet'
    : path === '*'
      ? 'no-page'
      : path
          .split('/')
          .filter(part => part && !part.startsWith(':'))
          .join('-');
}

async function take(name: string): Promise<void> {
  if (!process.env.HOLDFAST_PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  const height = Math.min(await olga.page.evaluate<number>('document.documentElement.scrollHeight'), 1800);
  const { width } = olga.page.viewportSize()!;
  const picture = await olga.page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height } });
  await writeFile(join(PICTURES, `console-${name}.png`), picture);
}
