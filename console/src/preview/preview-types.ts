/** A preview, its tables and its rows as the API answers them. */
import type { paths } from '../api/paths.ts';

export type PreviewOpened =
  paths['/tenants/{tenant}/previews/{preview}']['get']['responses'][200]['content']['application/json'];
/** Among the others of its tenant. */
export type PreviewListed =
  paths['/tenants/{tenant}/previews']['get']['responses'][200]['content']['application/json']['previews'][number];
export type PreviewFacts = PreviewOpened['preview'];
export type ChangedTable = PreviewFacts['tables'][number];
export type RowsOfTable =
  paths['/tenants/{tenant}/previews/{preview}/rows']['get']['responses'][200]['content']['application/json'];
export type RowShown = RowsOfTable['rows'][number];
export type ColumnShown = RowsOfTable['columns'][number];

export const KINDS = ['insert', 'update', 'delete'] as const;
export type Kind = (typeof KINDS)[number];
export const SIGNS: Readonly<Record<Kind, string>> = { insert: '+', update: '~', delete: '−' };
