/**
 * The configuration of a deployed function: written by the stacks, read by the runtime, one JSON document in one
 * environment variable. It names resources and contains no secret.
 */
import * as z from 'zod';
import { AccidentSettings } from './accident.ts';
import { ApprovalPolicy } from './approval.ts';
import { TIERS } from './objectives.ts';
import { Retention, TenantRetention } from './retention.ts';
import { PolicyQuery } from './tenant-policy.ts';

/** Name of the environment variable. */
export const FUNCTION_CONFIG_VARIABLE = 'HOLDFAST_FUNCTION';

/** CloudWatch namespace of all metrics of the functions. */
export const METRICS_NAMESPACE = 'Holdfast';

/** Name of the tenant model beside the functions' code. */
export const MODEL_FILE = 'tenant-model.yaml';

/** File with the settings of single tenants, beside the functions' code: too long for a variable. */
export const TENANT_SETTINGS_FILE = 'tenant-settings.json';

/** PEM file of the database's certificate authorities, likewise. */
export const CA_FILE = 'database-ca.pem';

/** Partition of the catalog's table for idempotency records, and their TTL attribute. */
export const DONE_PARTITION = 'done-once';
export const DONE_EXPIRY_ATTRIBUTE = 'expires';

/** By tenant reference: no tenant id is in the functions' code. */
export const TenantSettings = z.strictObject({
  tiers: z.record(z.string(), z.enum(TIERS)),
  retention: z.record(z.string(), TenantRetention),
  /** Asked by the planner of fleet runs. */
  query: PolicyQuery.optional(),
});
export type TenantSettings = z.infer<typeof TenantSettings>;

export const FunctionConfig = z.strictObject({
  name: z.string(),
  installation: z.string(),
  bucket: z.string(),
  /** Vaults of other regions: in the primary of all others, for expiry in another region the primary's, otherwise none. */
  otherVaults: z.array(z.strictObject({ region: z.string(), bucket: z.string() })),
  /** Catalog. */
  table: z.string(),
  keysTable: z.string(),
  /** Key id, ARN or alias. */
  signingKey: z.string(),
  keys: z.discriminatedUnion('mode', [
    z.strictObject({
      mode: z.literal('dedicated'),
      replicaRegions: z.array(z.string()),
      /** ARNs, for the policies of the keys. */
      roles: z.strictObject({ breakGlass: z.string(), destroyKeys: z.string() }),
    }),
    /** `key`: id, ARN or alias. `destroyKeys`: ARN of the role that destroys them. */
    z.strictObject({ mode: z.literal('pooled'), key: z.string(), destroyKeys: z.string().exactOptional() }),
  ]),
  /** Only the primary region creates keys: created elsewhere it would be a different key under the same name. */
  makesKeys: z.boolean(),
  region: z.string(),
  /**
   * ARN of the role for sessions that reach one tenant each; absent for functions that do not work for a single tenant.
   */
  sessionRole: z.string().optional(),
  /** ARN of the function's role in the account of the vault; absent where that is the function's own account. */
  vaultRole: z.string().optional(),
  topics: z.strictObject({ alarm: z.string(), info: z.string() }),
  runbook: z.string(),
  source: z.strictObject({
    host: z.string(),
    port: z.number().int(),
    database: z.string(),
    authentication: z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('secret'), secretArn: z.string() }),
      z.strictObject({ kind: z.literal('iam'), user: z.string() }),
    ]),
    /** False only for a test server without certificates. */
    tls: z.boolean(),
    /** An alarm compares the retained WAL with the disk. */
    diskIsWatched: z.boolean().optional(),
  }),
  slot: z.string(),
  publication: z.string(),
  retention: Retention,
  /** Default for tenants without their own. */
  tier: z.enum(TIERS),
  approvals: ApprovalPolicy,
  approvalHours: z.number().int().min(1),
  accidents: AccidentSettings.optional(),
  /** `pinnedRoles`: names of roles whose sessions carry a person's name (domain/caller.ts). */
  people: z.strictObject({ pinnedRoles: z.array(z.string()) }),
  /** See Settings.stepBudgetMs. */
  stepBudgetMs: z.number().int().min(0),
  workflows: z.strictObject({
    /** ARN: the shipper starts it when a gap needs new snapshots. */
    backUpFleet: z.string(),
    /** ARNs: the entry for restores starts them. */
    restoreTenant: z.string(),
    restoreTenants: z.string(),
    /** Absent in a standby: governed actions are asked for in the primary region. */
    carryOutRequest: z.string().optional(),
    finishDestructions: z.string().optional(),
  }),
});
export type FunctionConfig = z.infer<typeof FunctionConfig>;
