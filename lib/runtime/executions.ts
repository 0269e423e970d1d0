/**
 * Executions as a person follows them: started once, watched until they end, reported step by step. An execution does not
 * depend on being watched. Invariant: an execution that did not succeed ends in an error here, with the code and hint of
 * the function.
 */
import { setTimeout as pause } from 'node:timers/promises';
import {
  DescribeExecutionCommand,
  type DescribeExecutionCommandOutput,
  DescribeMapRunCommand,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidArn,
  ListExecutionsCommand,
  ListMapRunsCommand,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { type ErrorKind, WORKFLOW_ERRORS } from '../domain/error-kind.ts';
import { HoldfastError, InputError, reportedError, StorageError } from '../domain/errors.ts';
import type { ExecutionNow } from '../domain/execution-now.ts';
import { readCause } from '../domain/workflow-failure.ts';
import { mapForPerson } from './person-errors.ts';
import { isRunning } from './workflows.ts';

/** Polling slows down while nothing changes. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
/** Events read per poll: more than occur between two polls. */
const LATEST_EVENTS = 100;

export interface ExecutionStep {
  /** Name of the state that was entered last. */
  readonly step: string;
  /** Names of the states that were entered since the last poll, in order. */
  readonly entered: readonly string[];
  /** Progress of a fleet run, in shards. */
  readonly shards?: { readonly done: number; readonly failed: number; readonly total: number };
}

/** Starts one and returns its ARN. */
export async function startExecution(
  client: SFNClient,
  stateMachineArn: string,
  input: unknown,
  name?: string,
): Promise<string> {
  const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input), ...(name && { name }) });
  return (await mapForPerson('starting an execution', () => client.send(command))).executionArn!;
}

export interface FollowOptions {
  /** Called after each poll. */
  readonly onStep?: (step: ExecutionStep) => void | Promise<void>;
  /** Aborting it stops watching; the execution continues. */
  readonly signal?: AbortSignal;
}

/**
 * Watches until it ends and returns its output. InputError `no-execution`; a failure of the execution as its own class
 * (IntegrityError, ConflictError, HoldfastError); StorageError `execution-timed-out`, `execution-aborted`. Rejects with
 * the signal's reason when the signal is aborted.
 */
export async function followExecution(client: SFNClient, arn: string, options: FollowOptions = {}): Promise<unknown> {
  let wait = FIRST_PAUSE_MS;
  let seen = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    const execution = await describeExecution(client, arn);
    if (options.onStep) {
      const { step, upTo } = await lookAt(client, arn, seen);
      if (upTo > seen) wait = FIRST_PAUSE_MS;
      seen = upTo;
      if (step) await options.onStep(step);
    }
    if (execution.status !== 'RUNNING' && execution.status !== 'PENDING_REDRIVE') return outcome(execution);
    await pause(wait, undefined, options.signal && { signal: options.signal }).catch(error => {
      options.signal?.throwIfAborted();
      throw error;
    });
    wait = Math.min(LONGEST_PAUSE_MS, wait * 1.5);
  }
}

/** By its ARN; false where Step Functions no longer knows it. */
export function executionRuns(client: SFNClient, arn: string): Promise<boolean> {
  return mapForPerson('reading an execution', () => isRunning(client, arn));
}

