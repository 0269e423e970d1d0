/**
 * Debian's Chromium for tests that look at pages. Invariant: a page reaches no network unless the test says which address is
 * its own, and is drawn the same everywhere: light, one scale, UTC, English.
 */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

/** From the package chromium (bin/setup.mjs). */
const CHROMIUM = '/usr/bin/chromium';

export interface Look {
  /** Of the window, in CSS pixels. */
  readonly width: number;
  /** @default 900 */
  readonly height?: number;
  /** @default 'light' */
  readonly colorScheme?: 'light' | 'dark';
  /** The only addresses that pages may ask, as `http://127.0.0.1:8080`. @default - none */
  readonly own?: string | readonly string[];
}

/** Close it at the end. */
export function openBrowser(): Promise<Browser> {
  // In containers Chromium cannot make the namespaces of its sandbox; it is shown our own pages only.
  return chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false });
}

/** A new page in a window of that look; `refused`: what it asked for and did not get. */
export async function newPage(browser: Browser, look: Look): Promise<{ page: Page; refused: readonly string[] }> {
  const { width, height = 900, colorScheme = 'light', own } = look;
  const context: BrowserContext = await browser.newContext({
    ...{ viewport: { width, height }, colorScheme, locale: 'en-GB', timezoneId: 'UTC', reducedMotion: 'reduce' },
    // Certificates of loopback are the tests' own (loopback-tls.ts).
    ignoreHTTPSErrors: true,
  });
  const refused: string[] = [];
  await context.route('**/*', route => {
    const url = route.request().url();
    if ([own ?? []].flat().some(each => url.startsWith(`${each}/`))) return route.continue();
    refused.push(url);
    return route.abort();
  });
  return { page: await context.newPage(), refused };
}

/** Texts of elements that reach beyond the window, outside of what scrolls by itself. */
export function overflowing(page: Page): Promise<string[]> {
  // As text: the types of a document are not those of Node.js.
  return page.evaluate(`(() => {
    const width = document.documentElement.clientWidth;
    const scrolls = element =>
      element !== null &&
      (['auto', 'scroll'].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
    return [...document.body.querySelectorAll('*')]
      .filter(element => element.getBoundingClientRect().right > width + 1 && !scrolls(element))
      .map(element => element.tagName + ': ' + (element.textContent ?? '').trim().slice(0, 60));
  })()`);
}
