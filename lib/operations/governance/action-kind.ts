/**
 * One kind of action that people can ask for. The request path (request-action.ts, execute-action.ts) does everything
 * that kinds have in common; a kind plans and executes.
 */
import type * as z from 'zod';
import type { GovernedAction, Responsible } from '../../domain/governed-action.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { ClusterBackups, HeldKeys, Vault } from '../../ports.ts';
import type { Regions } from '../../region-ports.ts';
import type { Context } from '../context.ts';
import type { TimeBudget } from '../time-budget.ts';

/** Without a database, a kind that needs one says what is left to a person. */
export type ActionDeps = Omit<Context, 'source'> &
  Partial<Pick<Context, 'source'>> & {
    /** The vaults of the other regions, for what must reach every copy. */
    readonly otherRegions?: readonly { readonly region: string; readonly vault: Vault }[];
    /** Name of the vault's own region. */
    readonly region?: string;
    /** Absent: nobody can tell what the cluster keeps. */
    readonly clusterBackups?: ClusterBackups;
    /** Whoever places holds may not bring back a key that is being destroyed: somebody else is called for that. */
    readonly stopsElsewhere?: true;
    /** Where a key service can be told that a key must stay. */
    readonly heldKeys?: HeldKeys;
    /** The regions of the installation, for a fail-over. */
    readonly regions?: Regions;
    /** Of one call: what takes longer is continued by the next (ConflictError `request-unfinished`). */
    readonly budget?: TimeBudget;
  };

export interface ActionKind<Input = unknown, Plan = unknown, Proof = unknown> {
  readonly action: GovernedAction;
  readonly input: z.ZodType<Input>;
  readonly plan: z.ZodType<Plan>;
  /**
   * Before it is executed, a plan is made again and must be the same. True: the kept plan is executed as it was approved, and
   * `execute` itself finds out what changed since (a plan that counts what grows with every backup).
   */
  readonly keepsPlan?: true;
  /** Pure reading. Throws what a person must change. */
  makePlan(deps: ActionDeps, tenant: TenantRef, input: Input): Promise<Plan>;
  /** The plan in sentences: what will be done, and what follows from it. */
  describe(plan: Plan): readonly string[];
  /**
   * Executes exactly the plan, and proves it. Idempotent by `responsible.request`: called again after a crash, it
   * continues. `records`: SHA-256 by vault key of what it stored.
   */
  execute(
    deps: ActionDeps,
    tenant: TenantRef,
    plan: Plan,
    responsible: Responsible,
  ): Promise<{ readonly proof: Proof; readonly records: Readonly<Record<string, string>> }>;
}
