/**
 * The handler of the functions that carry out requests, one for each kind of action, so that each has the rights of its kind
 * and no other. It works in a session for the tenant; the request and its decisions are read with the function's own role.
 */
import * as z from 'zod';
import type { ApproversPlace } from '../domain/approval-notice.ts';
import { approvalRuleFor } from '../domain/approval-rule.ts';
import { signedInAt } from '../domain/sign-in-realm.ts';
import { TenantRef } from '../domain/tenant.ts';
import type { ActionKind } from '../operations/governance/action-kind.ts';
import { carryOutRequest } from '../operations/governance/carry-out-request.ts';
import type { GovernanceDeps } from '../operations/governance/request-action.ts';
import { isUnderHold } from '../operations/storage/standing-holds.ts';
import { timeBudget } from '../operations/time-budget.ts';
import type { AwsPorts } from './aws.ts';
import { type StorageContext, tenantHandler, tenantStorageHandler } from './function-handler.ts';
import { recordDeps } from './governed-call.ts';
import { whereHoldsReach } from './where-holds-reach.ts';

const Event = z.object({ tenant: TenantRef, request: z.string() });

/** `change`: the ports of a kind that has others than the rest. */
export function carryOutHandler(
  kind: ActionKind,
  change: (deps: GovernanceDeps, aws: AwsPorts) => GovernanceDeps = same,
) {
  return tenantStorageHandler(
    Event,
    event => event.tenant,
    (event, { ctx, aws }) => carryOut(change(depsOfCall(ctx, aws), aws), kind, event),
  );
}

/** For a kind that uses the database. */
export function carryOutInDatabase(kind: ActionKind) {
  return tenantHandler(
    Event,
    event => event.tenant,
    (event, { ctx, aws }) => carryOut({ ...depsOfCall(ctx, aws), source: ctx.source }, kind, event),
  );
}

function depsOfCall(ctx: StorageContext, aws: AwsPorts): GovernanceDeps {
  return { ...governanceDeps(ctx, aws), budget: timeBudget(ctx.settings.stepBudgetMs) };
}

async function carryOut(deps: GovernanceDeps, kind: ActionKind, { tenant, request: id }: z.infer<typeof Event>) {
  const result = await carryOutRequest(deps, [kind], { tenant, id });
  return { tenant, request: id, done: result !== undefined, records: Object.keys(result?.records ?? {}).length };
}

function same(deps: GovernanceDeps): GovernanceDeps {
  return deps;
}

/** For a restore: whoever asked for it in the console is decided on there. */
export function restoreApproversPlace(aws: AwsPorts, requestedBy: string): ApproversPlace {
  const { console: settings } = aws.operations;
  const place = approversPlaceOf(aws);
  const signedIn = signedInAt(requestedBy, settings?.self?.issuer);
  if (settings === undefined || signedIn === 'aws') return place;
  return { ...place, console: { isOnly: signedIn === 'console', domain: settings.domain } };
}

/** With the names of the installation: its reader has a profile of their own. */
export function approversPlaceOf({ config, governance }: Pick<AwsPorts, 'config' | 'governance'>): ApproversPlace {
  const { name, region } = config;
  const command = (words: string) => ['holdfast', '--installation', name, '--region', region, words].join(' ');
  return { command, link: governance.approvalLink };
}

/** The request path with the deployed roles, rules and policies. `ctx`: of the tenant. */
export function governanceDeps(
  ctx: StorageContext,
  aws: Pick<AwsPorts, 'governance' | 'otherVaults' | 'heldKeys' | 'clusterBackups' | 'config'>,
): GovernanceDeps {
  return {
    ...ctx,
    ...{ region: aws.config.region, clusterBackups: aws.clusterBackups },
    ...recordDeps(ctx, aws),
    isHeld: tenant => isUnderHold(ctx, tenant),
    policyFor: (action, tenant) => approvalRuleFor(aws.governance, action, tenant),
    approversPlace: approversPlaceOf(aws),
    ...whereHoldsReach(aws),
  };
}
