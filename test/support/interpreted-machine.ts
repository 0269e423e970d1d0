/** A synthesized state machine, run by an independent interpreter (aws-local-stepfunctions) with the functions of a test. */
import { StateMachine } from 'aws-local-stepfunctions';

// biome-ignore lint/suspicious/noExplicitAny: inputs and definitions are whatever the state machine makes of them
type Loose = any;

export type Handler = (input: Loose) => unknown;

export interface Interpreted {
  readonly result: Loose;
  readonly failure: { name: string; message: string } | undefined;
  /** Steps that called a function, in order, with their input. */
  readonly calls: readonly { step: string; input: Loose }[];
  readonly steps: readonly string[];
}

/** `execution`: what the context object says of it. */
export async function interpret(
  definition: Loose,
  input: unknown,
  handlers: Record<string, Handler>,
  execution: object = { Id: 'execution-1' },
): Promise<Interpreted> {
  const calls: { step: string; input: Loose }[] = [];
  const states = statesOf(definition);
  const tasks = states.filter(([, state]) => state.Type === 'Task').map(([step]) => step);
  const local = Object.fromEntries(
    tasks.map(step => [
      step,
      async (given: Loose) => {
        calls.push({ step, input: given });
        const handler = handlers[step];
        if (!handler) throw new Error(`The test has no function for the step ${step}.`);
        return handler(given);
      },
    ]),
  );
  const machine = new StateMachine(definition, { validationOptions: { noValidate: true } });
  const running = machine.run(input as never, {
    context: {
      ...{
        Execution: { Input: input, ...execution },
        Task: { Token: 'token-1' },
      },
      // The interpreter does not report the current state.
      State: { Name: 'a step', EnteredTime: '2026-01-31T10:05:00Z' },
    } as never,
    overrides: {
      taskResourceLocalHandlers: local as never,
      waitTimeOverrides: Object.fromEntries(
        states.filter(([, state]) => state.Type === 'Wait').map(([step]) => [step, 0]),
      ),
      retryIntervalOverrides: Object.fromEntries(tasks.map(step => [step, 0])),
    },
  });
  try {
    return { result: await running.result, failure: undefined, calls, steps: calls.map(call => call.step) };
  } catch (error) {
    return { result: undefined, failure: error as Error, calls, steps: calls.map(call => call.step) };
  }
}

function statesOf(definition: Loose): [string, Loose][] {
  return Object.entries(definition.States as Record<string, Loose>).flatMap(([name, state]) => [
    [name, state] as [string, Loose],
    ...(state.ItemProcessor ? statesOf(state.ItemProcessor) : []),
  ]);
}
