/**
 * The schema of holdfast.yaml: what runtime/config.ts reads, what the template of `holdfast init` (config-template.ts)
 * and docs/configuration-file.md are generated from.
 */
import * as z from 'zod';
import { ApiSettings } from './api-settings.ts';
import { ApprovalLink } from './approval-notice.ts';
import { ConfiguredApproval } from './approval-rule.ts';
import { DrillSettings } from './drill-settings.ts';
import { ConfiguredSink, MailServer } from './message-settings.ts';
import { Person } from './people.ts';
import { Settings } from './settings.ts';
import { PolicyQuery } from './tenant-policy.ts';

const PostgresName = z
  .string()
  .regex(/^[a-z0-9_]{1,63}$/, 'expected 1 to 63 lower-case letters, digits and underscores');
const Path = z.string().min(1, 'expected a path, relative to this file');

export const ConfigFile = z.strictObject({
  format: z.literal('holdfast.config/1').describe('Version of the format.'),
  installation: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{2,62}$/, 'expected 3 to 63 lower-case letters, digits and dashes')
    .describe('Part of every stored reference. Never change it: every tenant would become a new one.'),
  database: z
    .strictObject({
      url: z
        .string()
        .min(1)
        .optional()
        .meta({ examples: [`postgres://backup:\${PASSWORD}@db.example.com:5432/app`] })
        .describe(
          `URL of the database; \${NAME} stands for an environment variable. Default: the variable HOLDFAST_DATABASE_URL, then DATABASE_URL.`,
        ),
    })
    .prefault({})
    .describe('The database to protect.'),
  model: Path.default('holdfast.model.yaml').describe('Path of the tenant model, relative to this file.'),
  vault: Path.default('.holdfast/vault').describe('Directory of the vault.'),
  keys: Path.default('.holdfast/keys').describe(
    'Directory of the keys. Keep a copy apart from the vault: without the keys no backup can be opened.',
  ),
  catalog: Path.default('.holdfast/catalog.sqlite').describe('Path of the catalog.'),
  slot: PostgresName.default('holdfast').describe(
    'Logical replication slot. Each installation needs its own: two that share a slot would each miss changes.',
  ),
  publication: PostgresName.default('holdfast').describe('Publication over the tenant tables.'),
  policyQuery: PolicyQuery.optional()
    .meta({ examples: ['SELECT id AS tenant, keep_days AS daily_days FROM public.tenants'] })
    .describe(
      'One SELECT that gives tenants a retention of their own, read by `holdfast expire` (docs/tenant-policies.md). Default: `settings.keep` for all.',
    ),
  regions: Path.optional()
    .meta({ examples: ['holdfast.regions.yaml'] })
    .describe(
      'Path of the file that names the other region, for fail-over (docs/failover.md). Default: one region, which is always active.',
    ),
  people: z
    .array(Person)
    .optional()
    .meta({ examples: [[{ user: 'alice', roles: ['operator'] }]] })
    .describe(
      'Who may do what on this machine (docs/roles.md). Default: the user of the machine is system administrator and operator.',
    ),
  approvals: z
    .array(ConfiguredApproval)
    .optional()
    .meta({ examples: [[{ action: 'restore', approvals: 1 }]] })
    .describe(
      'By action, how many others must approve it (docs/approvals.md). Default: nobody, and two for the release of a hold.',
    ),
  policies: z
    .array(Path)
    .optional()
    .meta({ examples: [['policies/own.cedar']] })
    .describe('Cedar files of this installation, beside the policies of Holdfast (docs/roles.md).'),
  messages: z
    .array(ConfiguredSink)
    .optional()
    .meta({ examples: [[{ name: 'on-call', kind: 'slack', urlVariable: 'HOLDFAST_SLACK_URL' }]] })
    .describe('Webhooks and e-mail addresses that notices are sent to (docs/messages.md). Default: none.'),
  mail: MailServer.optional().describe('The server that takes e-mail for `messages` and contacts.'),
  contacts: Path.optional()
    .meta({ examples: ['contacts.yaml'] })
    .describe('Path of the file with the contacts of tenants (docs/messages.md). Default: no tenant has one.'),
  approvalLink: ApprovalLink.optional().meta({ examples: ['https://tickets.example.com/holdfast/{tenant}/{id}'] }),
  drills: DrillSettings.prefault({}).describe('Recovery that is tried regularly (docs/drills.md).'),
  api: ApiSettings.prefault({}).describe('The API for tokens, and self-service of tenants (docs/self-service.md).'),
  timeZone: z
    .string()
    .optional()
    .meta({ examples: ['Europe/Berlin'] })
    .describe(
      'IANA time zone of answers, and of times written without one. `holdfast init` writes that of the machine, which is also the default.',
    ),
  settings: Settings.prefault({}).describe('Tuning. All settings have defaults; sizes are in bytes.'),
});
export type ConfigFile = z.infer<typeof ConfigFile>;
