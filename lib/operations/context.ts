/** What operations that touch the source database are given: the ports, the database, the tenant model, the settings. */
import type { Settings } from '../domain/settings.ts';
import type { SnapshotHours } from '../domain/snapshot-frequency.ts';
import type { EpochTurn } from '../domain/source-epoch.ts';
import { type TenantId, type TenantRef, tenantRef } from '../domain/tenant.ts';
import type { TenantModel } from '../domain/tenant-model.ts';
import type { Deps } from '../ports.ts';
import type { Source } from '../postgres/connection.ts';

export interface Context extends Deps {
  readonly source: Source;
  readonly model: TenantModel;
  readonly settings: Settings;
  /** Name of the logical replication slot and of the publication in the source database. */
  readonly slot: string;
  readonly publication: string;
  /** In one of several regions: which source epochs it begins. Absent: every one. */
  readonly epochTurn?: EpochTurn;
  /** The team's query for tiers and retention of tenants. */
  readonly policyQuery?: string;
  /** Hours between snapshots of a tenant, by tier. Absent: every run takes every tenant. */
  readonly snapshotHours?: SnapshotHours;
}

export function refOf(deps: Pick<Deps, 'installation'>, tenant: TenantId): TenantRef {
  return tenantRef(deps.installation, tenant);
}
