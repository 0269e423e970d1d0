/**
 * The schema of the one file that a team writes: source database, regions of the vault, schedules and recipients of
 * alarms. Validated when the stacks are synthesized; every error names the field and its allowed values. All defaults of
 * lib/infra are here.
 */
import * as z from 'zod';
import { AccidentSettings } from '../domain/accident.ts';
import { ReasonRetention } from '../domain/backup-reason.ts';
import { InputError } from '../domain/errors.ts';
import { Tier } from '../domain/objectives.ts';
import { RetentionSetting, TenantRetention } from '../domain/retention.ts';
import { SnapshotHours, startsOftenEnough } from '../domain/snapshot-frequency.ts';
import { PolicyQuery } from '../domain/tenant-policy.ts';
import { ClusterBackupsOption } from './cluster-backups.ts';
import { ConsoleOption } from './console-option.ts';
import { Drills } from './drill-settings.ts';
import { FailoverOption, lacksForFailover } from './failover-option.ts';
import { FleetLoad } from './fleet-load.ts';
import { LongRestores } from './long-restores.ts';
import { AlarmRecipients, hasMessagesThere, MESSAGES_ELSEWHERE } from './message-recipients.ts';
import { ApprovalSettings, PeopleSettings } from './people-settings.ts';
import { ReportSettings } from './report-settings.ts';
import { RunSchedules } from './run-schedules.ts';
import { ProtectedSource } from './source-place.ts';
import { StatusPageOption } from './status-page-option.ts';
import { inTwoAccounts, VaultPlace } from './vault-place.ts';
import { VaultStorage } from './vault-storage.ts';

const Region = z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'must be an AWS region, for example eu-central-1');
const Name = z.string().min(1);
const Retention = RetentionSetting.extend({
  tenants: z
    .record(z.string(), TenantRetention)
    .default({})
    .describe('Retention per tenant id, where it differs. Shorter retention does not shorten existing locks.'),
  reasons: ReasonRetention.prefault({}).describe(
    'Snapshots that are taken for a reason (`snapshot --reason`): fixed and locked when each is taken. Costs nothing until one is.',
  ),
});

export const Deployment = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,19}$/, 'must be 2 to 20 lower-case letters, digits and dashes')
    .default('holdfast')
    .describe('Prefix of the names of all resources.'),
  installation: z
    .string()
    .min(8, 'must have at least 8 characters: generate it with `uuidgen` and never change it')
    .describe(
      'Identifies this installation in tenant references: generate it with `uuidgen`. Must never change once there are backups.',
    ),
  account: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12-digit id of an AWS account')
    .optional()
    .describe('Account to deploy to. Default: that of the credentials.'),
  vault: VaultPlace.optional(),
  source: ProtectedSource,
  tenantModel: Name.describe('The reviewed tenant model, relative to this file. It is deployed with the functions.'),
  regions: z
    .strictObject({
      primary: Region.describe('Region of the database.'),
      secondary: Region.optional().describe(
        'Replicated with time control: the region for failover. Without it there is one copy, which is lost with its region.',
      ),
      tertiary: Region.optional().describe('Replicated into a cold storage class; only with a secondary.'),
    })
    .refine(hasDistinctValues, 'must be different regions')
    .refine(r => r.tertiary === undefined || r.secondary !== undefined, {
      path: ['secondary'],
      error: 'must be set if there is a tertiary region',
    })
    .describe('Regions of the vault: one, two or three.'),
  keys: z
    .strictObject({
      mode: z
        .enum(['dedicated', 'pooled'])
        .default('dedicated')
        .describe(
          'dedicated: one multi-region KMS key per tenant. pooled: branch keys under one KMS key (large fleets).',
        ),
      breakGlassRole: z
        .string()
        .regex(/^[\w+=,.@/-]{1,512}$/, 'must be the name of an IAM role, with its path if it has one')
        .optional()
        .describe(
          'Name of the one IAM role that may delete or disable keys and change their policies. It need not exist until it is needed. Default: `NAME-break-glass`.',
        ),
    })
    .prefault({})
    .describe("Tenants' keys. Cannot be changed once there are backups."),
  schedules: RunSchedules.prefault({}).describe('When each run starts.'),
  retention: Retention.prefault({}).describe('Retention periods, in days. An existing lock cannot be shortened.'),
  tiers: z
    .strictObject({
      default: Tier.default('standard').describe('Tier of every tenant that is not listed.'),
      tenants: z.record(z.string(), Tier).default({}).describe('Tenant id to tier; wins over the query.'),
      query: PolicyQuery.optional().describe(
        'One SELECT that returns `tenant`, and any of `tier`, `daily_days`, `weekly_days`, `monthly_days`, `annual_days`, `log_days`: tiers and retention from the tenant table, read every hour (docs/tenant-policies.md).',
      ),
      snapshotHours: SnapshotHours.optional().describe(
        'Hours between snapshots, by tier (docs/scale.md). `schedules.full` must start at least as often as the shortest. Default: every run takes all tenants. `holdfast advise` prices it.',
      ),
    })
    .prefault({})
    .describe('Recovery objectives per tenant.'),
  fleet: FleetLoad.prefault({}).describe('Limits on the load that runs over all tenants put on the database.'),
  longRestores: LongRestores.optional(),
  storage: VaultStorage.prefault({}).describe('How the vault stores (docs/cost.md, Advice).'),
  clusterBackups: ClusterBackupsOption.optional(),
  drills: Drills.optional(),
  failover: FailoverOption.optional(),
  statusPage: StatusPageOption.optional(),
  console: ConsoleOption.optional(),
  storageBudgetGiB: z
    .number()
    .positive()
    .default(1024)
    .describe('GiB in the primary vault; 80 % of it raises an alarm.'),
  reports: ReportSettings,
  alarms: AlarmRecipients.describe('Recipients of alarms.'),
  approvals: ApprovalSettings.prefault({}).describe('Approvals that restores and other actions require.'),
  accidents: AccidentSettings.prefault({}).describe(
    'Deletes and updates of a tenant far outside its own history, which the shipper reports as `possible-accident`.',
  ),
  policies: z
    .array(Name)
    .default([])
    .describe(
      'Cedar files of this installation, relative to this file, beside the policies of Holdfast (docs/roles.md). They are checked against the schema at synthesis, and deployed with the functions.',
    ),
  people: PeopleSettings.prefault({}).describe('Who counts as a person (docs/on-aws.md, Granting access).'),
});
export type Deployment = z.infer<typeof Deployment>;
export type DeploymentInput = z.input<typeof Deployment>;

