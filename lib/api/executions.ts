/**
 * Long work that a request began and others follow: state, phase and progress, and what came of it. Invariants: an execution
 * is seen only below the tenant that it was begun for; its end is one of done and failed, and does not change. In memory:
 * what is durable is in the vault and the catalog, and survives the process.
 */
import { InputError } from '../domain/errors.ts';
import { type IdSource, newId } from '../domain/new-id.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { ProgressEvent } from '../ports.ts';
import { type Problem, problemDocument } from './problem.ts';

export interface Execution {
  readonly id: string;
  readonly tenant: TenantRef;
  /** What it does, such as `preview`. */
  readonly work: string;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly state: 'running' | 'done' | 'failed';
  readonly endedAt: string | null;
  /** The newest first; one for each step. */
  readonly progress: readonly ProgressEvent[];
  /** By the schema of the route that began it; null until it is done. */
  readonly result: unknown;
  readonly problem: Problem | null;
}

export interface Begun {
  readonly tenant: TenantRef;
  readonly work: string;
  readonly startedBy: string;
}

type Work = (progress: (event: ProgressEvent) => void) => Promise<unknown>;

export interface Executions {
  /** Begins it in the background. InputError `too-many-requests` where too many are running. */
  start(begun: Begun, work: Work): Execution;
  /** InputError `unknown-execution`. */
  get(tenant: TenantRef, id: string): Execution;
  /** Resolves once nothing is running any more. */
  settled(): Promise<void>;
}

const MOST_RUNNING = 8;
/** Those that have ended and are still remembered. */
const MOST_KEPT = 200;

export function executionsInMemory(ids: IdSource): Executions {
  const all = new Map<string, Execution>();
  const running = new Map<string, Promise<void>>();

  function change(id: string, more: Partial<Execution>): void {
    all.set(id, { ...all.get(id)!, ...more });
  }

  function note(id: string, event: ProgressEvent): void {
    const others = all.get(id)!.progress.filter(({ step }) => step !== event.step);
    change(id, { progress: [event, ...others] });
  }

  async function run(id: string, work: Work): Promise<void> {
    try {
      const result = await work(event => note(id, event));
      change(id, { state: 'done', result });
    } catch (error) {
      change(id, { state: 'failed', problem: problemDocument(error) });
    }
    change(id, { endedAt: ids.clock.now().toISOString() });
    running.delete(id);
    forget();
  }

  function forget(): void {
    const ended = [...all.values()].filter(({ state }) => state !== 'running');
    for (const { id } of ended.slice(0, Math.max(0, ended.length - MOST_KEPT))) all.delete(id);
  }

  return {
    start(begun, work) {
      if (running.size >= MOST_RUNNING)
        throw new InputError('too-many-requests', 'Too much work is running.', {
          hint: 'Wait until some of it has ended.',
          retry: 'auto',
        });
      const id = newId(ids);
      const startedAt = ids.clock.now().toISOString();
      all.set(id, {
        ...{ id, ...begun, startedAt, state: 'running', endedAt: null },
        ...{ progress: [], result: null, problem: null },
      });
      running.set(id, run(id, work));
      return all.get(id)!;
    },
    get(tenant, id) {
      const found = all.get(id);
      if (found?.tenant === tenant) return found;
      throw new InputError('unknown-execution', 'No work with this id is known.', {
        hint: 'It may have ended before this server was started: what it did is in the records.',
      });
    },
    async settled() {
      await Promise.all(running.values());
    },
  };
}

/** Nobody who asks may know of it, or it is nowhere. */
export function unknownExecution(): InputError {
  return new InputError('unknown-execution', 'No work with this id is known.', {
    hint: 'Whoever began it can follow it; what it did is in the records.',
  });
}
