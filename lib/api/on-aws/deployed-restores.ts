/**
 * Restores on AWS as the API asks for them, follows them and decides on them: state machines do the work, the catalog has the
 * approvals. Invariants: an execution is shown only below the tenant that its input names; a plan has one execution, so that
 * asking twice for one preview asks once.
 */
import * as z from 'zod';
import type { ApprovalPolicy } from '../../domain/approval.ts';
import type { ExecutionNow } from '../../domain/execution-now.ts';
import { newId } from '../../domain/new-id.ts';
import { planIdOfKey } from '../../domain/object-key.ts';
import type { Principal } from '../../domain/principal.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { TenantModel } from '../../domain/tenant-model.ts';
import type { RestoreDecision } from '../../operations/governance/approve.ts';
import { tenantOfRestore } from '../../operations/restore/apply/check-restore.ts';
import type { ApiDeps } from '../api-deps.ts';
import { type Execution, unknownExecution } from '../executions.ts';
import { problemDocument } from '../problem.ts';
import type { ApiCall } from '../route.ts';

/** An execution of the state machine restore-tenant. */
export interface RestoreExecution extends ExecutionNow {
  /** The last part of its ARN. */
  readonly name: string;
}

interface Wanted {
  readonly principal: Principal;
  /** Of the execution. */
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface DeployedRestores {
  /** Starts it in the name of that person, once for each name. Throws what askRestore throws. */
  start(wanted: Wanted): Promise<void>;
  /** By its name or ARN; undefined where there is none. */
  find(execution: string): Promise<RestoreExecution | undefined>;
  /** Throws what decideRestore throws. */
  decide(decision: Omit<RestoreDecision, 'maySignInAs'>): Promise<void>;
  /** Whether the principal may be the person of that name, signed in elsewhere. */
  maySignInAs(principal: Principal, name: string): boolean;
  /** How many must approve. */
  readonly approvals: ApprovalPolicy;
  readonly approvalHours: number;
  readonly model: TenantModel;
}

/** For routes that only the function has which can do this. */
export function deployedOf({ deployed }: ApiDeps): DeployedRestores {
  if (deployed === undefined) throw new Error('This function asks for no restores.');
  return deployed;
}

/** Of the plan of that preview. */
export function executionOfPlan(preview: string): string {
  return `console-restore-${preview}`;
}

/** A request that is sent again, to whichever container, names the same execution. */
export function executionOfPreview({ deps, sentAs }: Pick<ApiCall, 'deps' | 'sentAs'>): string {
  return `console-preview-${sentAs?.slice(0, 40) ?? newId(deps.storage)}`;
}

/** Written by this API, or by whoever started the execution. */
const Asked = z.looseObject({
  requestedBy: z.string().default('unknown'),
  reason: z.string().default(''),
  previewOnly: z.boolean().default(false),
  plan: z.string().optional(),
});

export function askedIn({ input }: RestoreExecution): z.infer<typeof Asked> {
  return Asked.parse(input);
}

const Previewed = z.looseObject({ id: z.string() });
const Restored = z.looseObject({ restore: z.string() });

/** The preview that it made; undefined while it has not, or if it makes none. */
export function previewOf(execution: RestoreExecution): string | undefined {
  return askedIn(execution).previewOnly ? Previewed.safeParse(execution.output).data?.id : undefined;
}

/** The restore that it applied. */
export function restoreOf({ output }: RestoreExecution): string | null {
  return Restored.safeParse(output).data?.restore ?? null;
}

/** Starts it. What Step Functions knows of it, which may be nothing for a moment. */
export async function begun(deps: ApiDeps, wanted: Wanted): Promise<RestoreExecution> {
  const { principal, name, input } = wanted;
  await deployedOf(deps).start(wanted);
  const startedAt = deps.storage.clock.now().toISOString();
  const asked = { ...input, requestedBy: principal.name };
  const none = { step: undefined, endedAt: null, output: undefined, problem: undefined };
  return (await deployedOf(deps).find(name)) ?? { name, state: 'running', startedAt, input: asked, ...none };
}

/** The execution of that name, if it is about the tenant. InputError `unknown-execution`. */
export async function executionOn(deps: ApiDeps, tenant: TenantRef, name: string): Promise<RestoreExecution> {
  const found = /^[\w-]{1,80}$/.test(name) ? await deployedOf(deps).find(name) : undefined;
  if (found !== undefined && isAbout(found, tenant, deps.storage.installation)) return found;
  throw unknownExecution();
}

export function isAbout({ input }: RestoreExecution, tenant: TenantRef, installation: string): boolean {
  try {
    return tenantOfRestore(input, installation) === tenant;
  } catch {
    // Whoever may start executions by hand can give them any input.
    return false;
  }
}

/** As the API shows work that was begun. */
export function shownExecution(tenant: TenantRef, execution: RestoreExecution): Execution {
  const { name, state, step, startedAt, endedAt, problem } = execution;
  const { requestedBy, previewOnly, plan } = askedIn(execution);
  const preview = previewOf(execution);
  const request = (plan !== undefined && planIdOfKey(tenant, plan)) || null;
  const applied = { request, restore: restoreOf(execution) };
  return {
    ...{ id: name, tenant, work: previewOnly ? 'preview' : 'restore', startedBy: requestedBy, startedAt },
    ...{ state, endedAt, problem: problem === undefined ? null : problemDocument(problem) },
    progress: step === undefined ? [] : [{ step: 'execution.step', message: step }],
    result: state !== 'done' ? null : preview === undefined ? applied : { preview },
  };
}
