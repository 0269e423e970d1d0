/**
 * What people see of a quarterly report and of the status page, in a window of a desk and of a phone: nothing is cut off,
 * nothing is asked of a network, no script runs. HOLDFAST_PICTURES=1 writes the pictures of docs/pictures again; look at them.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reportPage } from '../../lib/domain/report/report-page.ts';
import { statusHtml } from '../../lib/domain/status-page/status-html.ts';
import { newPage, openBrowser, overflowing } from '../support/browser.ts';
import { picturedReport, picturedStatus } from '../support/pictured-quarter.ts';

const PICTURES = join(import.meta.dirname, '../../docs/pictures');
/** A phone's page is long: its picture shows the beginning. */
const PHONE = { width: 390, height: 1800 };
const PAGES = { report: () => reportPage(picturedReport()), 'status-page': () => statusHtml(picturedStatus()) };
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

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
  const picture = await page.screenshot({ fullPage: look.width > PHONE.width, type: 'png' });
  expect(picture.subarray(1, 4).toString()).toBe('PNG');
  if (process.env.HOLDFAST_PICTURES) {
    await mkdir(PICTURES, { recursive: true });
    await writeFile(join(PICTURES, `${name}-${look.width}.png`), picture);
  }
  await page.context().close();
});
