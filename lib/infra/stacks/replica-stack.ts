/**
 * What another region needs if the primary is lost, and which can only be created after the primary vault: replicas of the
 * multi-region keys and, if there is a standby, the secondary's replication back to the primary. Stateful like the vault
 * stacks: protected against termination, with resources that are retained when removed from the template.
 */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accepted.ts';
import { KeyReplica } from '../constructs/key-replica.ts';
import { KeyWatchForwarder } from '../constructs/key-watch.ts';
import { ReturnReplication } from '../constructs/return-replication.ts';
import type { Deployment } from '../deployment.ts';
import { isFirstDeployment } from '../first-deployment.ts';
import { pooledKeyAlias, type RegionName, signingKeyAlias } from '../names.ts';

export interface ReplicaStackProps extends StackProps {
  readonly deployment: Deployment;
  readonly region: Exclude<RegionName, 'primary'>;
}

export class ReplicaStack extends Stack {
  constructor(scope: Construct, id: string, props: ReplicaStackProps) {
    super(scope, id, {
      ...props,
      terminationProtection: !isFirstDeployment(scope),
      description: `Replicas of the keys of ${props.deployment.name}. Deleting the stack keeps them: docs/uninstall.md.`,
    });
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
    new KeyWatchForwarder(this, 'KeyWatch', deployment);
    this.acceptFindings();
  }

  /** For the one function that CDK adds for API calls during deployment. */
  private acceptFindings(): void {
    accept(this, 'AwsSolutions-IAM4', 'The function that CDK adds for API calls during deployment writes its own log.');
    accept(
      this,
      'AwsSolutions-IAM5',
      'Keys are identified by their alias in the condition of each statement; objects of the vault are created at run time.',
    );
    accept(
      this,
      'AwsSolutions-L1',
      'CDK chooses the runtime of the function that it adds for API calls during deployment.',
    );
  }
}
