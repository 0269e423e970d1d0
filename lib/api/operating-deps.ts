/**
 * What routes about drills, reports, cost, configuration and retention need of an installation, beside its ports. Each is
 * asked for when a route needs it: an installation that cannot answer says why with an error of its own.
 */
import type { TenantRef } from '../domain/tenant.ts';
import type { TenantModel } from '../domain/tenant-model.ts';
import type { DecidedRetention } from '../domain/tenant-policy.ts';
import type { DrillPlant } from '../operations/drills/drill-run.ts';
import type { ReportAsked } from '../operations/reporting/build-report.ts';
import type { Recipient } from '../operations/telling/recipients.ts';
import type { FleetSettings } from '../planner/fleet-settings.ts';
import type { ConfigurationFile } from './configuration-edit.ts';

export interface OperatingDeps {
  /** Copies in another region are configured: then a drill of the region is due too. */
  readonly hasRegion: () => Promise<boolean>;
  /** InputError `no-acceptance-file`. */
  readonly drillPlant: () => Promise<DrillPlant>;
  readonly reportBasis: () => Promise<Omit<ReportAsked, 'kind' | 'period'>>;
  /** What the bill is made for: a deployment, or the default of each of its fields. */
  readonly pricedSettings: () => Promise<FleetSettings>;
  readonly retentionOf: () => Promise<(tenant: TenantRef) => DecidedRetention>;
  /** InputError `local-only` where there is no file. */
  readonly configuration: () => Promise<ConfigurationFile & { readonly model: TenantModel }>;
  /** Webhooks and addresses of the configuration. */
  readonly recipients: () => Promise<readonly Recipient[]>;
}
