/**
 * Expiry in a region with a copy of the vault: S3 replicates no deletion, so each region removes for itself what the signed
 * lists of the primary name. Stateless, and the only functions of the tertiary region.
 */
import { Duration, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { grantUseCatalog } from '../constructs/access.ts';
import { grantExpireReplicas } from '../constructs/access-vault.ts';
import { FunctionSet } from '../constructs/function-set.ts';
import { Schedules } from '../constructs/schedules.ts';
import type { VaultRoles } from '../constructs/vault-roles.ts';
import type { Deployment } from '../deployment.ts';
import type { RegionName } from '../names.ts';

export interface RetentionStackProps extends StackProps {
  readonly deployment: Deployment;
  /** The output of functionCode(). */
  readonly codeDirectory: string;
  /** Roles in the account of the vault. @default - there is no other account */
  readonly vaultRoles?: VaultRoles | undefined;
  readonly region: Exclude<RegionName, 'primary'>;
}

export class RetentionStack extends Stack {
  constructor(scope: Construct, id: string, props: RetentionStackProps) {
    super(scope, id, props);
    const functions = new FunctionSet(this, 'Functions', { ...props, otherVaults: ['primary'] });
    const schedules = new Schedules(this, 'Schedules', props.deployment);
    const expire = functions.make('expire-replicas', {
      description: 'Removes what the primary region has expired',
      grants: [grantExpireReplicas, grantUseCatalog],
      timeout: Duration.minutes(15),
      // One run after the other: each continues where the last one stopped.
      reservedConcurrency: 1,
    });
    schedules.callFunction('expireReplicas', expire, 'Removes what the primary region has expired');
  }
}
