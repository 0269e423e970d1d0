/** The last probes of the other region: those that one region made, and nothing is lost with them. */
import * as z from 'zod';
import { RegionProbe } from '../../domain/region-probe.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { one } from './typed-items.ts';

const PARTITION = 'region#probes';

/** `sort`: the region that probes, where several write one catalog. */
export const regionProbes = {
  list: async (catalog: Catalog, sort = 'last'): Promise<RegionProbe[]> =>
    (await one(catalog, PARTITION, sort, z.object({ probes: z.array(RegionProbe) })))?.probes ?? [],
  put: (probes: readonly RegionProbe[], sort = 'last'): CatalogWrite => ({
    put: { partition: PARTITION, sort, value: { probes } },
  }),
};
