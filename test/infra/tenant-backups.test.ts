/** The construct in somebody's app: what it derives from theirs, what it refuses, and that it makes the same stacks. */
import { Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as rds from 'aws-cdk-lib/aws-rds';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import type { InputError } from '../../lib/domain/errors.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { holdfastStacks } from '../../lib/infra/holdfast-app.ts';
import { TenantBackups, type TenantBackupsProps } from '../../lib/infra/tenant-backups.ts';
import {
  DatabaseStack,
  ENV,
  from,
  importedExample,
  libraryApp,
  network,
  SETTINGS,
  templatesIn,
} from './library-app.ts';
import { ACCOUNT, allStacks, type Loose, plainText, statements } from './synthesized.ts';

const OTHERS = { secondary: 'eu-west-1', tertiary: 'eu-north-1' };

function functionsOf(template: Template): Loose[] {
  return Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties);
}

/** CDK names the permissions of rules after the path of the construct. */
function withoutPaths(template: Template): Loose {
  const text = JSON.stringify(template.toJSON()).replaceAll(/AllowEventRule\w+/g, 'AllowEventRule');
  // The managed policy for what does not fit into a role's own names the role by its path.
  return JSON.parse(text.replaceAll('Part of the policies for Theirs/Backups/', 'Part of the policies for '));
}

/** Of the shipper, which reaches the database. */
function shipperOf(template: Template): Loose {
  return functionsOf(template).find(({ FunctionName }) => FunctionName.endsWith('-ship-log'));
}

describe('a construct for an imported database', () => {
  it('makes the same templates as a deployment file with the same values', () => {
    const theirs = libraryApp();
    const stack = new Stack(theirs, 'Theirs', { env: ENV });
    const made = new TenantBackups(stack, 'Backups', { ...SETTINGS, ...importedExample(stack), regions: OTHERS });
    const app = libraryApp();
    const deployment = parseDeployment({ ...example, account: ACCOUNT }, 'deployment.example.ts');
    const ours = allStacks(holdfastStacks(app, { deployment, file: 'deployment.example.ts' }));
    const templates = templatesIn(made);
    expect([...templates.keys()].sort()).toEqual(ours.map(each => each.stackName).sort());
    for (const each of ours)
      expect(withoutPaths(templates.get(each.stackName)!), each.stackName).toEqual(
        withoutPaths(Template.fromStack(each)),
      );
  });
});

describe('a construct for a database of the same app', () => {
  const app = libraryApp();
  const database = new DatabaseStack(app, 'Database');
  const made = new TenantBackups(new Stack(app, 'Platform', { env: ENV }), 'Backups', {
    ...{ ...SETTINGS, ...from(database), regions: OTHERS },
  });
  const templates = templatesIn(made);
  const protection = templates.get('holdfast-protection')!;

  it('reads endpoint, port, secret and network from it', () => {
    const { Environment, VpcConfig } = shipperOf(protection);
    const config = JSON.stringify(Environment.Variables.HOLDFAST_FUNCTION);
    expect(config).toContain('EndpointAddress');
    // A number in JSON: not in quotes.
    expect(config).toMatch(/\\"port\\":",\{"Fn::ImportValue":"Database:\w*EndpointPort\w*"\},",/);
    expect(VpcConfig.SubnetIds).toHaveLength(2);
    expect(JSON.stringify(VpcConfig.SubnetIds)).toContain('PrivateSubnet1');
    const secrets = statements(protection).filter(({ statement }) =>
      [statement.Action].flat().includes('secretsmanager:GetSecretValue'),
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const { statement } of secrets) expect(JSON.stringify(statement.Resource)).toContain('SecretAttachment');
  });

  it('admits the functions to the database, in the stacks of the network and of the database', () => {
    const template = Template.fromStack(database);
    template.hasResourceProperties('AWS::EC2::SecurityGroupIngress', { Description: 'Functions of Holdfast' });
    const { SecurityGroupIds } = shipperOf(protection).VpcConfig;
    expect(JSON.stringify(SecurityGroupIds)).toContain('holdfastfunctions');
  });

  it('refers to it only from its own region: nothing else would resolve', () => {
    for (const stack of made.stacks) {
      const text = JSON.stringify(templates.get(stack.stackName)!.toJSON());
      if (stack.region !== ENV.region) expect(text, stack.stackName).not.toMatch(/ImportValue|CrossRegion|cdk.exports/);
    }
    expect(JSON.stringify(Template.fromStack(database).toJSON())).not.toMatch(/CrossRegion|cdk.exports/);
  });

  it('leaves the stacks of the app without references to those of Holdfast', () => {
    expect(database.dependencies).toEqual([]);
    for (const name of ['Database', 'Platform']) {
      const template = Template.fromStack(app.node.findChild(name) as Stack).toJSON();
      expect(JSON.stringify(template)).not.toContain('ImportValue');
    }
  });
});

