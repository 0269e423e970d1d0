/**
 * How long backups of a tenant are kept and why, what other periods would do, and the request for the shorter ones that are
 * configured. Invariants: the configuration stays the truth; who must not know of a hidden hold sees a tenant without one.
 */
import * as z from 'zod';
import { maySeeHidden } from '../../domain/hold.ts';
import { PolicySimulation } from '../../domain/policy-simulation.ts';
import { RetentionPolicy } from '../../domain/retention.ts';
import { tenants } from '../../operations/catalog/catalog-index.ts';
import { comparedPolicy, waitingChanges } from '../../operations/governance/asked-periods.ts';
import { showRetention } from '../../operations/retention/show-retention.ts';
import { simulatePolicy } from '../../operations/retention/simulate-policy.ts';
import { askAction, RequestedAction, WithReason } from '../ask-action.ts';
import { TenantRetentionDocument } from '../documents/retention-documents.ts';
import { route } from '../route.ts';

const group = 'retention';
const path = '/tenants/{tenant}/retention';
const READS = { permission: 'seeTimeline', on: 'tenant' } as const;

const seeRetention = route(
  {
    ...{ id: 'readRetention', method: 'get', path, group, needs: READS, answer: TenantRetentionDocument },
    summary: 'Each backup with its classes, reasons, planned expiry and lock',
  },
  async ({ deps, principal, tenant }) => {
    const configured = (await deps.retentionOf())(tenant);
    const shown = await showRetention(deps.storage, tenant, configured, maySeeHidden(principal));
    return { ...shown, tenantId: (await tenants.get(deps.storage.catalog, tenant))?.tenantId ?? null };
  },
);

const { shape } = RetentionPolicy;
const asDays = (days: typeof shape.dailyDays) => z.coerce.number().pipe(days).optional();
const Periods = z.object({
  ...{ dailyDays: asDays(shape.dailyDays), weeklyDays: asDays(shape.weeklyDays) },
  ...{ monthlyDays: asDays(shape.monthlyDays), annualDays: asDays(shape.annualDays), logDays: asDays(shape.logDays) },
});

const simulateRetention = route(
  {
    ...{ id: 'simulateRetention', method: 'get', path: `${path}/simulation`, group, needs: READS },
    summary: 'What other periods would do; nothing is changed',
    ...{ query: Periods, answer: PolicySimulation },
  },
  async ({ deps, principal, tenant, query }) => {
    const configured = (await deps.retentionOf())(tenant);
    const asked = Object.fromEntries(Object.entries(query).filter(([, days]) => days !== undefined));
    const change = await comparedPolicy(deps.storage, tenant, configured, asked);
    return simulatePolicy(deps.storage, [change], maySeeHidden(principal));
  },
);

const requestChange = route(
  {
    ...{ id: 'requestRetentionChange', method: 'post', path: `${path}/changes`, group },
    summary: 'Request the shorter periods that are configured',
    ...{ needs: { permission: 'changePolicy', on: 'tenant' }, body: WithReason, answer: RequestedAction },
  },
  async ({ body: { reason, ticket }, ...asked }) => {
    const { deps, tenant } = asked;
    const changes = await waitingChanges(deps.storage, [tenant], await deps.retentionOf());
    return askAction(asked, { action: 'change-policy', input: { changes }, reason, ticket });
  },
);

export const RETENTION_ROUTES = [seeRetention, simulateRetention, requestChange];
