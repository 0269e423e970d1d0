/** What destroying needs besides the ports. */
import type { TenantRef } from '../../../domain/tenant.ts';
import type { ClusterBackups, Deps } from '../../../ports.ts';
import { requireNoHold } from '../../storage/standing-holds.ts';
import type { ActionDeps } from '../action-kind.ts';
import type { StoragePlace } from './stored-copies.ts';

export interface DestructionOptions {
  /** The vaults of the other regions. */
  readonly otherPlaces?: readonly StoragePlace[];
  /** Name of the vault's own region; default: `this vault`. */
  readonly region?: string;
  /** Absent: nobody can tell what the cluster keeps. */
  readonly clusterBackups?: ClusterBackups;
}

export interface DestructionDeps extends ActionDeps, DestructionOptions {
  /** ConflictError `under-hold`; any other error, too, stops what it was asked for. */
  readonly requireNoHold: (tenant: TenantRef) => Promise<void>;
}

/** What looking after a destruction needs: no database. */
export type SupervisionDeps = Pick<DestructionDeps, keyof Deps | keyof DestructionOptions | 'requireNoHold'>;

/** With the holds that stand in the vault, in every region that the deps have. */
export function destructionDeps<D extends Deps & Pick<ActionDeps, 'otherRegions'>>(
  deps: D,
  options: DestructionOptions = {},
): D & DestructionOptions & Pick<DestructionDeps, 'requireNoHold'> {
  const { otherRegions: otherPlaces } = deps;
  return {
    ...deps,
    ...(otherPlaces && { otherPlaces }),
    ...options,
    requireNoHold: tenant => requireNoHold(deps, tenant),
  };
}

/** Every region, the vault's own first. */
export function placesOf({
  vault,
  region = 'this vault',
  otherPlaces = [],
}: Pick<DestructionDeps, 'vault' | 'region' | 'otherPlaces'>): readonly StoragePlace[] {
  return [{ region, vault }, ...otherPlaces];
}
