/** What functions request of Step Functions: start an execution once, and answer the task that waits for a person. */
import {
  ExecutionAlreadyExists,
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
