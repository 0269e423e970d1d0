/**
 * What the routes need of an installation. Everything is opened by who serves them: a machine's command line or a function.
 * Whatever needs the database is asked for by name, so that a function without one cannot reach rows by accident.
 */

import type { SelfServiceQuotas } from '../domain/api-settings.ts';
import type { EvidenceConfiguration } from '../domain/evidence/bundle.ts';
import type { GovernedAction } from '../domain/governed-action.ts';
import type { Settings } from '../domain/settings.ts';
import type { TenantRef } from '../domain/tenant.ts';
import type { DecidedRetention } from '../domain/tenant-policy.ts';
import type { Context } from '../operations/context.ts';
import type { ActionKind } from '../operations/governance/action-kind.ts';
import type { RecordDeps } from '../operations/governance/audit.ts';
import type { GovernanceDeps } from '../operations/governance/request-action.ts';
import type { Deps } from '../ports.ts';
import type { Executions } from './executions.ts';
import type { FleetView } from './fleet-view.ts';
import type { DeployedRestores } from './on-aws/deployed-restores.ts';
import type { OperatingDeps } from './operating-deps.ts';

/** What tenants may ask for by themselves. */
export interface SelfService {
  /** In a UTC day. */
  readonly quotas: SelfServiceQuotas;
  /** How many people must approve. */
  readonly approvalsFor: (action: GovernedAction, tenant: TenantRef) => number;
  /** Where an export is written, as its kind reads it. */
  readonly exportPlace: () => Promise<{ readonly directory?: string }>;
}

export interface ApiDeps {
  /** Vault, catalog and keys. */
  readonly storage: Deps & { readonly settings: Settings };
  /** Where each tenant is opened in a session of its own: what its routes get as `storage`. @default - `storage` */
  readonly storageOf?: (tenant: TenantRef) => Promise<ApiDeps['storage']>;
  readonly recording: RecordDeps;
  /** Everything, with the database. SourceError where it cannot be reached. */
  readonly context: () => Promise<Context>;
  /** The request path. */
  readonly governance: () => Promise<Context & GovernanceDeps>;
  /** What people can ask for. */
  readonly kinds: () => Promise<readonly ActionKind[]>;
  /** As configured, by reference. */
  readonly retentionOf: () => Promise<(tenant: string) => DecidedRetention>;
  /** What of the configuration matters to audits; `recordDays`: the lock of documents about the installation. */
  readonly evidenceConfiguration: () => Promise<{
    readonly configuration: EvidenceConfiguration;
    readonly recordDays: number;
  }>;
  /** A command line for this installation, ready for a shell. */
  readonly command: (words: readonly string[]) => string;
  /** The database beside such a session. @default - `context` */
  readonly contextOf?: (storage: ApiDeps['storage']) => Promise<Context>;
  /** Restores by the state machines of an installation on AWS. @default - this is one machine */
  readonly deployed?: DeployedRestores;
  /** Long work that was begun through this API. */
  readonly executions: Executions;
  readonly selfService: SelfService;
  readonly fleet: FleetView;
  /** Drills, reports, cost, configuration, retention. */
  readonly operating: OperatingDeps;
  /** Zone in which people's times are meant, such as `Europe/Berlin`. */
  readonly timeZone: string;
  /** Names of tenants by their id; empty where the model has none, or the database cannot be asked. */
  readonly labels: () => Promise<ReadonlyMap<string, string>>;
}
