/** JSON documents of what people are shown of the installation over time: metrics, reports, advice. */
import * as z from 'zod';
import { Report } from '../../domain/report/report.ts';
import { StatusPage } from '../../domain/status-page/status-page.ts';
import { StatusIncident, StatusPost } from '../../domain/status-page/status-post.ts';

export const MetricsDocument = z.object({
  file: z.string().nullable().describe('With --output: the file that was written.'),
  samples: z.array(
    z.object({
      name: z.string().describe('Of the metric, without `_total`.'),
      labels: z.record(z.string(), z.string()).optional(),
      value: z.number(),
    }),
  ),
});

const Made = z
  .object({
    key: z.string().describe('Where it is kept in the vault.'),
    folder: z.string().nullable(),
    report: Report,
  })
  .describe('Of `report daily` and the others.');

export const VerifiedReport = z
  .object({
    ok: z.boolean().describe('Exit code 3 if not.'),
    ...{ keyId: z.string().nullable(), kind: z.string().nullable() },
    ...{ from: z.string().nullable(), to: z.string().nullable() },
    files: z.array(z.object({ name: z.string(), ok: z.boolean() })),
    problems: z.array(z.string()),
  })
  .describe('Of `report verify`.');

export const ReportDocument = z.union([Made, VerifiedReport]);

const BuiltPage = z
  .object({
    folder: z.string(),
    page: StatusPage,
    altered: z.array(z.string()).describe('Keys of posts that do not verify; exit code 3 if there is one.'),
  })
  .describe('Of `status-page build`.');

const Posted = z
  .object({ key: z.string().describe('Where it is kept in the vault.'), post: StatusPost })
  .describe('Of `status-page post`.');

const Templates = z
  .object({
    incident: z.string(),
    ...{ customers: z.string().optional(), stakeholders: z.string().optional(), media: z.string().optional() },
  })
  .describe('Of `status-page templates`.');

const Incidents = z
  .object({
    incidents: z.array(StatusIncident),
    altered: z.array(z.string()).describe('Keys of posts that do not verify; exit code 3 if there is one.'),
  })
  .describe('Of `status-page list`.');

export const StatusPageDocument = z.union([BuiltPage, Posted, Templates, Incidents]);

export const AdviseDocument = z.object({
  usd: z.number().describe('Dollars a month as deployed.'),
  tenants: z.number(),
  counted: z.array(z.string()).describe('Figures of the catalog; the others are assumed.'),
  advice: z.array(
    z.object({
      ...{ id: z.string(), change: z.string() },
      savesUsd: z.number().describe('Dollars a month; negative: it costs more.'),
      ...{ recoveryPoint: z.string(), recoveryTime: z.string(), note: z.string() },
    }),
  ),
});

const Amount = z.number().nonnegative();

export const CostDocument = z.object({
  tenants: Amount,
  usd: Amount.describe('Dollars a month by list price, without free tiers.'),
  usdPerTenant: Amount,
  lines: z.array(
    z.object({
      group: z.string().describe('Service.'),
      ...{ name: z.string(), usd: Amount, arithmetic: z.string() },
    }),
  ),
  profile: z.object({
    tenants: Amount,
    tenantBytes: Amount.describe('Rows of an average tenant.'),
    changedBytesPerDay: Amount.describe('Change log of an average tenant.'),
    active: z.object({ minute: Amount, hour: Amount, day: Amount }).describe('Share of tenants with a change.'),
    newChunkShare: Amount,
    tables: Amount,
    counted: z.array(z.string()).optional().describe('Figures of the catalog; the others are assumed.'),
  }),
  keys: z.enum(['dedicated', 'pooled']),
  assumptions: z.record(z.string(), z.union([z.number(), z.string()])),
});