describe('network, database and Holdfast in stacks of their own', () => {
  const app = libraryApp();
  const vpc = network(new Stack(app, 'Network', { env: ENV }));
  const stack = new Stack(app, 'Database', { env: ENV });
  const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16_4 });
  const instance = new rds.DatabaseInstance(stack, 'Db', { engine, vpc });
  new TenantBackups(app, 'Backups', { ...SETTINGS, instance, vpc, secret: instance.secret as secretsmanager.ISecret });
  const imported = (name: string) => {
    const text = JSON.stringify(Template.fromStack(app.node.findChild(name) as Stack).toJSON());
    return new Set([...text.matchAll(/"Fn::ImportValue":"(\w+):/g)].map(match => match[1]));
  };

  it('refer to each other in this order only', () => {
    expect(imported('Network')).toEqual(new Set());
    expect(imported('Database')).toEqual(new Set(['Network']));
    app.synth();
  });

  it('the database admits the functions', () => {
    Template.fromStack(stack).hasResourceProperties('AWS::EC2::SecurityGroupIngress', {
      Description: 'Functions of Holdfast',
    });
  });
});

describe('a DB instance', () => {
  const app = libraryApp();
  const stack = new Stack(app, 'Theirs', { env: ENV });
  const vpc = network(stack);
  const engine = rds.DatabaseInstanceEngine.postgres({ version: rds.PostgresEngineVersion.VER_16_4 });
  const instance = new rds.DatabaseInstance(stack, 'Db', { engine, vpc, iamAuthentication: true });
  const made = templatesIn(new TenantBackups(stack, 'Backups', { ...SETTINGS, instance, vpc, iamUser: 'holdfast' }));

  it('has an alarm on its disk', () => {
    const alarm = made.get('holdfast-observability')!.findResources('AWS::CloudWatch::Alarm', {
      Properties: { AlarmName: 'holdfast-slot-fills-disk' },
    });
    expect(JSON.stringify(alarm)).toMatch(/"DBInstanceIdentifier","Value":\{"Fn::ImportValue"/);
  });

  it('is logged in to by IAM with its own resource id, and with no other', () => {
    const connect = statements(made.get('holdfast-protection')!).filter(
      ({ statement }) => statement.Action === 'rds-db:connect',
    );
    expect(connect.length).toBeGreaterThan(0);
    for (const { statement } of connect) {
      expect(JSON.stringify(statement.Resource)).toContain('DbiResourceId');
      expect(plainText(statement.Resource)).not.toContain('*');
    }
  });

  it('without other regions has four stacks', () => {
    expect([...made.keys()].sort()).toEqual(
      ['observability', 'protection', 'recovery', 'vault-primary'].map(part => `holdfast-${part}`),
    );
  });
});

describe('a standby', () => {
  const app = libraryApp();
  const database = new DatabaseStack(app, 'Database');
  const there = new DatabaseStack(app, 'Standby', { env: { ...ENV, region: 'eu-west-1' } });
  const made = templatesIn(
    new TenantBackups(app, 'Backups', { ...SETTINGS, ...from(database), regions: OTHERS, standby: from(there) }),
  );

  it('is reached from the stacks of its region', () => {
    const recovery = JSON.stringify(made.get('holdfast-recovery-standby')!.toJSON());
    expect(recovery).toContain('"Fn::ImportValue":"Standby:');
    expect(recovery).not.toContain('"Fn::ImportValue":"Database:');
    const all = JSON.stringify([...made.values()].map(template => template.toJSON()));
    expect(all).not.toMatch(/CrossRegion|cdk.exports/);
  });
});

describe('public subnets', () => {
  const warnings = (subnetConfiguration: ec2.SubnetConfiguration[]) => {
    const stack = new Stack(libraryApp(), 'Theirs', { env: ENV });
    const vpc = new ec2.Vpc(stack, 'Public', { maxAzs: 2, natGateways: 0, subnetConfiguration }) as ec2.IVpc;
    new TenantBackups(stack, 'Backups', { ...SETTINGS, ...importedExample(stack), vpc });
    return Annotations.fromStack(stack).findWarning('*', Match.stringLikeRegexp('through VPC endpoints only'));
  };

  it('are a warning of the synthesis: functions get no public address there', () => {
    expect(warnings([{ name: 'public', subnetType: ec2.SubnetType.PUBLIC }])).toHaveLength(1);
    expect(warnings([{ name: 'isolated', subnetType: ec2.SubnetType.PRIVATE_ISOLATED }])).toHaveLength(0);
  });
});

type Change = (stack: Stack, given: TenantBackupsProps) => Record<string, unknown>;

describe('a construct refuses', () => {
  const otherVpc = (stack: Stack) =>
    network(new Stack(stack.node.root, 'Elsewhere', { env: { ...ENV, region: 'us-east-1' } }));
  it.each<[string, Change]>([
    ['the database is not clear', () => ({ cluster: undefined })],
    ['the login is not clear', () => ({ iamUser: 'holdfast' })],
    ['the login is not clear', () => ({ secret: undefined })],
    ['the VPC is in another region than the database', stack => ({ vpc: otherVpc(stack) })],
    ['the security groups of the database are unknown', () => ({ securityGroup: undefined })],
    [
      'the complete ARN of the secret is unknown',
      stack => ({ secret: secretsmanager.Secret.fromSecretNameV2(stack, 'Named', 'holdfast/database') }),
    ],
    [
      'the standby is in eu-central-1',
      (_, { cluster, vpc, secret }) => ({ standby: { cluster, vpc, secret }, regions: OTHERS }),
    ],
    ['alarms.emails', () => ({ alarms: { emails: [] } })],
    ['must be different regions', () => ({ regions: { secondary: ENV.region } })],
    ['installation', () => ({ installation: 'short' })],
    ['database', () => ({ database: undefined })],
    ['no tenant model is named', () => ({ model: undefined })],
    ['package.json is not a valid tenant model', () => ({ model: 'package.json' })],
    ['biome.json is not a valid tenant model', () => ({ model: 'biome.json' })],
    // Node.js runs TypeScript without its types: a misspelled field would be a default.
    ['unknown fields: region', () => ({ region: OTHERS })],
    ['unknown fields: account', () => ({ account: ENV.account })],
    ['unknown fields: primary', () => ({ regions: { primary: 'us-east-1', ...OTHERS } })],
    ['unknown fields: host', (_, { cluster, vpc }) => ({ standby: { cluster, vpc, host: 'db' }, regions: OTHERS })],
  ])('%s', (what, change) => {
    const stack = new Stack(libraryApp(), 'Theirs', { env: ENV });
    const given = { ...SETTINGS, ...importedExample(stack) };
    const props = { ...given, ...change(stack, given) } as TenantBackupsProps;
    expect(() => new TenantBackups(stack, 'Backups', props)).toThrowError(what);
  });

  it('a database of an unknown region: names and permissions contain it', () => {
    const stack = new Stack(libraryApp(), 'Theirs');
    try {
      new TenantBackups(stack, 'Backups', { ...SETTINGS, ...importedExample(stack) });
    } catch (error) {
      expect((error as InputError).code).toBe('bad-deployment');
      expect((error as InputError).message).toContain('the region of the database is unknown');
      return;
    }
    throw new Error('It was accepted.');
  });
});
