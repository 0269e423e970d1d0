/**
 * What a reviewer of a change to the stacks needs to know about one template: permissions, alarms, schedules, retention
 * periods, and resources that cannot be recreated. Everything else in a template is counted by type, so that nothing
 * appears or disappears unnoticed.
 */
import { type Loose, plainText } from './synthesized.ts';

type Resource = Loose;
type Resources = readonly (readonly [id: string, resource: Resource])[];

/** Properties of a stateful resource whose change would replace it. */
export const IDENTITY: Readonly<Record<string, readonly string[]>> = {
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
  'AWS::DynamoDB::GlobalTable': ['TableName', 'KeySchema'],
  'AWS::KMS::Key': ['KeySpec', 'KeyUsage', 'MultiRegion'],
  'AWS::KMS::ReplicaKey': ['PrimaryKeyArn'],
  'AWS::KMS::Alias': ['AliasName', 'TargetKeyId'],
};

export function stackSummary(template: Loose): string {
  const resources: Resources = Object.entries(template.Resources as Record<string, Resource>);
  const of = (type: string) => resources.filter(([, resource]) => resource.Type === type);
  return `${[
    section('Stateful: a change of these would replace them', stateful(resources)),
    section('Kept for', retention(resources)),
    section('Schedules', of('AWS::Scheduler::Schedule').map(schedule)),
    section('State machines', of('AWS::StepFunctions::StateMachine').map(stateMachine)),
    section('Functions', of('AWS::Lambda::Function').flatMap(fn)),
    section('Alarms', of('AWS::CloudWatch::Alarm').map(alarm)),
    section('Recipients', of('AWS::SNS::Subscription').map(recipient)),
    section('Permissions', permissions(resources)),
    section('Resources', counts(resources)),
  ].join('')}`;
}

