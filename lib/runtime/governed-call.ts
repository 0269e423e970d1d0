/**
 * A call of a person through a URL of a function: who it is, with which roles, and where it is recorded. Invariant: the
 * principal is whom IAM authenticated; a caller whom IAM admits but who is no person is recorded as denied.
 */
import { principalOfCaller, rolesOfCaller } from '../domain/caller-roles.ts';
import type { HoldfastError } from '../domain/errors.ts';
import type { Principal, Role } from '../domain/principal.ts';
import { SYSTEM } from '../domain/tenant.ts';
import type { RecordDeps } from '../operations/governance/audit.ts';
import { appendEvent } from '../operations/governance/audit-trail.ts';
import { authorizer } from '../operations/governance/authorize.ts';
import type { AwsPorts } from './aws.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { answerCaller, type UrlEvent } from './function-url.ts';

/** What a URL is for. */
export interface GovernedUrl {
  /** The role that IAM gives by admitting a caller, where the deployment maps no roles. */
  readonly role: Role;
  /** How the trail calls what its callers do. */
  readonly action: string;
}

/** Answers a person; `work` gets the principal and the body's JSON, undefined if it is none. */
export function answerPrincipal(
  event: UrlEvent,
  tools: FunctionTools<StorageContext>,
  { role, action }: GovernedUrl,
  work: (principal: Principal, body: unknown) => Promise<unknown>,
) {
  const from = event.requestContext.http?.sourceIp;
  const principalOf = (arn: string, roles: readonly Role[]) => principalOfCaller(arn, roles, from);
  return answerCaller(event, tools, {
    work: (arn, body) => work(principalOf(arn, rolesOfCaller(arn, tools.aws.governance.roles, role)), body),
    refused: (arn: string, { code }: HoldfastError) =>
      appendEvent(tools.ctx, SYSTEM, { who: principalOf(arn, []), action, outcome: 'denied', code }),
  });
}

/** The decisions of the installation's policies, and its audit trail. One for each container. */
export function recordDeps(ctx: StorageContext, { governance }: Pick<AwsPorts, 'governance'>): RecordDeps {
  deciding ??= authorizer(governance.policies);
  return { authorize: deciding, record: (tenant, draft) => appendEvent(ctx, tenant, draft) };
}

let deciding: RecordDeps['authorize'] | undefined;
