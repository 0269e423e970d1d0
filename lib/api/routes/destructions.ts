/**
 * Destroying a tenant's backups: what it would do, the request for it, the countdown, and the certificate. Invariant: a
 * request is refused unless the reference of the tenant was typed again.
 */
import * as z from 'zod';
import { DestructionAppendix, DestructionCertificate, DestructionPlan } from '../../domain/destruction.ts';
import { InputError } from '../../domain/errors.ts';
import { COUNTDOWN_DAYS } from '../../domain/key-destruction.ts';
import { certificateFile } from '../../operations/governance/destruction/certificate-file.ts';
import { decideCancellation, decideFinish } from '../../operations/governance/destruction/decide-destruction.ts';
import { destructionDeps } from '../../operations/governance/destruction/destruction-deps.ts';
import { destroyedTenants, destructionStatus } from '../../operations/governance/destruction/destruction-status.ts';
import { kindOf, planAction } from '../../operations/governance/plan-action.ts';
import { inParallel } from '../../operations/in-parallel.ts';
import { askAction, RequestedAction, WithReason } from '../ask-action.ts';
import { FinishedDestructionDocument, ListedDestruction } from '../documents/destroy-documents.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { NextPage, PageAsked, pageOf } from '../paging.ts';
import { route } from '../route.ts';
import { namedTenants } from '../tenant-names.ts';

const group = 'destructions';
const path = '/tenants/{tenant}/destruction';
const READS = { permission: 'readRecords', on: 'tenant' } as const;
const DESTROYS = { permission: 'destroy', on: 'tenant' } as const;
const { least, most, default: usual } = COUNTDOWN_DAYS;
const Days = z.number().int().min(least).max(most).describe('Length of the countdown.');
const AT_ONCE = 8;

const listDestructions = route(
  {
    ...{ id: 'listDestructions', method: 'get', path: '/destructions', group, query: PageAsked },
    ...{ summary: 'Tenants that were ever ordered to be destroyed' },
    needs: { permission: 'readRecords', on: 'installation' },
    answer: z.object({
      destructions: z.array(
        ListedDestruction.extend({ tenantId: z.string().nullable(), label: z.string().optional() }),
      ),
      next: NextPage,
    }),
  },
  async ({ deps, query }) => {
    const { items, next } = pageOf(await destroyedTenants(deps.storage), query, tenant => tenant);
    const found = await inParallel(AT_ONCE, items, tenant => destructionStatus(deps.storage, tenant));
    const known = found.filter(each => each !== undefined);
    return { destructions: await namedTenants(deps, known), next };
  },
);

const seeDestruction = route(
  {
    ...{ id: 'readDestruction', method: 'get', path, group, needs: READS },
    summary: 'The last destruction of the tenant, with its countdown; null: there never was one',
    answer: z.object({ destruction: ListedDestruction.nullable() }),
  },
  async ({ deps, tenant }) => ({ destruction: (await destructionStatus(deps.storage, tenant)) ?? null }),
);

const planDestruction = route(
  {
    ...{ id: 'planDestruction', method: 'get', path: `${path}/plan`, group, needs: DESTROYS },
    summary: 'What destroying would do, and what it cannot reach; nothing is changed',
    query: z.object({ days: z.coerce.number().pipe(Days).default(usual) }),
    answer: z.object({
      planHash: z.string(),
      sentences: z.array(z.string()),
      plan: DestructionPlan,
    }),
  },
  async ({ deps, tenant, query }) => {
    const kind = kindOf(await deps.kinds(), 'destroy');
    const { plan, hash } = await planAction(await deps.governance(), kind, tenant, query);
    return { planHash: hash, sentences: plan.sentences, plan: plan.body };
  },
);

const requestDestruction = route(
  {
    ...{ id: 'requestDestruction', method: 'post', path, group, needs: DESTROYS },
    summary: 'Request the destruction of the tenant’s backups',
    body: WithReason.extend({
      confirm: z.string().max(200).describe('The reference of the tenant, typed again.'),
      days: Days.default(usual),
    }),
    answer: RequestedAction,
  },
  async ({ body: { confirm, days, reason, ticket }, ...asked }) => {
    if (confirm.trim() !== asked.tenant)
      throw new InputError('not-confirmed', 'The reference of the tenant was not typed again; nothing was requested.', {
        hint: 'Type the 26 characters of the reference as they are shown.',
      });
    return askAction(asked, { action: 'destroy', input: { days }, reason, ticket });
  },
);

const cancelDestruction = route(
  {
    ...{ id: 'cancelDestruction', method: 'post', path: `${path}/cancel`, group, needs: DESTROYS },
    summary: 'Cancel it while its countdown runs',
    body: WithReason.pick({ reason: true }),
    answer: z.object({ destruction: ListedDestruction.nullable() }),
  },
  async ({ deps, principal, tenant, body }) => {
    const governed = destructionDeps(await deps.governance());
    await decideCancellation(governed, { principal, tenant }, body.reason);
    return { destruction: (await destructionStatus(governed, tenant)) ?? null };
  },
);

const finishDestruction = route(
  {
    ...{ id: 'finishDestruction', method: 'post', path: `${path}/finish`, group, needs: DESTROYS, status: 202 },
    summary: 'After the countdown: destroy the key, prove it, and certify it',
    answer: ExecutionShown,
  },
  async ({ deps, principal, tenant }) => {
    const governed = await deps.governance();
    const begun = { tenant, work: 'finish-destruction', startedBy: principal.name };
    return deps.executions.start(begun, async progress => {
      const done = await decideFinish(destructionDeps({ ...governed, progress }), { principal, tenant });
      return FinishedDestructionDocument.parse(done);
    });
  },
);

const seeCertificate = route(
  {
    ...{ id: 'readDestructionCertificate', method: 'get', path: `${path}/certificate`, group, needs: READS },
    summary: 'The signed certificate, as outsiders verify it; null: there is none yet',
    answer: z.object({
      certified: z
        .object({
          certificate: DestructionCertificate,
          appendix: DestructionAppendix.nullable(),
          ...{ key: z.string(), file: z.string(), keyId: z.string(), publicKey: z.string() },
        })
        .nullable(),
    }),
  },
  async ({ deps, tenant }) => ({ certified: await certificateFile(deps.storage, tenant) }),
);

export const DESTRUCTION_ROUTES = [
  ...[listDestructions, seeDestruction, planDestruction, requestDestruction],
  ...[cancelDestruction, finishDestruction, seeCertificate],
];
