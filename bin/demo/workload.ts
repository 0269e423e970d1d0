/**
 * The application at work: several connections, all tenants at once, small transactions of inserts, updates and
 * deletes. It runs during the entire demo and counts what its users would notice: failed transactions and latency. A
 * tenant can be paused, as in the maintenance mode of an application.
 */
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ACTIONS, type Action } from './workload-actions.ts';

export interface WorkloadWindow {
  readonly seconds: number;
  readonly committed: number;
  readonly rolledBack: number;
  /** Failed transactions: tenant, action and SQLSTATE. */
  readonly errors: ReadonlyArray<{ tenant: string; action: string; code: string; message: string }>;
  /** Of the slowest committed transaction and of the middle one, in milliseconds. */
  readonly slowestMs: number;
  readonly medianMs: number;
}

export interface Workload {
  /** Resolves when no transaction of the tenant is running; none begins until `resume`. */
  pause(tenant: string): Promise<void>;
  resume(tenant: string): void;
  /** Figures since the last call. */
  window(): WorkloadWindow;
  /** Figures since the start. */
  total(): { committed: number; errors: number };
  stop(): Promise<void>;
}

export interface WorkloadOptions {
  readonly tenants: readonly string[];
  readonly connections?: number;
  /** Transactions a second, of all connections together. */
  readonly rate?: number;
}

/** Starts the workers; each has its own connection and draws tenants and actions from its own seeded generator. */
export async function startWorkload(applicationUrl: string, options: WorkloadOptions): Promise<Workload> {
  const connections = options.connections ?? 4;
  const pauseMs = (1000 * connections) / (options.rate ?? 120);
  const state = new WorkloadState(options.tenants);
  const workers: Promise<void>[] = [];
  for (let number = 0; number < connections; number++) {
    const client = new pg.Client({ connectionString: applicationUrl, application_name: `workbench ${number}` });
    client.on('error', () => {});
    await client.connect();
    workers.push(work(client, state, pauseMs, seededRandom(number + 1)));
  }
  return {
    pause: tenant => state.pause(tenant),
    resume: tenant => state.resume(tenant),
    window: () => state.window(),
    total: () => ({ committed: state.committedEver, errors: state.errorsEver }),
    stop: async () => {
      state.stopped = true;
      await Promise.all(workers);
    },
  };
}

async function work(client: pg.Client, state: WorkloadState, pauseMs: number, random: () => number): Promise<void> {
  while (!state.stopped) {
    const tenant = state.draw(random);
    if (tenant !== undefined) {
      const action = ACTIONS[Math.floor(random() * ACTIONS.length)]!;
      await state.track(tenant, () => transaction(client, state, tenant, action, random));
    }
    await delay(pauseMs * (0.5 + random()));
  }
  await client.end().catch(() => {});
}

async function transaction(
  client: pg.Client,
  state: WorkloadState,
  tenant: string,
  action: Action,
  random: () => number,
): Promise<void> {
  const started = performance.now();
  try {
    await client.query('BEGIN');
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    await action.run(client, tenant, random);
    const changedMind = random() < 0.03;
    await client.query(changedMind ? 'ROLLBACK' : 'COMMIT');
    state.finished(performance.now() - started, changedMind);
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    state.failed(tenant, action.name, error as Error & { code?: string });
  }
}

class WorkloadState {
  stopped = false;
  committedEver = 0;
  errorsEver = 0;
  readonly #tenants: readonly string[];
  readonly #paused = new Set<string>();
  readonly #underWay = new Map<string, Set<Promise<void>>>();
  #since = performance.now();
  #latencies: number[] = [];
  #rolledBack = 0;
  #errors: { tenant: string; action: string; code: string; message: string }[] = [];

  constructor(tenants: readonly string[]) {
    this.#tenants = tenants;
  }

  /** Large tenants (the first ones) are busier. Undefined if the drawn tenant is paused. */
  draw(random: () => number): string | undefined {
    const tenant = this.#tenants[Math.floor(random() ** 2 * this.#tenants.length)]!;
    return this.#paused.has(tenant) ? undefined : tenant;
  }

  async track(tenant: string, start: () => Promise<void>): Promise<void> {
    const running = start();
    const set = this.#underWay.get(tenant) ?? new Set();
    this.#underWay.set(tenant, set.add(running));
    await running;
    set.delete(running);
  }

  async pause(tenant: string): Promise<void> {
    this.#paused.add(tenant);
    await Promise.all(this.#underWay.get(tenant) ?? []);
  }

  resume(tenant: string): void {
    this.#paused.delete(tenant);
  }

  finished(ms: number, rolledBack: boolean): void {
    if (rolledBack) this.#rolledBack++;
    else {
      this.#latencies.push(ms);
      this.committedEver++;
    }
  }

  failed(tenant: string, action: string, error: Error & { code?: string }): void {
    this.errorsEver++;
    this.#errors.push({ tenant, action, code: error.code ?? 'no code', message: error.message });
  }

  window(): WorkloadWindow {
    const sorted = this.#latencies.sort((a, b) => a - b);
    const now = performance.now();
    const window = {
      seconds: (now - this.#since) / 1000,
      committed: sorted.length,
      rolledBack: this.#rolledBack,
      errors: this.#errors,
      slowestMs: sorted.at(-1) ?? 0,
      medianMs: sorted[sorted.length >> 1] ?? 0,
    };
    this.#since = now;
    this.#latencies = [];
    this.#rolledBack = 0;
    this.#errors = [];
    return window;
  }
}

/** mulberry32: small, seeded, sufficient to draw tenants and actions. */
function seededRandom(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
