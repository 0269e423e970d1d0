/** What holds for every page of the console: nothing cut off, nothing that axe objects to, nothing asked of a network. */
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Look, newPage, overflowing } from './browser.ts';

export interface Seen {
  readonly page: Page;
  /** Goes to an address within the console, and waits until nothing is loading. */
  go(address: string): Promise<void>;
  /** Errors of scripts, and addresses that were refused. */
  readonly troubles: readonly string[];
  close(): Promise<void>;
}

/** A browser that has signed in by the link. */
export async function signedIn(
  browser: Browser,
  { origin, link }: { readonly origin: string; readonly link: string },
  look: { readonly width: number; readonly colorScheme?: 'light' | 'dark' },
): Promise<Seen> {
  const seen = await openedAt(browser, { ...look, own: origin }, origin);
  await seen.page.goto(`${origin}${link}`);
  return seen;
}

/** A browser with nothing in it yet, for the console at that origin. */
export async function openedAt(browser: Browser, look: Look, origin: string): Promise<Seen> {
  const { page, refused } = await newPage(browser, look);
  const errors: string[] = [];
  page.on('pageerror', error => void errors.push(error.message));
  page.on('console', message => void (message.type() === 'error' && errors.push(message.text())));
  return {
    page,
    async go(address) {
      await page.goto(`${origin}${address}`);
      await settled(page);
    },
    get troubles() {
      return [...errors, ...refused];
    },
    close: () => page.context().close(),
  };
}

/** Until the page has its heading, and nothing says that it is loading. */
export async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor();
  await page.waitForSelector('.loading', { state: 'detached' });
}

/** The browser's session with another look: signing in is good once. */
export async function lookAs(page: Page, look: { readonly width: number; readonly colorScheme: 'light' | 'dark' }) {
  await page.setViewportSize({ width: look.width, height: 900 });
  await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: 'reduce' });
}

/** In words: rule, element, what is wrong. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(node => id + ': ' + node.html.slice(0, 120) + ' ' + node.failureSummary.slice(0, 200))))`);
}

export async function expectWell(page: Page): Promise<void> {
  // What is drawn for a width is drawn again once the page has been laid out.
  await expect.poll(() => overflowing(page), { timeout: 30_000 }).toEqual([]);
  expect(await violations(page)).toEqual([]);
}
