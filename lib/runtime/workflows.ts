/** What functions request of Step Functions: start an execution once, and answer the task that waits for a person. */
import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { WORKFLOW_ERRORS } from '../domain/error-kind.ts';
import type { HoldfastError } from '../domain/errors.ts';
import { attemptName, MAX_ATTEMPTS, pauseAfterAttemptMs } from '../domain/run-name.ts';
import { causeOf } from '../domain/workflow-failure.ts';

/** The name is the idempotency key: false if an execution with that name already exists. */
export async function startOnce(
  client: SFNClient,
  stateMachineArn: string,
  name: string,
  input: unknown,
): Promise<boolean> {
  try {
    await client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
    return true;
  } catch (error) {
    if (error instanceof ExecutionAlreadyExists) return false;
    throw error;
  }
}

/**
 * Starts work that is still wanted, unless an execution for it is running or ended a moment ago: a failed one is tried
 * again under another name, at growing intervals. Whether one was started.
 */
export async function startWanted(
  client: SFNClient,
  stateMachineArn: string,
  { name, input, now }: { readonly name: string; readonly input: unknown; readonly now: Date },
): Promise<boolean> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const tried = attemptName(name, attempt);
    const before = await stateOf(client, executionArn(stateMachineArn, tried));
    if (before === 'none') return startOnce(client, stateMachineArn, tried, input);
    if (before === 'running' || now.getTime() - before.getTime() < pauseAfterAttemptMs(attempt)) return false;
  }
  return false;
}

/** Starts carrying out a request unless that is under way: the name of the execution is the request's id. */
export async function startCarryingOut(
  client: SFNClient,
  stateMachineArn: string | undefined,
  { tenant, id, action, now }: Record<'tenant' | 'id' | 'action', string> & { readonly now: Date },
): Promise<boolean> {
  // Only the primary region has the URLs that lead here.
  if (stateMachineArn === undefined) throw new Error('No state machine is configured.');
  return startWanted(client, stateMachineArn, { name: id, input: { tenant, request: id, action }, now });
}

/** By its ARN; false where there is none. */
export async function isRunning(client: SFNClient, arn: string): Promise<boolean> {
  return (await stateOf(client, arn)) === 'running';
}

/** When the execution ended. */
async function stateOf(client: SFNClient, arn: string): Promise<'none' | 'running' | Date> {
  try {
    const { stopDate } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
    return stopDate ?? 'running';
  } catch (error) {
    if (error instanceof ExecutionDoesNotExist) return 'none';
    throw error;
  }
}

/** ARN of the execution with this name. */
export function executionArn(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}

/** Completes the waiting task, or fails it as if a function had thrown. False if the task is no longer waiting. */
export async function answerTask(
  client: SFNClient,
  taskToken: string,
  answer: { readonly output: unknown } | { readonly refusal: HoldfastError },
): Promise<boolean> {
  try {
    if ('output' in answer) {
      await client.send(new SendTaskSuccessCommand({ taskToken, output: JSON.stringify(answer.output) }));
    } else {
      const cause = causeOf(answer.refusal);
      await client.send(new SendTaskFailureCommand({ taskToken, error: WORKFLOW_ERRORS.refused, cause }));
    }
    return true;
  } catch (error) {
    const over = [TaskTimedOut, TaskDoesNotExist, InvalidToken].some(kind => error instanceof kind);
    if (!over) throw error;
    return false;
  }
}