function hasDistinctValues(of: Readonly<Record<string, string | undefined>>): boolean {
  const given = Object.values(of).filter(value => value !== undefined);
  return new Set(given).size === given.length;
}

function isIn(arn: string | undefined, region: string | undefined): boolean {
  return arn === undefined || arn.split(':')[3] === region;
}

/** Rules of a fail-over that do not depend on where the database is. */
function ableToFailOver<T extends Parameters<typeof lacksForFailover>[0]>(schema: z.ZodType<T>): z.ZodType<T> {
  return schema.superRefine((deployment, context) => {
    const message = lacksForFailover(deployment);
    if (message !== undefined) context.addIssue({ code: 'custom', path: ['failover'], message });
  });
}

function isLookedUp({ subnetIds, standby }: Deployment['source']): boolean {
  return subnetIds === undefined || (standby !== undefined && standby.subnetIds === undefined);
}

/** One schedule serves all tiers: it starts at the interval of the strictest. */
const STARTS_TOO_SELDOM = {
  path: ['schedules', 'full', 'expression'],
  error: 'must start at least as often as the shortest of `tiers.snapshotHours`, for example rate(6 hours)',
};

function servesEveryTier({ schedules, tiers }: Pick<Deployment, 'schedules' | 'tiers'>): boolean {
  return tiers.snapshotHours === undefined || startsOftenEnough(schedules.full.expression, tiers.snapshotHours);
}

/** Rules across fields. Separate, because zod cannot pick fields from a schema with such rules. */
const Consistent = ableToFailOver(inTwoAccounts(Deployment))
  .refine(hasMessagesThere, MESSAGES_ELSEWHERE)
  .refine(servesEveryTier, STARTS_TOO_SELDOM)
  .refine(({ source, regions }) => source.standby === undefined || regions.secondary !== undefined, {
    path: ['source', 'standby'],
    error: 'must be in a secondary region, and the deployment has none',
  })
  .refine(({ failover, source }) => failover === undefined || source.standby !== undefined, {
    path: ['failover'],
    error: 'needs `source.standby`, the database to fail over to',
  })
  .refine(({ account, source }) => account !== undefined || !isLookedUp(source), {
    path: ['account'],
    error: 'must be set if a network is given without its subnets: they are looked up there',
  })
  .refine(({ source, regions }) => isIn(source.standby?.secretArn, regions.secondary), {
    path: ['source', 'standby', 'secretArn'],
    error:
      'must be a secret in the secondary region: a secret in the primary region may be unavailable when it is needed',
  });

/** Everything that is no place: what a program that has the database as a construct says of an installation. */
export const InstallationSettings = Deployment.omit({ source: true, tenantModel: true });
const ConsistentSettings = ableToFailOver(inTwoAccounts(InstallationSettings))
  .refine(hasMessagesThere, MESSAGES_ELSEWHERE)
  .refine(servesEveryTier, STARTS_TOO_SELDOM);
export type InstallationSettings = z.infer<typeof InstallationSettings>;

/** Throws InputError `bad-deployment`: one line per wrong field, with the allowed values and never the given one. */
export function parseDeployment(input: unknown, file: string): Deployment {
  return parsedWith(Consistent, input, file);
}

/** Likewise. `where`: the path of the construct. */
export function parseSettings(input: unknown, where: string): InstallationSettings {
  return parsedWith(ConsistentSettings, input, where);
}

function parsedWith<T>(schema: z.ZodType<T>, input: unknown, file: string): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(issue => `  ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new InputError('bad-deployment', `${file} is not a valid deployment configuration:\n${lines.join('\n')}`, {
    hint: 'Correct the fields above; docs/configuration.md describes each field.',
    details: { fields: parsed.error.issues.map(issue => issue.path.join('.')) },
  });
}

/** Gives editors the types while writing the file. */
export function defineDeployment(input: DeploymentInput): DeploymentInput {
  return input;
}
