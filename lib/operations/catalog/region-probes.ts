/** The last probes of the other region: of this machine only, and nothing is lost with them. */
import * as z from 'zod';
import { RegionProbe } from '../../domain/region-probe.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { one } from './typed-items.ts';

const PARTITION = 'region#probes';
const SORT = 'last';

export const regionProbes = {
  list: async (catalog: Catalog): Promise<RegionProbe[]> =>
    (await one(catalog, PARTITION, SORT, z.object({ probes: z.array(RegionProbe) })))?.probes ?? [],
  put: (probes: readonly RegionProbe[]): CatalogWrite => ({
    put: { partition: PARTITION, sort: SORT, value: { probes } },
  }),
};
