/**
 * Runs work in a container for a step of a state machine that waits for its answer. Invariants: the result or the error
 * reaches the state machine as a function's would; a container whose step no longer waits (the execution was stopped, or
 * Step Functions cannot be reached) ends itself, and with its session the server rolls back what is not committed.
 */
import {
  SendTaskFailureCommand,
  SendTaskHeartbeatCommand,
  SendTaskSuccessCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { clientOptions } from '../aws/clients.ts';
import { ABANDONED_MS, BEAT_MS } from '../domain/restore-task.ts';

/** Step Functions does not wait for this answer any more. */
const NOT_AWAITED = ['TaskTimedOut', 'TaskDoesNotExist', 'InvalidToken'];
/** The maximum of Step Functions, less what JSON adds. */
const CAUSE_CHARACTERS = 30_000;

export interface TaskAnswer {
  readonly client: SFNClient;
  readonly token: string;
  /** Ends the process at once. */
  readonly exit: (code: number) => void;
}

export function openTaskAnswer(region: string, token: string, exit: TaskAnswer['exit']): TaskAnswer {
  return { client: new SFNClient(clientOptions({ region })), token, exit };
}

/** Resolves once the step has its answer; the process then ends. */
export async function answerStep(answer: TaskAnswer, work: () => Promise<unknown>): Promise<void> {
  const { client, token, exit } = answer;
  const stop = reportWhileWorking(answer);
  try {
    const result = await work();
    await client.send(new SendTaskSuccessCommand({ taskToken: token, output: JSON.stringify(result) }));
    exit(0);
  } catch (error) {
    await client.send(failureOf(token, error)).catch(() => {});
    exit(1);
  } finally {
    stop();
  }
}

/** Cancelled from outside: says so, and ends. The transaction is rolled back whether or not this is heard. */
export async function refuseStep({ client, token, exit }: TaskAnswer): Promise<void> {
  const error = Object.assign(new Error('The container was stopped.'), { name: 'Holdfast.TaskStopped' });
  const giveUp = setTimeout(() => exit(1), 2_000);
  await client.send(failureOf(token, error)).catch(() => {});
  clearTimeout(giveUp);
  exit(1);
}

function reportWhileWorking({ client, token, exit }: TaskAnswer): () => void {
  let accepted = performance.now();
  const beat = async () => {
    try {
      await client.send(new SendTaskHeartbeatCommand({ taskToken: token }));
      accepted = performance.now();
    } catch (error) {
      const lost = performance.now() - accepted > ABANDONED_MS;
      if (!lost && !NOT_AWAITED.includes((error as Error).name)) return;
      // Not an exception that the work could catch: nothing may commit from here on.
      exit(1);
    }
  };
  void beat();
  const timer = setInterval(() => void beat(), BEAT_MS);
  return () => clearInterval(timer);
}

/** As Lambda reports what a handler throws: the step after it reads both in the same way. */
function failureOf(token: string, error: unknown): SendTaskFailureCommand {
  const { name, message } = error instanceof Error ? error : new Error('unexpected');
  return new SendTaskFailureCommand({
    ...{ taskToken: token, error: name.slice(0, 256) },
    cause: JSON.stringify({ errorType: name, errorMessage: message.slice(0, CAUSE_CHARACTERS) }),
  });
}
