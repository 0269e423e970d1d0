/**
 * The entire installation as stacks of one app. The deployment order follows from the dependencies: the vaults of the
 * other regions before the primary, which replicates to them; replicas of its keys after it; topics before their
 * publishers. The standby stacks exist if the deployment names a standby database.
 */
import { dirname, resolve } from 'node:path';
import type { App, Environment, Stack } from 'aws-cdk-lib';
import { Tags } from 'aws-cdk-lib';
import type { TenantSettings } from '../domain/function-config.ts';
import { tenantId, tenantRef } from '../domain/tenant.ts';
import { databaseCertificates } from './constructs/database-certificates.ts';
import { bundleFunctions, installationFiles } from './constructs/function-code.ts';
import type { Deployment } from './deployment.ts';
import { globalName, REGIONS, type RegionName, type WorkRegion } from './names.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { ProtectionStack } from './stacks/protection-stack.ts';
import { RecoveryStack, type RecoveryStackProps } from './stacks/recovery-stack.ts';
import { ReplicaStack } from './stacks/replica-stack.ts';
import { RetentionStack } from './stacks/retention-stack.ts';
import { VaultStack } from './stacks/vault-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

export interface HoldfastAppProps {
  readonly deployment: Deployment;
  /** The deployment file: relative paths in it are relative to this file. */
  readonly file: string;
  /** @default - bundles the functions */
  readonly codeDirectory?: string;
}

export interface HoldfastStacks {
  readonly vaults: ReadonlyMap<RegionName, VaultStack>;
  readonly observability: ObservabilityStack;
  readonly protection: ProtectionStack;
  readonly recovery: RecoveryStack;
  /** In the secondary region. */
  readonly watch: WatchStack;
  readonly replicas: ReadonlyMap<ReplicaRegion, ReplicaStack>;
  readonly retention: ReadonlyMap<ReplicaRegion, RetentionStack>;
  readonly standby?: { readonly observability: ObservabilityStack; readonly recovery: RecoveryStack };
}

type ReplicaRegion = Exclude<RegionName, 'primary'>;

/** InputError `no-tenant-model`, `no-database-ca`. */
export function holdfastStacks(app: App, { deployment, file, codeDirectory }: HoldfastAppProps): HoldfastStacks {
  const files = installationFiles(resolve(dirname(file), deployment.tenantModel), tenantSettings(deployment));
  const { certificates: own } = deployment.source;
  const certificates = databaseCertificates(deployment, own && resolve(dirname(file), own));
  const directory = codeDirectory ?? bundleFunctions(files, certificates);
  const name = (part: string) => `${deployment.name}-${part}`;
  const vaults = new Map(
    REGIONS.map(region => {
      const id = name(`vault-${region}`);
      return [region, new VaultStack(app, id, { deployment, region, env: environment(deployment, region) })] as const;
    }),
  );
  const primary = vaults.get('primary')!;
  for (const region of ['secondary', 'tertiary'] as const) primary.addStackDependency(vaults.get(region)!);
  const replicas = new Map(
    (['secondary', 'tertiary'] as const).map(region => {
      const env = environment(deployment, region);
      const stack = new ReplicaStack(app, name(`replica-${region}`), { deployment, region, env });
      stack.addStackDependency(primary);
      return [region, stack] as const;
    }),
  );
  const retention = new Map(
    (['secondary', 'tertiary'] as const).map(region => {
      const props = { deployment, codeDirectory: directory, region, env: environment(deployment, region) };
      const stack = new RetentionStack(app, name(`retention-${region}`), props);
      stack.addStackDependency(replicas.get(region)!);
      return [region, stack] as const;
    }),
  );
  const code = { deployment, codeDirectory: directory, files };
  const env = environment(deployment, 'primary');
  const { observability, recovery } = recoveryStacks(app, code, 'primary', primary);
  const protection = new ProtectionStack(app, name('protection'), { deployment, codeDirectory: directory, env });
  protection.addStackDependency(primary);
  protection.addStackDependency(observability);
  const standby = deployment.source.standby && recoveryStacks(app, code, 'secondary', replicas.get('secondary')!);
  const watch = new WatchStack(app, name('watch'), {
    ...{ deployment, codeDirectory: directory, env: environment(deployment, 'secondary') },
  });
  // Reads with the replica of the catalog's table and verifies with the replica of the key.
  watch.addStackDependency(replicas.get('secondary')!);
  Tags.of(app).add('holdfast', deployment.name);
  const made = { vaults, observability, protection, recovery, replicas, retention, watch };
  return { ...made, ...(standby && { standby }) };
}

/** Recovery and notifications in one region. `vault`: the stack with the keys that they need. */
function recoveryStacks(
  app: App,
  code: Pick<RecoveryStackProps, 'deployment' | 'codeDirectory' | 'files'>,
  region: WorkRegion,
  vault: Stack,
) {
  const { deployment } = code;
  const env = environment(deployment, region);
  const observability = new ObservabilityStack(app, globalName(deployment, region, 'observability'), {
    ...{ deployment, region, env },
  });
  const recovery = new RecoveryStack(app, globalName(deployment, region, 'recovery'), { ...code, region, env });
  recovery.addStackDependency(vault);
  recovery.addStackDependency(observability);
  return { observability, recovery };
}

/** Settings of individual tenants, by reference. */
export function tenantSettings({ installation, tiers, retention }: Deployment): TenantSettings {
  const byReference = <T>(byId: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(byId).map(([id, value]) => [tenantRef(installation, tenantId(id)), value]));
  return { tiers: byReference(tiers.tenants), retention: byReference(retention.tenants) };
}

function environment(deployment: Deployment, region: RegionName): Environment {
  return { region: deployment.regions[region], ...(deployment.account && { account: deployment.account }) };
}
