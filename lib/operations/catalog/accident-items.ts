/**
 * The possible accidents that the shipper noticed (log/notice-accidents.ts), for metrics and reports. A catalog that is
 * rebuilt has none of before: the signed reports keep what they showed. Counts and places, no value and no tenant's name.
 */
import { AccidentSummary } from '../../domain/report/accident-summary.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { collect } from './typed-items.ts';

const ACCIDENTS = 'accidents';
const sortOf = ({ at, tenant, table, kind }: AccidentSummary) => `${at}#${tenant}#${table}#${kind}`;

export const accidents = {
  /** At a time in [from, to), ISO 8601 UTC, in order of time. */
  between: async (catalog: Catalog, from: string, to: string): Promise<AccidentSummary[]> =>
    (await collect(catalog, ACCIDENTS, AccidentSummary, { from, to })).filter(({ at }) => at < to),
  /** The oldest, at most a batch of writes. */
  before: (catalog: Catalog, to: string) => collect(catalog, ACCIDENTS, AccidentSummary, { to, limit: 50 }),
  put: (item: AccidentSummary): CatalogWrite => ({ put: { partition: ACCIDENTS, sort: sortOf(item), value: item } }),
  remove: (item: AccidentSummary): CatalogWrite => ({ remove: { partition: ACCIDENTS, sort: sortOf(item) } }),
};
