/** An execution of a state machine as it is at one moment. */
import type { HoldfastError } from './errors.ts';

export interface ExecutionNow {
  readonly state: 'running' | 'done' | 'failed';
  /** The step that it entered last, while it runs. */
  readonly step: string | undefined;
  /** ISO 8601 UTC. */
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly input: unknown;
  /** Undefined until it is done. */
  readonly output: unknown;
  /** Of one that failed: what failed it. */
  readonly problem: HoldfastError | undefined;
}
