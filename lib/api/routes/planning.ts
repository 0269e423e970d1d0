/** What protection costs on AWS, line by line from counted figures, and what changes would save and cost in recovery. */
import * as z from 'zod';
import { countedProfile, measureFleet } from '../../operations/catalog/measure-fleet.ts';
import { adviseFleet } from '../../planner/advise-fleet.ts';
import { fleetCost } from '../../planner/fleet-cost.ts';
import { ASSUMPTIONS } from '../../planner/fleet-profile.ts';
import { onlyRegions } from '../../planner/fleet-settings.ts';
import type { ApiDeps } from '../api-deps.ts';
import { AdviseDocument, CostDocument } from '../documents/report-documents.ts';
import { route } from '../route.ts';

const group = 'planning';
const facts = { method: 'get', group, needs: { permission: 'seeStatus', on: 'installation' } } as const;

const Priced = z.object({
  tenants: z.coerce.number().int().min(1).max(10_000_000).optional().describe('Default: as in the catalog.'),
  keys: z.enum(['dedicated', 'pooled']).optional().describe('Default: as in the deployment.'),
  regions: z
    .enum(['1', '2', '3'])
    .optional()
    .describe('Regions with a copy of the vault. Default: as in the deployment.'),
  network: z
    .enum(['endpoints', 'nat', 'there'])
    .default('endpoints')
    .describe('How functions reach the services of AWS.'),
});

/** InputError `usage`. */
async function priced({ storage, operating }: ApiDeps, { tenants, keys, regions, network }: z.output<typeof Priced>) {
  const deployed = await operating.pricedSettings();
  const chosen = regions === undefined ? deployed : onlyRegions(deployed, regions);
  const settings = keys === undefined ? chosen : { ...chosen, keys: { mode: keys } };
  const profile = countedProfile(await measureFleet(storage), tenants);
  return { profile, settings, assumptions: { ...ASSUMPTIONS, network } };
}

const seeCost = route(
  {
    ...{ ...facts, id: 'readCost', path: '/cost', query: Priced, answer: CostDocument },
    summary: 'Dollars a month on AWS by list price, each line with its arithmetic',
  },
  async ({ deps, query }) => {
    const { profile, settings, assumptions } = await priced(deps, query);
    return { ...fleetCost(profile, settings, assumptions), profile, keys: settings.keys.mode, assumptions };
  },
);

const seeAdvice = route(
  {
    ...{ ...facts, id: 'readAdvice', path: '/advice', query: Priced, answer: AdviseDocument },
    summary: 'What changes of the deployment save, and what each costs in recovery point or time',
  },
  async ({ deps, query }) => {
    const { profile, settings, assumptions } = await priced(deps, query);
    const found = adviseFleet(profile, settings, assumptions);
    return { ...found, tenants: profile.tenants, counted: profile.counted ?? [] };
  },
);

export const PLANNING_ROUTES = [seeCost, seeAdvice];
