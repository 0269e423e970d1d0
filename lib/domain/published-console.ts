/** Where the pages of the console are, and what their files are called to a browser: on one machine and on AWS alike. */

/** Beside the code of the function that publishes them. */
export const SITE_DIRECTORY = 'console';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** Media type and caching of a file, by its name below the site, such as `assets/index-1a2b.js`. */
export function servedAs(name: string): { readonly type: string; readonly cache: string } {
  const extension = /\.[^./]+$/.exec(name)?.[0] ?? '';
  // Files below `assets` have the digest of their content in their name.
  const cache = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store';
  return { type: TYPES[extension] ?? 'application/octet-stream', cache };
}
