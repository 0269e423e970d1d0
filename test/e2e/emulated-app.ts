/**
 * The CDK app as it is deployed to MiniStack: the same stacks from the same code, without what MiniStack's CloudFormation
 * does not support: alarms on metric math (two kinds; asserted in test/infra/observability-stack.test.ts), and the content
 * of the replica stacks (no AWS::KMS::ReplicaKey, and no SDK in its Lambda for calls during deployment; asserted in
 * test/infra/standby.test.ts, and created by the test itself).
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App } from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { holdfastStacks } from '../../lib/infra/holdfast-app.ts';

const app = new App();
const file = resolve(app.node.getContext('deployment'));
const { observability, standby, replicas } = holdfastStacks(app, {
  deployment: parseDeployment((await import(pathToFileURL(file).href)).default, file),
  file,
});
const watching = [observability, ...(standby ? [standby.observability] : [])];
for (const node of watching.flatMap(stack => stack.node.findAll())) {
  if (!(node instanceof CfnAlarm) || node.metrics === undefined) continue;
  const alarm = node.node.scope!;
  alarm.node.scope!.node.tryRemoveChild(alarm.node.id);
}
for (const { node } of replicas.values()) for (const child of node.children) node.tryRemoveChild(child.node.id);
app.synth();