function section(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${title}\n${lines.map(line => `  ${line}\n`).join('')}\n`;
}

/** `Key SigningKeyEEFC2790 ECC_NIST_P256 …`: type, logical id, identity. */
export function stateful(resources: Resources): string[] {
  return resources
    .filter(([, { Type }]) => Type in IDENTITY)
    .map(([id, { Type, Properties }]) => {
      const identity = IDENTITY[Type]!.flatMap(name =>
        Properties[name] === undefined ? [] : [plainText(Properties[name])],
      );
      return [Type.split('::').at(-1), id, ...identity].join(' ');
    })
    .sort();
}

function retention(resources: Resources): string[] {
  return resources
    .flatMap(([id, { Type, Properties: p, DeletionPolicy }]) => {
      if (Type === 'AWS::Logs::LogGroup') return [`logs ${nameOf(id)} ${p.RetentionInDays} days`];
      if (Type === 'AWS::SQS::Queue') return [`queue ${p.QueueName} ${p.MessageRetentionPeriod / 86_400} days`];
      if (Type in IDENTITY)
        return [`${Type.split('::').at(-1)} ${id} ${DeletionPolicy ?? 'Delete'} when it leaves the template`];
      return [];
    })
    .concat(resources.flatMap(([, { Type, Properties }]) => (Type === 'AWS::S3::Bucket' ? bucket(Properties) : [])))
    .sort();
}

function bucket(p: Loose): string[] {
  // Of the public status page.
  if (p.ObjectLockConfiguration === undefined) return [`objects of ${p.BucketName} without lock`];
  const { Mode, Days } = p.ObjectLockConfiguration.Rule.DefaultRetention;
  return [
    `objects ${Mode} ${Days} days, unless a put names its own`,
    ...p.LifecycleConfiguration.Rules.map((rule: Loose) => {
      const { Id, Status: _, ...what } = rule;
      return `objects, rule ${Id}: ${fields(what)}`;
    }),
    ...(p.ReplicationConfiguration?.Rules ?? []).map(
      (rule: Loose) =>
        `copies ${rule.Id} ${plainText(rule.Destination.Bucket)}, delete markers ${rule.DeleteMarkerReplication.Status}`,
    ),
  ];
}

function schedule([, { Properties: p }]: Resources[number]): string {
  const window = p.FlexibleTimeWindow.MaximumWindowInMinutes;
  const within = window === undefined ? '' : ` within ${window} minutes`;
  const input = p.Target.Input === undefined ? '' : ` ${plainText(p.Target.Input)}`;
  const { MaximumRetryAttempts: retries, MaximumEventAgeInSeconds: age } = p.Target.RetryPolicy;
  return `${p.Name} ${p.State} ${p.ScheduleExpression} ${p.ScheduleExpressionTimezone}${within}, ${retries} retries in ${age} s${input}`;
}

function stateMachine([, { Properties: p }]: Resources[number]): string {
  const { TimeoutSeconds, States } = JSON.parse(plainText(p.DefinitionString));
  return `${p.StateMachineName} ${TimeoutSeconds / 3600} h, ${Object.keys(States).length} states, logs ${p.LoggingConfiguration.Level}, data of executions ${p.LoggingConfiguration.IncludeExecutionData}`;
}

function fn([id, { Properties: p }]: Resources[number]): string[] {
  if (p.FunctionName === undefined) return [`${nameOf(id)} (made by CDK) ${p.Timeout} s`];
  const reserved = p.ReservedConcurrentExecutions;
  return [
    [
      `${p.FunctionName} ${p.Runtime} ${p.MemorySize} MB ${p.Timeout} s`,
      ...(p.VpcConfig ? ['in the network of the database'] : []),
      ...(reserved === undefined ? [] : [`${reserved} at a time`]),
    ].join(', '),
  ];
}

function alarm([, { Properties: p }]: Resources[number]): string {
  const what = p.MetricName ?? p.Metrics.map((each: Loose) => each.Expression).find(Boolean);
  const of = p.Dimensions?.map((each: Loose) => `${each.Name}=${plainText(each.Value)}`).join(' ') ?? '';
  const page = /([\w-]+\.md)$/.exec(p.AlarmDescription)?.[1];
  return [
    `${p.AlarmName} ${what}${of === '' ? '' : ` (${of})`} above ${p.Threshold}`,
    `${p.EvaluationPeriods} × ${p.Period ?? p.Metrics.find((each: Loose) => each.MetricStat).MetricStat.Period} s`,
    `silence ${p.TreatMissingData}`,
    page,
  ].join(', ');
}

function recipient([, { Properties: p }]: Resources[number]): string {
  return `${plainText(p.TopicArn)} ${p.Protocol} ${plainText(p.Endpoint)}`;
}

/** By role or managed policy; one line per statement, sorted. */
function permissions(resources: Resources): string[] {
  const granted = new Map<string, string[]>();
  const grant = (to: string, document: Loose) =>
    granted.set(to, [...(granted.get(to) ?? []), ...document.Statement.map(statement)]);
  for (const [id, { Type, Properties: p }] of resources) {
    // What does not fit into a role's own policies the CDK puts into managed ones without a name.
    const roles = () => p.Roles.map(plainText).map(nameOf).join(' ');
    if (Type === 'AWS::IAM::Policy') grant(roles(), p.PolicyDocument);
    if (Type === 'AWS::IAM::ManagedPolicy') grant(p.ManagedPolicyName ?? roles(), p.PolicyDocument);
    if (Type === 'AWS::IAM::Role') {
      grant(nameOf(id), p.AssumeRolePolicyDocument);
      const managed = (p.ManagedPolicyArns ?? []).map((arn: Loose) => `Managed policy ${short(plainText(arn))}`);
      granted.get(nameOf(id))!.push(...managed);
    }
    if (['AWS::S3::BucketPolicy', 'AWS::SNS::TopicPolicy', 'AWS::SQS::QueuePolicy'].includes(Type))
      grant(nameOf(id), p.PolicyDocument);
    if (Type === 'AWS::KMS::Key' || Type === 'AWS::KMS::ReplicaKey') grant(nameOf(id), p.KeyPolicy);
  }
  return [...granted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([to, lines]) => [to, ...lines.map(line => `  ${line}`)]);
}

function statement({ Effect, Action, Resource, Principal, Condition }: Loose): string {
  const who = Principal === undefined ? '' : ` to ${typeof Principal === 'string' ? Principal : fields(Principal)}`;
  const on = Resource === undefined ? '' : ` on ${list(Resource)}`;
  const when = Condition === undefined ? '' : ` if ${fields(Condition)}`;
  return `${Effect} ${actions(Action)}${on}${who}${when}`;
}

/** `s3:GetObject PutObject kms:Decrypt`: each service prefix once. */
function actions(value: Loose): string {
  let service: string | undefined;
  return [value]
    .flat()
    .map((action: string) => {
      const [of, name] = action.split(':');
      const text = of === service ? name : action;
      service = of;
      return text;
    })
    .join(' ');
}

function list(value: Loose): string {
  return [value].flat().map(plainText).map(short).join(' ');
}

function fields(value: Loose): string {
  if (value === null || typeof value !== 'object' || value.Ref || value['Fn::GetAtt'] || value['Fn::Join'])
    return short(plainText(value));
  if (Array.isArray(value)) return value.map(fields).join(' or ');
  return Object.entries(value)
    .map(([name, member]) => `${name} ${fields(member)}`)
    .join(', ');
}

function counts(resources: Resources): string[] {
  const byType = new Map<string, number>();
  for (const [, { Type }] of resources) byType.set(Type, (byType.get(Type) ?? 0) + 1);
  return [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, count]) => `${count} ${type}`);
}

/** A logical id without the suffix that CDK appends. */
function nameOf(id: string): string {
  return id
    .replace(/^<(.*)>$/, '$1')
    .replace(/\.Arn$/, '')
    .replace(/[0-9A-F]{8}$/, '');
}

/** ARNs in readable form. */
function short(text: string): string {
  return (
    text
      .replaceAll('arn:<AWS::Partition>:', '')
      .replaceAll('<AWS::AccountId>', 'account')
      // Of an asset, which changes with every setting.
      .replaceAll(/[0-9a-f]{64}(?=\.json)/g, '<asset>')
  );
}
