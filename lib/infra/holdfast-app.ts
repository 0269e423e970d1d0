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
import { builtConsole } from './constructs/console-files.ts';
import { databaseCertificates } from './constructs/database-certificates.ts';
import { functionCode, installationFiles } from './constructs/function-code.ts';
import type { VaultRoles } from './constructs/vault-roles.ts';
import { deployedGovernance } from './deployed-governance.ts';
import { deployedOperations } from './deployed-operations.ts';
import type { Deployment } from './deployment.ts';
import {
  awsRegion,
  type RegionName,
  type ReplicaRegion,
  regionsOf,
  replicaRegionsOf,
  type WorkRegion,
} from './names.ts';
import { ownPolicies } from './own-policies.ts';
import { ConsoleStack } from './stacks/console-stack.ts';
import { ObservabilityStack } from './stacks/observability-stack.ts';
import { ProtectionStack } from './stacks/protection-stack.ts';
import { RecoveryStack } from './stacks/recovery-stack.ts';
import { ReplicaStack } from './stacks/replica-stack.ts';
import { RetentionStack } from './stacks/retention-stack.ts';
import { StandbyProtectionStack } from './stacks/standby-protection-stack.ts';
import { StatusPageStack } from './stacks/status-page-stack.ts';
import { VaultAccessElsewhereStack, VaultAccessStack } from './stacks/vault-access-stack.ts';
import { VaultStack } from './stacks/vault-stack.ts';
import { VaultWatchStack } from './stacks/vault-watch-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

export interface HoldfastAppProps {
  readonly deployment: Deployment;
  /** Relative paths in the deployment are relative to this file. */
  readonly file: string;
  /** @default - bundles the functions */
  readonly codeDirectory?: string;
  /** The built pages of the console. @default - those of the package */
  readonly siteDirectory?: string;
  /** A directory that bundleFunctions() filled from the same sources. @default - bundles the functions */
  readonly bundles?: string;
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
  /** Only with a public status page: in the primary and, where there is one, in the secondary region. */
  readonly statusPages: ReadonlyMap<WorkRegion, StatusPageStack>;
  /** Only where the deployment asks for it. */
  readonly console?: ConsoleStack;
  readonly standby?: {
    readonly observability: ObservabilityStack;
    readonly recovery: RecoveryStack;
    /** Only with a fail-over. */
    readonly protection?: StandbyProtectionStack;
  };
  /** Only with a vault account: who reaches it, and what watches it, by region. */
  readonly crossing?: {
    readonly access: VaultAccessStack;
    readonly elsewhere: VaultAccessElsewhereStack;
    readonly watch: ReadonlyMap<WorkRegion, VaultWatchStack>;
  };
}

/** What every stack of an installation is made from. */
interface Parts {
  readonly scope: Construct;
  readonly deployment: Deployment;
  readonly codeDirectory: string;
  readonly files: InstallationFiles;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
}

/** InputError `no-tenant-model`, `no-database-ca`, `no-policy-file`, `bad-policy`, `no-acceptance-file`, `console-not-built`. */
export function holdfastStacks(scope: Construct, props: HoldfastAppProps): HoldfastStacks {
  const { deployment, file } = props;
  const model = resolve(dirname(file), deployment.tenantModel);
  const policies = ownPolicies(deployment.policies, dirname(file));
  const files = installationFiles(
    model,
    tenantSettings(deployment),
    deployedGovernance(deployment, policies),
    deployedOperations(deployment, dirname(file)),
  );
  const { certificates: own } = deployment.source;
  const certificates = databaseCertificates(deployment, own && resolve(dirname(file), own));
  const codeDirectory = props.codeDirectory ?? functionCode(files, certificates, props.bundles);
  const storage: Parts = { scope, deployment, codeDirectory, files };
  const { vaults, replicas, primary } = storageStacks(storage);
  const crossing = deployment.vault && crossingStacks(storage, replicas);
  const parts: Parts = { ...storage, vaultRoles: crossing?.access.roles };
  const { observability, recovery } = recoveryStacks(parts, 'primary', primary);
  const protection = new ProtectionStack(scope, ...at(parts, 'primary', 'protection'));
  protection.addStackDependency(primary);
  protection.addStackDependency(observability);
  const secondary = replicas.get('secondary');
  const standby = deployment.source.standby && secondary && standbyStacks(parts, secondary);
  const retention = retentionStacks(parts, replicas);
  const watch = secondary && new WatchStack(scope, ...at(parts, 'secondary', 'watch'));
  // Reads with the replica of the catalog's table and verifies with the replica of the key.
  if (secondary) watch?.addStackDependency(secondary);
  const statusPages = statusPageStacks(parts);
  const console = deployment.console && consoleStack(parts, props.siteDirectory ?? builtConsole());
  console?.addStackDependency(primary);
  for (const [vault, topics, page] of [
    [primary, observability, statusPages.get('primary')],
    [secondary, watch, statusPages.get('secondary')],
  ] as const)
    for (const needed of [vault, topics]) if (needed) page?.addStackDependency(needed);
  // Their roles in the account of the vault, where it is another.
  if (crossing)
    for (const stack of [
      ...[...retention.values(), recovery, protection, watch, standby?.recovery, console],
      ...statusPages.values(),
    ])
      stack?.addStackDependency(crossing.elsewhere);
  Tags.of(scope).add('holdfast', deployment.name);
  const made = { vaults, observability, protection, recovery, replicas, retention, statusPages };
  const sometimes = { ...(watch && { watch }), ...(standby && { standby }), ...(crossing && { crossing }) };
  return { ...made, ...sometimes, ...(console && { console }) };
}

