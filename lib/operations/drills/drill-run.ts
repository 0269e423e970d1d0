/**
 * What every drill works with: the installation, what is configured for drills, what was asked for, and where it notes what
 * it measured and found.
 */

import type { DrillProblem, DrillRecord, Fault } from '../../domain/drill.ts';
import type { DrillKind } from '../../domain/drill-kind.ts';
import { HoldfastError } from '../../domain/errors.ts';
import type { FailoverPlan } from '../../domain/failover.ts';
import type { Tier } from '../../domain/objectives.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import type { Source } from '../../postgres/connection.ts';
import type { AcceptanceCheck } from '../../postgres/drill/acceptance-sql.ts';
import type { Context } from '../context.ts';

/** Where a check of the team finds the restored rows. Without credentials: the team has its own. */
export interface HookRequest {
  readonly format: 'holdfast.drill-hook/1';
  readonly drill: string;
  readonly kind: DrillKind;
  /** Null: the whole database. */
  readonly tenant: string | null;
  readonly database: { readonly host: string; readonly port: number; readonly name: string };
}

/** The stores of another region, opened to be read only. */
export interface RegionStores extends Pick<Deps, 'vault' | 'keyring' | 'signer' | 'catalog' | 'memory'> {
  close(): Promise<void>;
}

/** What is configured for drills. */
export interface DrillPlant {
  /** A database outside the source system, beside which scratch databases are made. Default: the source. */
  readonly scratch?: Source;
  readonly template?: string;
  /** By the tenant's reference. */
  readonly tierOf: (tenant: string) => Tier;
  /** `host:port` of the source. Default: as the context has it. */
  readonly sourceServer?: string;
  readonly acceptanceSql?: string;
  /** InputError `acceptance-failed`. */
  readonly acceptanceHook?: (request: HookRequest) => Promise<readonly AcceptanceCheck[]>;
  /** Of one check, in milliseconds. Default: 15 minutes. */
  readonly acceptanceLimitMs?: number;
  /** With an empty catalog. */
  readonly openRegion?: () => Promise<RegionStores>;
  /** Plans a fail-over to this region, and does nothing of it. Absent: the installation has one region. */
  readonly planFailover?: () => Promise<FailoverPlan>;
  /** Only where the installation protects nothing real. */
  readonly faults?: FaultTools;
}

/** What damages a test installation in ways that no port can. Each returns how to mend it. */
export interface FaultTools {
  /** Changes stored bytes outside the vault's own rules. */
  readonly damageObject: (key: string) => Promise<() => Promise<void>>;
}

export interface DrillAsked {
  readonly kind: DrillKind;
  /** Default: chosen. */
  readonly tenants?: readonly TenantId[];
  /** Default: a random moment of each window; of a whole system the newest. */
  readonly moment?: string;
  /** Tenants at once, of `several-tenants`; tenants restored of `whole-system`, the rest is predicted. */
  readonly count?: number;
  readonly faults?: readonly Fault[];
  /** Default: random. */
  readonly seed?: string;
  /** Who is responsible, as the platform vouches. */
  readonly startedBy: string;
}

export interface DrillRun {
  readonly ctx: Context;
  readonly plant: DrillPlant;
  readonly asked: DrillAsked;
  readonly id: string;
  readonly seed: string;
  /** Earlier drills. */
  readonly records: readonly DrillRecord[];
  readonly phases: { phase: string; ms: number }[];
  readonly findings: string[];
}

/** What a kind of drill returns; the rest of its record is the same for all. */
export type DrillBody = Pick<DrillRecord, 'scratch' | 'tenants' | 'acceptance'> &
  Partial<Pick<DrillRecord, 'contention' | 'prediction' | 'accidents' | 'faults' | 'failover'>>;

/** Does the work and notes how long it took. */
export async function timedPhase<T>(
  run: Pick<DrillRun, 'phases' | 'ctx'>,
  phase: string,
  work: () => Promise<T>,
): Promise<T> {
  run.ctx.progress?.({ step: `drill.${phase}`, message: `Drill: ${phase}` });
  const started = performance.now();
  try {
    return await work();
  } finally {
    run.phases.push({ phase, ms: Math.round(performance.now() - started) });
  }
}

/** For the record: a message of ours contains no rows and no names, any other might. */
export function problemOf(error: unknown): DrillProblem {
  if (error instanceof HoldfastError) return { code: error.code, message: error.message };
  return { code: 'internal', message: 'An unexpected error; the command printed it.' };
}