/** As it is at this moment; undefined where Step Functions does not know it. */
export async function readExecution(client: SFNClient, arn: string): Promise<ExecutionNow | undefined> {
  const found = await describeExecution(client, arn).catch((error: unknown) => {
    if (error instanceof InputError && error.code === 'no-execution') return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const { status, startDate, stopDate, input } = found;
  const facts = {
    startedAt: startDate!.toISOString(),
    endedAt: stopDate?.toISOString() ?? null,
    input: JSON.parse(input ?? 'null') as unknown,
  };
  if (status === 'RUNNING' || status === 'PENDING_REDRIVE') {
    const { states } = await statesOf(client, arn);
    return { ...facts, state: 'running', step: states.at(-1)?.name, output: undefined, problem: undefined };
  }
  try {
    return { ...facts, state: 'done', step: undefined, output: outcome(found), problem: undefined };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { ...facts, state: 'failed', step: undefined, output: undefined, problem: error };
  }
}

async function describeExecution(client: SFNClient, executionArn: string): Promise<DescribeExecutionCommandOutput> {
  try {
    return await mapForPerson('reading an execution', () =>
      client.send(new DescribeExecutionCommand({ executionArn })),
    );
  } catch (error) {
    const { cause } = error as Error;
    if (!(cause instanceof ExecutionDoesNotExist || cause instanceof InvalidArn)) throw error;
    throw new InputError('no-execution', 'The execution does not exist.', {
      hint: 'Use the ARN or name that `holdfast start` printed; Step Functions keeps executions for 90 days.',
      cause: error,
    });
  }
}

async function lookAt(
  client: SFNClient,
  executionArn: string,
  seen: number,
): Promise<{ step?: ExecutionStep; upTo: number }> {
  const { states, newest } = await statesOf(client, executionArn);
  const upTo = Math.max(seen, newest);
  const step = states.at(-1)?.name;
  if (step === undefined) return { upTo };
  const entered = states.filter(({ id }) => id > seen).map(({ name }) => name);
  const shards = await shardsOf(client, executionArn);
  return { step: { step, entered, ...(shards && { shards }) }, upTo };
}

/** The states that were entered last, in order. */
async function statesOf(client: SFNClient, executionArn: string) {
  const latest = { executionArn, reverseOrder: true, maxResults: LATEST_EVENTS, includeExecutionData: false };
  const { events = [] } = await mapForPerson('reading the history of an execution', () =>
    client.send(new GetExecutionHistoryCommand(latest)),
  );
  const inOrder = events.map(event => ({ id: event.id ?? 0, name: event.stateEnteredEventDetails?.name }));
  inOrder.sort((a, b) => a.id - b.id);
  const states = inOrder.flatMap(({ id, name }) => (name === undefined ? [] : [{ id, name }]));
  return { states, newest: inOrder.at(-1)?.id ?? 0 };
}

async function shardsOf(client: SFNClient, executionArn: string): Promise<ExecutionStep['shards']> {
  const { mapRuns = [] } = await mapForPerson('reading the progress of an execution', () =>
    client.send(new ListMapRunsCommand({ executionArn })),
  );
  const run = mapRuns.find(each => each.stopDate === undefined);
  if (run === undefined) return undefined;
  const { itemCounts } = await mapForPerson('reading the progress of an execution', () =>
    client.send(new DescribeMapRunCommand({ mapRunArn: run.mapRunArn })),
  );
  const { total = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0 } = itemCounts ?? {};
  if (total === 0) return undefined;
  const lost = failed + timedOut + aborted;
  return { done: succeeded + lost, failed: lost, total };
}

export interface ExecutionSummary {
  readonly arn: string;
  readonly name: string;
  readonly status: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

/** The newest executions of a state machine, newest first. */
export async function listExecutions(
  client: SFNClient,
  stateMachineArn: string,
  maxResults: number,
): Promise<ExecutionSummary[]> {
  const { executions = [] } = await mapForPerson('listing executions', () =>
    client.send(new ListExecutionsCommand({ stateMachineArn, maxResults })),
  );
  return executions.map(({ executionArn, name, status, startDate, stopDate }) => ({
    ...{ arn: executionArn!, name: name!, status: status!, startedAt: startDate!.toISOString() },
    endedAt: stopDate?.toISOString() ?? null,
  }));
}

function outcome(execution: DescribeExecutionCommandOutput): unknown {
  const { status, output, error = '', cause, executionArn } = execution;
  if (status === 'SUCCEEDED') return JSON.parse(output ?? 'null');
  const details = { execution: executionArn };
  if (status === 'FAILED') throw failure(error, cause, details);
  const [code, what] =
    status === 'TIMED_OUT'
      ? (['execution-timed-out', 'timed out'] as const)
      : (['execution-aborted', 'was aborted'] as const);
  throw new StorageError(code, `The execution ${what}.`, {
    hint: 'Its history in the Step Functions console shows the step; start it again once the cause is resolved.',
    details,
  });
}

/** Only the error name is transmitted; a name that stands for several classes maps to the most likely one. */
const KINDS: Readonly<Record<string, ErrorKind>> = {
  [WORKFLOW_ERRORS.integrity]: 'integrity',
  [WORKFLOW_ERRORS.conflict]: 'conflict',
  [WORKFLOW_ERRORS.tryAgain]: 'storage',
};

function failure(name: string, cause: string | undefined, details: { execution: string | undefined }): HoldfastError {
  const reported = readCause(cause);
  if (reported)
    return reportedError(KINDS[name] ?? 'input', { ...reported, details: { ...reported.details, ...details } });
  const detail = cause !== undefined && KINDS[name] ? ` ${cause}` : '';
  return new HoldfastError('execution-failed', `The execution failed (${name || 'no error name'}).${detail}`, {
    hint: 'Its history in the Step Functions console shows the step; the log of that step’s function shows the reason.',
    details,
  });
}
