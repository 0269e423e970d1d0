/**
 * Restores on AWS for tests of the API: the runtime as it is deployed, over the local adapters, and a Step Functions of the
 * test's own whose executions do what a test says. Nothing is staged: previews are signed documents with made-up counts.
 */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { DeployedRestores } from '../../lib/api/on-aws/deployed-restores.ts';
import { ConflictError } from '../../lib/domain/errors.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { restorePlanKey } from '../../lib/domain/object-key.ts';
import { PlanDocument } from '../../lib/domain/plan-file.ts';
import { type Conflict, previewHash } from '../../lib/domain/preview.ts';
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { causeOf } from '../../lib/domain/workflow-failure.ts';
import { askApproval } from '../../lib/operations/restore/apply/request-approval.ts';
import { keepPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import { deployedRestores } from '../../lib/runtime/deployed-restores.ts';
import type { World } from './governed.ts';

const MACHINE = 'arn:aws:states:eu-central-1:111122223333:stateMachine:restore-tenant';
const EXECUTIONS = MACHINE.replace(':stateMachine:', ':execution:');

interface FakeExecution {
  readonly name: string;
  readonly input: Record<string, unknown>;
  readonly startDate: Date;
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED';
  step: string;
  token?: string;
  output?: unknown;
  failure?: { readonly error: string; readonly cause: string };
  stopDate?: Date;
}

export interface FakeMachine {
  readonly executions: readonly FakeExecution[];
  /** Reads of an execution that was just started find nothing. */
  knowsLater: boolean;
  /** Those that run go on as far as they can without a person. */
  advance(): Promise<void>;
  /** The next preview has these conflicts. */
  conflicts: Conflict[];
  /** Hash of what that preview shows, which the function for rows tells people. */
  hashOf(tenant: TenantRef, preview: string): string;
}

export interface DeployedWorld {
  readonly deployed: DeployedRestores;
  readonly machine: FakeMachine;
}

/** `approvals`: needed in place. */
export function deployedWorld(
  { deps }: Pick<World, 'deps'>,
  { approvals = 1, selfIssuer }: { readonly approvals?: number; readonly selfIssuer?: string } = {},
): DeployedWorld {
  const all: FakeExecution[] = [];
  const find = (arn: string) => all.find(({ name }) => `${EXECUTIONS}:${name}` === arn);
  const missing = () => new ExecutionDoesNotExist({ message: 'none', $metadata: {} });
  const now = () => deps.clock.now();

  function end(execution: FakeExecution, change: Partial<FakeExecution>): void {
    Object.assign(execution, change, { stopDate: now() });
  }

  const client = {
    async send(command: unknown) {
      if (command instanceof StartExecutionCommand) {
        const { name, input } = command.input;
        if (all.some(each => each.name === name))
          throw new ExecutionAlreadyExists({ message: 'there is one', $metadata: {} });
        const started = { name: name!, input: JSON.parse(input!), startDate: now() };
        all.push({ ...started, status: 'RUNNING', step: 'Check the request' });
        return {};
      }
      if (command instanceof DescribeExecutionCommand) {
        const found = find(command.input.executionArn!);
        if (found === undefined || machine.knowsLater) throw missing();
        const { status, input, output, failure, startDate, stopDate } = found;
        return {
          ...{ executionArn: command.input.executionArn, status, startDate, stopDate, ...failure },
          ...{ input: JSON.stringify(input), output: JSON.stringify(output) },
        };
      }
      if (command instanceof GetExecutionHistoryCommand)
        return { events: [{ id: 2, stateEnteredEventDetails: { name: find(command.input.executionArn!)!.step } }] };
      if (command instanceof SendTaskSuccessCommand || command instanceof SendTaskFailureCommand) {
        const waiting = all.find(({ token }) => token === command.input.taskToken)!;
        if (command instanceof SendTaskSuccessCommand) waiting.step = 'Apply';
        else end(waiting, { status: 'FAILED', failure: { error: command.input.error!, cause: command.input.cause! } });
        return {};
      }
      throw new Error('The test’s Step Functions does not know this command.');
    },
  } as unknown as SFNClient;

  async function preview(execution: FakeExecution): Promise<void> {
    const { previewOnly: _, ...asked } = execution.input;
    const request = parseRestoreRequest(asked);
    const tenant = tenantRef(deps.installation, tenantId(request.tenant));
    const id = newId(deps);
    const plan = planOf({ request, tenant, id, installation: deps.installation, at: now() }, machine.conflicts);
    const signature = Buffer.from(await deps.signer.sign(Buffer.from(plan))).toString('base64');
    const file = { plan, signature: { keyId: deps.signer.keyId, algorithm: 'ECDSA_SHA_256', value: signature } };
    await deps.keyring.ensureKey(tenant);
    const planKey = await keepPlan(deps as never, tenant, id, JSON.stringify(file));
    end(execution, { status: 'SUCCEEDED', output: { tenant, id, planKey } });
  }

  async function apply(execution: FakeExecution): Promise<void> {
    const { plan, tenant, requestedBy } = execution.input as { plan: string; tenant: TenantRef; requestedBy: string };
    const id = plan.slice(plan.lastIndexOf('/') + 1);
    if (execution.step === 'Apply')
      return end(execution, { status: 'SUCCEEDED', output: { tenant, restore: `restore-of-${id}`, done: true } });
    if (approvals === 0) {
      execution.step = 'Apply';
      return;
    }
    if (execution.token !== undefined) return;
    execution.token = `token-of-${execution.name}`;
    execution.step = 'Wait for approval';
    const asking = `${EXECUTIONS}:${execution.name} now`;
    const hash = machineHashes.get(plan)!;
    const asked = { tenant, id, plan, hash, requestedBy, takenUpBy: requestedBy, needed: approvals };
    await askApproval(deps, { ...asked, asking, token: execution.token, approvalHours: 24 });
  }

  const machineHashes = new Map<string, string>();
  const machine: FakeMachine = {
    executions: all,
    knowsLater: false,
    conflicts: [],
    hashOf: (tenant, preview) => machineHashes.get(restorePlanKey(tenant, preview))!,
    async advance() {
      for (const each of all.filter(({ status }) => status === 'RUNNING'))
        await (each.input.previewOnly === true ? preview(each) : apply(each));
    },
  };

  function planOf({ request, tenant, id, installation, at }: Planned, conflicts: readonly Conflict[]): string {
    const table = {
      table: 'public.orders',
      inserts: 2,
      updates: 0,
      deletes: 1,
      alongside: 0,
      columns: {},
      samples: [],
    };
    const preview = {
      ...{ format: 'holdfast.preview/1', request, target: '0/10', targetTime: null, staging: 'holdfast_stage_1' },
      ...{ tables: [table], totals: { inserts: 2, updates: 0, deletes: 1, rows: 3 }, conflicts, notes: [] },
      ...{ sequences: [], triggersSuppressed: false, measured: { planMs: 1, stageMs: 1, diffMs: 1 } },
      ...{ predictedApplyMs: 1500, diffDigest: id },
    };
    const hash = previewHash(preview as never);
    machineHashes.set(restorePlanKey(tenant, id), hash);
    const staging = { id, schema: 'holdfast_stage_1', tenantRef: tenant, target: '0/10', notes: [], tables: [] };
    return JSON.stringify(
      PlanDocument.parse({
        ...{ format: 'holdfast.approved-plan/1', createdAt: at.toISOString(), installation, request },
        ...{ preview: { ...preview, hash }, staging, chain: null },
      }),
    );
  }

  const config = {
    ...{
      installation: deps.installation,
      approvalHours: 24,
      approvals: { inPlace: approvals, missingOnly: approvals },
    },
    workflows: { restoreTenant: MACHINE, restoreTenants: 'none' },
  };
  const aws = {
    ...{ config, workflows: client, governance: {} },
    operations: selfIssuer === undefined ? {} : { console: { self: { issuer: selfIssuer } } },
  };
  return { machine, deployed: deployedRestores({ ctx: deps, aws } as never) };
}

interface Planned {
  readonly request: ReturnType<typeof parseRestoreRequest>;
  readonly tenant: TenantRef;
  readonly id: string;
  readonly installation: string;
  readonly at: Date;
}

/** Fails the execution as a function of its would. */
export function failExecution(execution: FakeExecution): void {
  const error = new ConflictError('conflicts', 'The application changed rows.', { hint: 'Make a new preview.' });
  Object.assign(execution, {
    ...{
      status: 'FAILED',
      failure: { error: 'Holdfast.Conflict', cause: causeOf(error) },
      stopDate: execution.startDate,
    },
  });
}
