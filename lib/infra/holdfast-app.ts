/**
 * The entire installation as stacks, in an app or in a construct of somebody's app. The deployment order follows from the dependencies: the vaults of the
 * other regions before the primary, which replicates to them; replicas of its keys after it; topics before their
 * publishers. The standby stacks exist if the deployment names a standby database.
 */
import { dirname, resolve } from 'node:path';
import { Annotations, type Environment, type Stack, Tags } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { TenantSettings } from '../domain/function-config.ts';
import type { InstallationFiles } from '../domain/installation.ts';
import { tenantId, tenantRef } from '../domain/tenant.ts';
import { databaseCertificates } from './constructs/database-certificates.ts';
import { functionCode, installationFiles } from './constructs/function-code.ts';
import type { Deployment } from './deployment.ts';
import {
  awsRegion,
  type RegionName,
  type ReplicaRegion,
  regionsOf,
  replicaRegionsOf,
  type WorkRegion,
} from './names.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { ProtectionStack } from './stacks/protection-stack.ts';
import { RecoveryStack } from './stacks/recovery-stack.ts';
import { ReplicaStack } from './stacks/replica-stack.ts';
import { RetentionStack } from './stacks/retention-stack.ts';
import { VaultStack } from './stacks/vault-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

export interface HoldfastAppProps {
  readonly deployment: Deployment;
  /** Relative paths in the deployment are relative to this file. */
  readonly file: string;
  /** @default - bundles the functions */
  readonly codeDirectory?: string;
}

export interface HoldfastStacks {
  readonly vaults: ReadonlyMap<RegionName, VaultStack>;
  readonly observability: ObservabilityStack;
  readonly protection: ProtectionStack;
  readonly recovery: RecoveryStack;
  readonly replicas: ReadonlyMap<ReplicaRegion, ReplicaStack>;
  readonly retention: ReadonlyMap<ReplicaRegion, RetentionStack>;
  /** In the secondary region, if there is one. */
  readonly watch?: WatchStack;
  readonly standby?: { readonly observability: ObservabilityStack; readonly recovery: RecoveryStack };
}

/** What every stack of an installation is made from. */
interface Parts {
  readonly scope: Construct;
  readonly deployment: Deployment;
  readonly codeDirectory: string;
  readonly files: InstallationFiles;
}

/** InputError `no-tenant-model`, `no-database-ca`. */
export function holdfastStacks(scope: Construct, props: HoldfastAppProps): HoldfastStacks {
  const { deployment, file } = props;
  const files = installationFiles(resolve(dirname(file), deployment.tenantModel), tenantSettings(deployment));
  const { certificates: own } = deployment.source;
  const certificates = databaseCertificates(deployment, own && resolve(dirname(file), own));
  const codeDirectory = props.codeDirectory ?? functionCode(files, certificates);
  const parts: Parts = { scope, deployment, codeDirectory, files };
  const { vaults, replicas, primary } = storageStacks(parts);
  const { observability, recovery } = recoveryStacks(parts, 'primary', primary);
  const protection = new ProtectionStack(scope, ...at(parts, 'primary', 'protection'));
  protection.addStackDependency(primary);
  protection.addStackDependency(observability);
  const secondary = replicas.get('secondary');
  const standby = deployment.source.standby && secondary && recoveryStacks(parts, 'secondary', secondary);
  const retention = retentionStacks(parts, replicas);
  const watch = secondary && new WatchStack(scope, ...at(parts, 'secondary', 'watch'));
  // Reads with the replica of the catalog's table and verifies with the replica of the key.
  if (secondary) watch?.addStackDependency(secondary);
  Tags.of(scope).add('holdfast', deployment.name);
  const made = { vaults, observability, protection, recovery, replicas, retention };
  return { ...made, ...(watch && { watch }), ...(standby && { standby }) };
}

/** What holds data: S3 replicates only to a bucket that exists, and KMS only a key that does. */
function storageStacks(parts: Parts) {
  const { scope, deployment } = parts;
  const vaults = new Map(
    regionsOf(deployment).map(region => [region, new VaultStack(scope, ...at(parts, region, `vault-${region}`))]),
  );
  const primary = vaults.get('primary')!;
  const replicas = new Map(
    replicaRegionsOf(deployment).map(region => {
      primary.addStackDependency(vaults.get(region)!);
      const stack = new ReplicaStack(scope, ...at(parts, region, `replica-${region}`));
      stack.addStackDependency(primary);
      return [region, stack];
    }),
  );
  if (replicas.size === 0) warnOfOneRegion(primary, deployment);
  return { vaults, replicas, primary };
}

function warnOfOneRegion(primary: Stack, deployment: Deployment): void {
  Annotations.of(primary).addWarningV2(
    'holdfast:one-region',
    `All backups of ${deployment.name} are in ${deployment.regions.primary} alone: if that region is lost, so are they.`,
  );
}

function retentionStacks(parts: Parts, replicas: HoldfastStacks['replicas']) {
  return new Map(
    [...replicas].map(([region, replica]) => {
      const stack = new RetentionStack(parts.scope, ...at(parts, region, `retention-${region}`));
      stack.addStackDependency(replica);
      return [region, stack];
    }),
  );
}

/** Recovery and notifications in one region. `vault`: the stack with the keys that they need. */
function recoveryStacks(parts: Parts, region: WorkRegion, vault: Stack) {
  const suffix = region === 'primary' ? '' : '-standby';
  const observability = new ObservabilityStack(parts.scope, ...at(parts, region, `observability${suffix}`));
  const recovery = new RecoveryStack(parts.scope, ...at(parts, region, `recovery${suffix}`));
  recovery.addStackDependency(vault);
  recovery.addStackDependency(observability);
  return { observability, recovery };
}

/** Id and properties of a stack in that region. The name is that of the installation's, wherever its construct is. */
function at<Region extends RegionName>({ deployment, codeDirectory, files }: Parts, region: Region, part: string) {
  const stackName = `${deployment.name}-${part}`;
  const env: Environment = {
    region: awsRegion(deployment, region),
    ...(deployment.account && { account: deployment.account }),
  };
  return [stackName, { deployment, codeDirectory, files, region, stackName, env }] as const;
}

/** Settings of individual tenants, by reference. */
export function tenantSettings({ installation, tiers, retention }: Deployment): TenantSettings {
  const byReference = <T>(byId: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(byId).map(([id, value]) => [tenantRef(installation, tenantId(id)), value]));
  return {
    tiers: byReference(tiers.tenants),
    retention: byReference(retention.tenants),
    ...(tiers.query !== undefined && { query: tiers.query }),
  };
}
