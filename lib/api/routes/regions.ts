/** Which region is active, what the probes of the other one found, what a fail-over would do and lose, and those that were. */
import * as z from 'zod';
import { HoldfastError } from '../../domain/errors.ts';
import { FailoverInput, FailoverPlan, FailoverRecord } from '../../domain/failover.ts';
import { ActionPlan } from '../../domain/governed-action.ts';
import { isSuspected, RegionProbe } from '../../domain/region-probe.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { regionProbes } from '../../operations/catalog/region-probes.ts';
import { failoverDeps, failoverKind } from '../../operations/failover/failover-kind.ts';
import { failoverRecords } from '../../operations/failover/failover-steps.ts';
import { describeFailover, planFailover } from '../../operations/failover/plan-failover.ts';
import { probeRegion } from '../../operations/failover/probe-region.ts';
import { regionStatus } from '../../operations/failover/region-status.ts';
import type { ActionKind } from '../../operations/governance/action-kind.ts';
import { requestAction } from '../../operations/governance/request-action.ts';
import type { ApiDeps } from '../api-deps.ts';
import { RegionsDocument } from '../documents/failover-documents.ts';
import { GovernedDocument } from '../documents/request-documents.ts';
import { route } from '../route.ts';

const SEES = { permission: 'seeStatus', on: 'installation' } as const;
const group = 'regions';

const Regions = z.object({
  status: RegionsDocument.nullable().describe('Null: the installation has one region, which is always active.'),
  probes: z.array(RegionProbe).describe('The last ones of the other region, the oldest first.'),
  isSuspected: z.boolean().describe('By these probes, the other region looks lost.'),
});

const seeRegions = route(
  {
    ...{ id: 'readRegions', method: 'get', path: '/regions', group, needs: SEES, answer: Regions },
    summary: 'Which region is active, and what each place says',
  },
  async ({ deps }) => {
    const regional = await regionalDeps(deps);
    if (regional === undefined) return { status: null, probes: [], isSuspected: false };
    const { region, shared } = regional.regions;
    const probes = await regionProbes.list(deps.storage.catalog, shared === undefined ? undefined : region);
    return { status: await regionStatus(regional), probes, isSuspected: isSuspected(probes) };
  },
);

/** Undefined where there is one region. */
async function regionalDeps(deps: ApiDeps) {
  try {
    return failoverDeps(await deps.context());
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'no-regions') return undefined;
    throw error;
  }
}

const Probed = z.object({
  ...{ region: z.string(), database: z.boolean(), vault: z.boolean(), newest: z.string().nullable() },
  ...{ suspected: z.boolean(), probes: z.number().int() },
});

const probe = route(
  {
    ...{ id: 'probeRegion', method: 'post', path: '/regions/probe', group, answer: Probed },
    ...{ summary: 'Look at the other region now', needs: { permission: 'protect', on: 'installation' } },
  },
  async ({ deps, principal }) => probeRegion(failoverDeps(await deps.context()), principal.name),
);

const PlanAsked = z.object({
  planned: z.enum(['true', 'false']).default('false').describe('Stop the writes first, and lose nothing.'),
  fenced: z.string().max(500).optional().describe('Regions that can do nothing, as you state; separated by commas.'),
});

const seePlan = route(
  {
    ...{ id: 'planFailover', method: 'get', path: '/regions/plan', group, needs: SEES, query: PlanAsked },
    summary: 'What a fail-over to this region would do and lose; nothing is done',
    answer: z.object({ plan: FailoverPlan, sentences: z.array(z.string()) }),
  },
  async ({ deps, query: { planned, fenced } }) => {
    const names = fenced === undefined || fenced === '' ? [] : fenced.split(',');
    const input = FailoverInput.parse({ planned: planned === 'true', fenced: names });
    const plan = await planFailover(failoverDeps(await deps.context()), input);
    return { plan, sentences: describeFailover(plan) };
  },
);

const listRecords = route(
  {
    ...{ id: 'listFailovers', method: 'get', path: '/regions/records', group },
    ...{
      summary: 'The fail-overs to this region, the newest first',
      answer: z.object({ records: z.array(FailoverRecord) }),
    },
    needs: { permission: 'readRecords', on: 'installation' },
  },
  async ({ deps }) => ({ records: await failoverRecords(deps.storage) }),
);

/** Only the installation itself fails over automatically. */
const FailoverOrder = FailoverInput.omit({ automatic: true }).extend({
  reason: z.string().min(1).max(1000),
  ticket: z.string().max(200).optional(),
});

const askFailover = route(
  {
    ...{ id: 'requestFailover', method: 'post', path: '/regions/failover', group, body: FailoverOrder },
    ...{
      summary: 'Ask for a fail-over to this region; others approve it',
      needs: 'operation',
      answer: GovernedDocument,
    },
  },
  async ({ deps, principal, body: { reason, ticket, ...input } }) => {
    const governance = await deps.governance();
    const asked = { principal, action: 'fail-over', tenant: SYSTEM, input, reason } as const;
    const kinds = [failoverKind as unknown as ActionKind];
    const request = await requestAction(governance, kinds, { ...asked, ...(ticket !== undefined && { ticket }) });
    const { id, tenant, action, planHash, plan, rule, until } = request;
    return {
      ...{ request: id, tenant, action, state: 'waiting', planHash, approvals: rule.approvals, until, result: null },
      plan: ActionPlan.parse(JSON.parse(plan)).sentences,
    };
  },
);

export const REGION_ROUTES = [seeRegions, probe, seePlan, listRecords, askFailover];
