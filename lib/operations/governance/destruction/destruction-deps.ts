/** What destroying needs besides the ports. */
import type { TenantRef } from '../../../domain/tenant.ts';
import type { ClusterBackups } from '../../../ports.ts';
import type { ActionDeps } from '../action-kind.ts';
import type { StoragePlace } from './stored-copies.ts';

export interface DestructionOptions {
  /** The vaults of the other regions. */
  readonly otherPlaces?: readonly StoragePlace[];
  /** Name of the vault's own region; default: `this vault`. */
  readonly region?: string;
  /** Absent: nobody can tell what the cluster keeps. */
  readonly clusterBackups?: ClusterBackups;
  /** ConflictError `under-hold`; any other error, too, stops what it was asked for. */
  readonly requireNoHold: (tenant: TenantRef) => Promise<void>;
}

export type DestructionDeps = ActionDeps & DestructionOptions;

/** Every region, the vault's own first. */
export function placesOf({ vault, region = 'this vault', otherPlaces = [] }: DestructionDeps): readonly StoragePlace[] {
  return [{ region, vault }, ...otherPlaces];
}
