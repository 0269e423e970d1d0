/**
 * The CDK app as it is deployed to MiniStack: the same stacks from the same code, without what MiniStack's CloudFormation does
 * not support: alarms on metric math (two kinds; asserted in test/infra/observability-stack.test.ts), and the content of the
 * replica stacks (no AWS::KMS::ReplicaKey, and no SDK in its Lambda for calls during deployment; asserted in
 * test/infra/standby.test.ts, and created by the test itself). Of the console nothing is left out. It is deployed with the
 * caller's own credentials: MiniStack's CloudFormation assumes none of the roles of the CDK's bootstrap stack.
 */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  App,
  CfnResource,
  CliCredentialsStackSynthesizer,
  type IReusableStackSynthesizer,
  type Stack,
} from 'aws-cdk-lib';
import { CfnAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnAlias, CfnKey } from 'aws-cdk-lib/aws-kms';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { holdfastStacks } from '../../lib/infra/holdfast-app.ts';

// One for each stack: a common one would publish the assets of all stacks with each, in the accounts of all.
const withOwnCredentials = Object.assign(new CliCredentialsStackSynthesizer(), {
  reusableBind(stack: Stack) {
    const own = new CliCredentialsStackSynthesizer();
    own.bind(stack);
    return own;
  },
  // The two types differ only in `undefined`.
}) as IReusableStackSynthesizer;
const app = new App({ defaultStackSynthesizer: withOwnCredentials });
const file = resolve(app.node.getContext('deployment'));
// Pages of the console: a checkout that was never built has none.
const site: string | undefined = app.node.tryGetContext('site');
const { observability, standby, replicas, crossing } = holdfastStacks(app, {
  deployment: parseDeployment((await import(pathToFileURL(file).href)).default, file),
  file,
  // Made once for all tests of a run.
  bundles: app.node.getContext('bundles'),
  ...(site !== undefined && { siteDirectory: site }),
});
const watching = [
  observability,
  ...(standby ? [standby.observability] : []),
  ...(crossing ? crossing.watch.values() : []),
];
for (const node of watching.flatMap(stack => stack.node.findAll())) {
  if (!(node instanceof CfnAlarm) || node.metrics === undefined) continue;
  const alarm = node.node.scope!;
  alarm.node.scope!.node.tryRemoveChild(alarm.node.id);
}
for (const { node } of replicas.values()) for (const child of node.children) node.tryRemoveChild(child.node.id);
const failing = app.node.tryGetContext('failing');
if (failing !== undefined) addFailure(app.node.findChild(failing) as Stack);
app.synth();

/** A resource that cannot be created, after all others of the stack: this prefix belongs to AWS. */
function addFailure(stack: Stack): void {
  const others = stack.node.findAll().filter(each => CfnResource.isCfnResource(each));
  const [key] = others.filter(each => each instanceof CfnKey);
  const refused = new CfnAlias(stack, 'Refused', { aliasName: 'alias/aws/refused', targetKeyId: key!.ref });
  for (const each of others) refused.addResourceDependency(each);
}
