/**
 * What people see of a quarterly report and of the status page, in a window of a desk and of a phone: nothing is cut off,
 * nothing is asked of a network, no script runs. HOLDFAST_PICTURES=1 writes the pictures of docs/pictures again; look at them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportPage } from '../../lib/domain/report/report-page.ts';
import { statusHtml } from '../../lib/domain/status-page/status-html.ts';
import { newPage, openBrowser, overflowing } from '../support/browser.ts';
import { picturedReport, picturedStatus } from '../support/pictured-quarter.ts';

const PICTURES = join(import.meta.dirname, '../../docs/pictures');
const PHONE = { width: 390 };
/** Pixels: a report is long, and its picture shows the beginning. */
const LONGEST = 2400;
const PAGES = { report: () => reportPage(picturedReport()), 'status-page': () => statusHtml(picturedStatus()) };
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

/** Of an element, or of the page down to that many pixels. */
async function take(page: Page, name: string, what: string | number): Promise<void> {
  const { width } = page.viewportSize()!;
  const height = await page.evaluate<number>('document.documentElement.scrollHeight');
  const picture =
    typeof what === 'string'
      ? await page.locator(what).screenshot()
      : await page.screenshot({ fullPage: true, clip: { x: 0, y: 0, width, height: Math.min(height, what) } });
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  if (!process.env.HOLDFAST_PICTURES) return;
  await mkdir(PICTURES, { recursive: true });
  await writeFile(join(PICTURES, `${name}.png`), picture);
}

it.each(
  Object.entries(PAGES).flatMap(([name, html]) => [
    { name, html: html(), look: { width: 1280 } },
    { name, html: html(), look: PHONE },
  ]),
)('$name at $look.width px shows all of it', async ({ name, html, look }) => {
  const { page, refused } = await newPage(browser, look);
  await page.setContent(html);
  expect(await overflowing(page)).toEqual([]);
  expect(refused).toEqual([]);
  await take(page, `${name}-${look.width}`, LONGEST);
  if (name === 'report' && look !== PHONE) await take(page, `report-readiness-${look.width}`, '#readiness');
  await page.context().close();
});