/** What holds data: S3 replicates only to a bucket that exists, and KMS only a key that does. */
function storageStacks(parts: Parts) {
  const { scope, deployment } = parts;
  const vaults = new Map(
    regionsOf(deployment).map(region => [region, new VaultStack(scope, ...inVault(parts, region, `vault-${region}`))]),
  );
  const primary = vaults.get('primary')!;
  const replicas = new Map(
    replicaRegionsOf(deployment).map(region => {
      primary.addStackDependency(vaults.get(region)!);
      const stack = new ReplicaStack(scope, ...inVault(parts, region, `replica-${region}`));
      stack.addStackDependency(primary);
      return [region, stack];
    }),
  );
  if (replicas.size === 0) warnOfOneRegion(primary, deployment);
  return { vaults, replicas, primary };
}

/** In the account of the vault, beside the vault: who reaches it from the account of the database, and what watches it. */
function crossingStacks(parts: Parts, replicas: HoldfastStacks['replicas']) {
  const elsewhere = new VaultAccessElsewhereStack(parts.scope, ...inVault(parts, 'primary', 'vault-access-elsewhere'));
  const access = new VaultAccessStack(parts.scope, ...inVault(parts, 'primary', 'vault-access'), elsewhere);
  // A role that moves from one to the other is removed before it is made again under its name.
  elsewhere.addStackDependency(access);
  const watch = new Map<WorkRegion, VaultWatchStack>();
  const make = (region: WorkRegion, part: string) =>
    watch.set(region, new VaultWatchStack(parts.scope, ...inVault(parts, region, part)));
  make('primary', 'vault-watch');
  if (parts.deployment.source.standby) make('secondary', 'vault-watch-standby');
  for (const stack of [access, ...watch.values()])
    for (const replica of replicas.values()) stack.addStackDependency(replica);
  return { access, elsewhere, watch };
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

/** With replicas of catalog, keys and vault alone: a standby is not needed. */
function statusPageStacks(parts: Parts): HoldfastStacks['statusPages'] {
  const { statusPage, regions } = parts.deployment;
  const where: readonly WorkRegion[] = regions.secondary === undefined ? ['primary'] : ['primary', 'secondary'];
  return new Map(
    (statusPage === undefined ? [] : where).map(region => [
      region,
      new StatusPageStack(parts.scope, ...at(parts, region, `status-page-${region}`)),
    ]),
  );
}

function consoleStack(parts: Parts, siteDirectory: string): ConsoleStack {
  const [id, props] = at(parts, 'primary', 'console');
  return new ConsoleStack(parts.scope, id, { ...props, siteDirectory });
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

/** In the secondary region: recovery, and protection where it can take over. */
function standbyStacks(parts: Parts, vault: Stack) {
  const stacks = recoveryStacks(parts, 'secondary', vault);
  if (parts.deployment.failover === undefined) return stacks;
  const protection = new StandbyProtectionStack(parts.scope, ...at(parts, 'secondary', 'protection-standby'));
  protection.addStackDependency(vault);
  protection.addStackDependency(stacks.observability);
  return { ...stacks, protection };
}

/** Id and properties of a stack in that region. The name is that of the installation's, wherever its construct is. */
function at<Region extends RegionName>(
  { deployment, codeDirectory, files, vaultRoles }: Parts,
  region: Region,
  part: string,
) {
  const stackName = `${deployment.name}-${part}`;
  const env: Environment = {
    region: awsRegion(deployment, region),
    ...(deployment.account && { account: deployment.account }),
  };
  return [stackName, { deployment, codeDirectory, files, vaultRoles, region, stackName, env }] as const;
}

/** The same in the account of the vault. */
function inVault<Region extends RegionName>(parts: Parts, region: Region, part: string) {
  const [id, props] = at(parts, region, part);
  const { vault } = parts.deployment;
  return [id, { ...props, env: { ...props.env, ...(vault && { account: vault.account }) } }] as const;
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
