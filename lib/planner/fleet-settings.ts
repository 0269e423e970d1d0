/** What of a deployment decides about cost and load, and what follows from it alone. */
import { InputError } from '../domain/errors.ts';
import type { TierChoice } from '../domain/objectives.ts';
import { RETENTION_CLASSES, type Retention } from '../domain/retention.ts';
import type { SnapshotHours } from '../domain/snapshot-frequency.ts';
import type { StorageTiering } from '../domain/storage-tiering.ts';

/** A Deployment of lib/infra is one. */
export interface FleetSettings {
  readonly regions: {
    readonly primary: string;
    readonly secondary?: string | undefined;
    readonly tertiary?: string | undefined;
  };
  readonly keys: { readonly mode: 'dedicated' | 'pooled' };
  /** The vault is in an account of its own. */
  readonly vault?: object | undefined;
  readonly source?: {
    readonly authentication: { readonly kind: 'secret' | 'iam' };
    readonly availabilityZones?: readonly string[] | undefined;
  };
  readonly schedules: Readonly<
    Record<
      | 'ship'
      | 'fold'
      | 'full'
      | 'verify'
      | 'expire'
      | 'replicateKeys'
      | 'copyKeys'
      | 'verifyReplicas'
      | 'expireReplicas',
      { readonly expression: string; readonly flexibleMinutes?: number }
    >
  > & { readonly verifyWithinDays: number; readonly archive?: { readonly enabled: boolean } };
  readonly retention: Retention;
  readonly fleet: { readonly concurrentTenants: number };
  readonly tiers: TierChoice & { readonly snapshotHours?: SnapshotHours | undefined };
  /** Restores longer than a function are applied in a container. */
  readonly longRestores?: object | undefined;
  readonly storage: { readonly tiering: StorageTiering; readonly logIndexMinutes: number };
  /** With drills there are alarms and metrics of their own, and restores. `kinds`: default all. */
  readonly drills?:
    | { readonly kinds?: readonly string[] | undefined; readonly scratch?: object | undefined }
    | undefined;
  readonly failover?: object | undefined;
  /** With reads of the cluster's own backups there are alarms. What a read itself costs is a database for an hour. */
  readonly clusterBackups?: object | undefined;
  readonly statusPage?: { readonly everyMinutes: number } | undefined;
  /** With recipients of messages there is one more alarm. */
  readonly alarms?: { readonly messages: readonly object[]; readonly contacts?: object | undefined } | undefined;
}

/** The regions with a copy of the vault, as AWS calls them: none, one or two. */
export function copyRegions({ regions }: Pick<FleetSettings, 'regions'>): string[] {
  return [regions.secondary, regions.tertiary].filter(region => region !== undefined);
}

/** The same settings with only the first regions of the vault. */
export function inRegions<S extends Pick<FleetSettings, 'regions'>>(settings: S, count: 1 | 2 | 3): S {
  const { primary, secondary, tertiary } = settings.regions;
  return { ...settings, regions: { primary, ...(count > 1 && { secondary }), ...(count > 2 && { tertiary }) } };
}

/** Of so many regions, of those that the settings name. InputError `usage`. */
export function onlyRegions<S extends Pick<FleetSettings, 'regions'>>(settings: S, asked: string | number): S {
  const most = 1 + copyRegions(settings).length;
  const count = ([1, 2, 3] as const).find(each => String(each) === String(asked));
  if (count !== undefined && count <= most) return inRegions(settings, count);
  throw new InputError('usage', `${asked} is not a number of regions of the deployment.`, {
    hint: `Use 1 to ${most} regions; the deployment file names them.`,
  });
}

/** Snapshots that retention keeps of a tenant: each class's, where they do not coincide. */
export function keptSnapshots({ retention }: FleetSettings): number {
  return keptByClass(retention).reduce((sum, { from, to, everyDays }) => sum + (to - from) / everyDays, 0);
}

/** Of each class, the ages in days at which it alone keeps a snapshot. */
export function keptByClass(
  retention: Retention,
): { readonly from: number; readonly to: number; readonly everyDays: number }[] {
  let from = 0;
  return RETENTION_CLASSES.map(({ days, everyDays }) => {
    const part = { from, to: Math.max(from, days(retention)), everyDays };
    from = part.to;
    return part;
  });
}
