/**
 * What of the primary vault another region must hold for the day when the primary is gone, and could not be made before
 * it: replicas of the multi-region keys, and, where there is a standby, the secondary's replication back to the primary.
 * Stateful like the vault stacks: protected against termination, and kept when it is removed from a template.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accepted.ts';
import { KeyReplica } from '../constructs/key-replica.ts';
import { ReturnReplication } from '../constructs/return-replication.ts';
import type { Deployment } from '../deployment.ts';
import { pooledKeyAlias, type RegionName, signingKeyAlias } from '../names.ts';

export interface ReplicaStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: Exclude<RegionName, 'primary'>;
}

export class ReplicaStack extends Stack {
  constructor(scope: Construct, id: string, props: ReplicaStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const { deployment, region } = props;
    new KeyReplica(this, 'SigningKey', {
      deployment,
      alias: signingKeyAlias(deployment),
      description: 'Signs the manifests and records of Holdfast: replica.',
    });
    if (deployment.keys.mode === 'pooled') {
      new KeyReplica(this, 'PooledKey', {
        deployment,
        alias: pooledKeyAlias(deployment),
        description: 'Wraps the branch keys of the tenants of Holdfast: replica.',
      });
    }
    if (region === 'secondary' && deployment.source.standby !== undefined)
      new ReturnReplication(this, 'Return', deployment);
    this.acceptFindings();
  }

  /** Of the one function that CDK brings along for calls while deploying. */
  private acceptFindings(): void {
    accept(this, 'AwsSolutions-IAM4', 'The function that CDK makes for calls while deploying writes its own log.');
    accept(
      this,
      'AwsSolutions-IAM5',
      'Keys are found by their alias, which the condition of each statement names; objects of the vault are named when they are made.',
    );
    accept(this, 'AwsSolutions-L1', 'CDK chooses the runtime of the function that it makes for calls while deploying.');
  }
}
