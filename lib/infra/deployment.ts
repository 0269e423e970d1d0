/**
 * The one file that a team writes: where the source database is, which regions hold the vault, when things run and who
 * is told. Validated when the stacks are synthesized; every error names the field and what is allowed there. Nothing
 * else in lib/infra has a default of its own.
 */
import { z } from 'zod';
import { InputError } from '../domain/errors.ts';

const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region such as eu-central-1');
const Days = z.number().int().min(1).max(36_500);
const Count = z.number().int().min(1);
/** `rate(…)` or `cron(…)` as EventBridge Scheduler reads them. */
const Expression = z
  .string()
  .regex(/^(rate\(\d+ (minute|hour|day)s?\)|cron\([^()]+\))$/, 'must be rate(1 minute) or cron(0 3 * * ? *)');

export const Tier = z.enum(['critical', 'standard', 'historical', 'archive']);

const Schedule = (expression: string, flexibleMinutes: number) =>
  z
    .strictObject({
      expression: Expression.default(expression),
      /** EventBridge starts it somewhere in this window: spreads load, and is the jitter of a fleet. 0: exactly. */
      flexibleMinutes: z.number().int().min(0).max(1440).default(flexibleMinutes),
      enabled: z.boolean().default(true),
    })
    .prefault({});

const Authentication = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('secret'),
    /** Secrets Manager secret with username and password, as RDS makes them. */
    secretArn: z.string().regex(/^arn:aws[a-z-]*:secretsmanager:/, 'must be the ARN of a Secrets Manager secret'),
  }),
  z.strictObject({ kind: z.literal('iam'), user: z.string().min(1) }),
]);

const Source = z
  .strictObject({
    /** Aurora cluster or single RDS instance. */
    kind: z.enum(['aurora', 'rds']),
    /** DB cluster identifier (aurora) or DB instance identifier (rds). */
    identifier: z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'must be a DB cluster or instance identifier'),
    /** Global cluster, where disaster recovery may fail over or switch over. */
    globalCluster: z.string().optional(),
    host: z.string().min(1),
    port: z.number().int().min(1).max(65_535).default(5432),
    database: z.string().min(1),
    authentication: Authentication,
    vpcId: z.string().regex(/^vpc-[0-9a-z]+$/, 'must be a VPC id such as vpc-0a1b2c3d'),
    /** Subnets from which the functions reach the database and the AWS endpoints. */
    subnetIds: z.array(z.string().regex(/^subnet-[0-9a-z]+$/, 'must be a subnet id')).min(1),
    availabilityZones: z.array(z.string().min(1)).min(1),
    /** A security group that the database lets in. */
    securityGroupId: z.string().regex(/^sg-[0-9a-z]+$/, 'must be a security group id'),
    slot: z
      .string()
      .regex(/^[a-z0-9_]{1,63}$/, 'must be lower-case letters, digits and _')
      .default('holdfast'),
    publication: z.string().min(1).max(63).default('holdfast'),
    /** TLS with the server's certificate checked. Off only for a server without certificates on a test machine. */
    tls: z.boolean().default(true),
  })
  .refine(source => source.subnetIds.length === source.availabilityZones.length, {
    path: ['availabilityZones'],
    error: 'must name the availability zone of each subnet, in the same order',
  });

const Retention = z.strictObject({
  dailyDays: Days.default(30),
  weeklyDays: Days.default(84),
  monthlyDays: Days.default(365),
  annualDays: Days.default(2557),
  logDays: Days.default(30),
  recordDays: Days.default(2557),
});

export const Deployment = z.strictObject({
  /** Prefix of every name that the stacks make. */
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,19}$/, 'must be 2 to 20 lower-case letters, digits and dashes')
    .default('holdfast'),
  /** Names this installation in tenant references; must never change once there are backups. */
  installation: z.string().min(8, 'must have at least 8 characters: make one with `uuidgen` and never change it'),
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12 digits of an AWS account')
    .optional(),
  source: Source,
  /** The reviewed tenant model, relative to this file. It becomes part of the functions. */
  tenantModel: z.string().min(1),
  regions: z
    .strictObject({ primary: Region, secondary: Region, tertiary: Region })
    .refine(r => new Set(Object.values(r)).size === 3, 'must be three different regions'),
  keys: z
    .strictObject({
      /** dedicated: one multi-region KMS key a tenant. pooled: branch keys under one KMS key (large fleets). */
      mode: z.enum(['dedicated', 'pooled']).default('dedicated'),
    })
    .prefault({}),
  schedules: z
    .strictObject({
      timeZone: z.string().default('UTC'),
      /** The pause switch: every schedule stays, none fires. */
      paused: z.boolean().default(false),
      ship: Schedule('rate(1 minute)', 0),
      fold: Schedule('rate(1 hour)', 5),
      full: Schedule('cron(0 1 * * ? *)', 120),
      verify: Schedule('cron(0 4 ? * SUN *)', 120),
      expire: Schedule('cron(0 5 * * ? *)', 60),
    })
    .prefault({}),
  retention: Retention.prefault({}),
  tiers: z
    .strictObject({ default: Tier.default('standard'), tenants: z.record(z.string(), Tier).default({}) })
    .prefault({}),
  fleet: z
    .strictObject({
      /** Tenants snapshotted at the same time: what the source database can bear. */
      concurrentTenants: Count.max(1000).default(10),
      concurrentParts: Count.max(100).default(4),
      /** The run is marked failed when more than this share of tenants failed. */
      toleratedFailurePercentage: z.number().min(0).max(100).default(5),
    })
    .prefault({}),
  storageBudgetGiB: z.number().positive().default(1024),
  alarms: z.strictObject({
    emails: z.array(z.email('must be an e-mail address')).min(1, 'must name at least one recipient'),
    webhooks: z.array(z.url('must be an https URL').startsWith('https://')).default([]),
    runbook: z.url().default('https://example.com/holdfast/runbook'),
  }),
  approvals: z
    .strictObject({
      /** People other than the requester who must agree before live rows are written. 0: none. */
      restoreInPlace: z.number().int().min(0).max(2).default(1),
      timeoutHours: z
        .number()
        .int()
        .min(1)
        .max(24 * 365)
        .default(24),
    })
    .prefault({}),
});
export type Deployment = z.infer<typeof Deployment>;
export type DeploymentInput = z.input<typeof Deployment>;

/** Throws InputError `bad-deployment`: one line per wrong field, with what stands there and what is allowed. */
export function parseDeployment(input: unknown, file: string): Deployment {
  const parsed = Deployment.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(issue => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new InputError('bad-deployment', `${file} is not a deployment configuration:\n${lines.join('\n')}`, {
    hint: 'Correct the fields named above; docs/configuration.md lists each of them.',
    details: { fields: parsed.error.issues.map(issue => issue.path.join('.')) },
  });
}

/** For editors: types while writing the file. */
export function defineDeployment(input: DeploymentInput): DeploymentInput {
  return input;
}
