/** The status page as the files of a public site. Invariant: whoever has the new page for people can have its document too. */
import { statusHtml } from './status-html.ts';
import type { StatusPage } from './status-page.ts';

/** In the order in which they are replaced. */
export const SITE_FILES = ['status.json', 'index.html'] as const;

export interface SiteFile {
  readonly name: (typeof SITE_FILES)[number];
  readonly text: string;
  /** Media type. */
  readonly type: string;
}

export function siteFiles(page: StatusPage): SiteFile[] {
  return [
    { name: 'status.json', text: `${JSON.stringify(page, null, 2)}\n`, type: 'application/json; charset=utf-8' },
    { name: 'index.html', text: statusHtml(page), type: 'text/html; charset=utf-8' },
  ];
}
