/** Requests for holds, releases and other actions, and what becomes of them, sent signed by the person (signed-call.ts). */
import * as z from 'zod';
import { InputError, StorageError } from '../domain/errors.ts';
import type { FailoverInput } from '../domain/failover.ts';
import { GovernedAction } from '../domain/governed-action.ts';
import { REQUEST_STATES } from '../domain/governed-request.ts';
import { SYSTEM, TenantRef } from '../domain/tenant.ts';
import type { DeployedInstallation } from './installation.ts';
import { callSigned } from './signed-call.ts';

/** As the function request-action reads it. */
export interface ActionBody {
  readonly action: GovernedAction;
  readonly tenant: TenantRef;
  readonly input: unknown;
  readonly reason: string;
  readonly ticket?: string;
  /** False: what needs no approval waits until it is executed. */
  readonly start: boolean;
  /** At once and without approvals; it alarms. */
  readonly breakGlass: boolean;
}

export interface RequestStep {
  readonly step: 'execute' | 'cancel';
  readonly tenant: TenantRef;
  /** Of the request. */
  readonly id: string;
}

const About = { id: z.string(), tenant: TenantRef, action: GovernedAction, started: z.boolean() };

const Asked = z.object({
  ...About,
  planHash: z.string(),
  /** Needed; 0 if none, or without approvals. */
  approvals: z.number(),
  /** ISO 8601 UTC. */
  until: z.string(),
  /** The plan. */
  sentences: z.array(z.string()),
});
export type ActionAnswer = z.infer<typeof Asked>;

const Stepped = z.object({ ...About, state: z.enum(REQUEST_STATES) });
export type StepAnswer = z.infer<typeof Stepped>;

const Cancelled = z.object({ tenant: TenantRef, number: z.number(), execution: z.string() });
export type CancellationAnswer = z.infer<typeof Cancelled>;

type Target = Pick<DeployedInstallation, 'description' | 'target'>;

/**
 * Keeps the request in the name of the caller. InputError and ConflictError from the function; InputError `not-a-requester`,
 * `not-here`; StorageError `action-unreachable`.
 */
export function sendAction(installation: Target, body: ActionBody): Promise<ActionAnswer> {
  const { action, tenant: _, input: failOver, ...how } = body;
  if (action === 'fail-over') return sendFailover(installation, { failOver, ...how }, Asked);
  return send(installation, body, Asked);
}

/** Starts or cancels a request. Throws likewise. */
export function sendRequestStep(installation: Target, body: RequestStep): Promise<StepAnswer> {
  // Of what people ask for on AWS, only a fail-over concerns no tenant.
  return body.tenant === SYSTEM ? sendFailover(installation, body, Stepped) : send(installation, body, Stepped);
}

/** What can be asked about the regions; `settle` brings them together. */
export type RegionsQuestion =
  | { readonly show: 'status' | 'records' }
  | { readonly show: 'plan'; readonly input: FailoverInput }
  | { readonly settle: true };

/** Throws likewise; InputError `no-regions`, `not-an-operator`. */
export function askRegions<A>(installation: Target, question: RegionsQuestion, answer: z.ZodType<A>): Promise<A> {
  return sendFailover(installation, question, answer);
}

/** Cancels the destruction of a tenant; the execution in the answer brings back its key. Throws likewise. */
export function sendCancellation(
  installation: Target,
  { tenant, reason }: { readonly tenant: TenantRef; readonly reason: string },
): Promise<CancellationAnswer> {
  return send(installation, { cancel: 'destroy', tenant, reason }, Cancelled);
}

/** The function's own time limit, and what its answer takes. */
const TIMEOUT_MS = 5.5 * 60_000;

async function send<A>({ description, target }: Target, body: object, answer: z.ZodType<A>): Promise<A> {
  const { actionUrl: url, functions } = description;
  if (url === undefined) throw notHere(functions.region);
  return callSigned(target, { url, body, answer, timeoutMs: TIMEOUT_MS, forbidden, unreachable });
}

async function sendFailover<A>({ description, target }: Target, body: object, answer: z.ZodType<A>): Promise<A> {
  const { failoverUrl: url } = description;
  if (url === undefined) throw withoutFailover();
  const mayNot = () => notAllowedToFailOver();
  return callSigned(target, { url, body, answer, timeoutMs: TIMEOUT_MS, forbidden: mayNot, unreachable });
}

function withoutFailover(): InputError {
  return new InputError('no-regions', 'This installation has no fail-over.', {
    hint: 'Name `failover` in the deployment, and deploy it (docs/failover.md).',
  });
}

function notAllowedToFailOver(): InputError {
  return new InputError('not-an-operator', 'These credentials are not allowed to ask about the regions.', {
    hint: 'Attach the policy NAME-operator of the recovery stack of this region to the requester.',
  });
}

function notHere(region: string): InputError {
  return new InputError('not-here', `Requests are not made in ${region}: it is the standby region.`, {
    hint: 'Name the primary region with --region.',
  });
}

function forbidden(): InputError {
  return new InputError('not-a-requester', 'These credentials are not allowed to request this action.', {
    hint: 'Attach the policy NAME-legal-officer of the recovery stack to the requester.',
  });
}

function unreachable(why: string, cause: unknown): StorageError {
  return new StorageError('action-unreachable', `The request may not have arrived (${why}).`, {
    hint: '`holdfast --profile PROFILE requests` shows whether it was kept.',
    cause,
  });
}
