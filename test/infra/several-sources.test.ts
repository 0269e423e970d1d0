/** Several sources in one app and account, and what the app decides for all of them: tags, boundary, bootstrap. */
import { DefaultStackSynthesizer, type IReusableStackSynthesizer, Stack, Stage, Tags } from 'aws-cdk-lib';
import type { Template } from 'aws-cdk-lib/assertions';
import * as iam from 'aws-cdk-lib/aws-iam';
import { describe, expect, it } from 'vitest';
import { TenantBackups } from '../../lib/infra/tenant-backups.ts';
import { DatabaseStack, ENV, from, libraryApp, SETTINGS, templatesIn } from './library-app.ts';
import { type Loose, plainText } from './synthesized.ts';

const OTHERS = { secondary: 'eu-west-1', tertiary: 'eu-north-1' };
const SECOND = { installation: 'b1c3a8b4-0d36-4a0e-9a59-0c7e8d5f3b22', name: 'billing' };

/** The properties with which a resource is named; resources of these services are global in an account, or in all. */
const NAMED =
  /^(Alarm|Alias|Bucket|Dashboard|Function|ManagedPolicy|Parameter|Policy|Queue|Role|Rule|Schedule|StateMachine|Table|Topic|LogGroup|Group)?Name$/;
const GLOBAL = /^AWS::(IAM|S3)::|Dashboard$/;

function namesIn(made: TenantBackups): string[] {
  const templates = templatesIn(made);
  return made.stacks.flatMap(stack => [
    `AWS::CloudFormation::Stack ${stack.region} ${stack.stackName}`,
    ...resourcesOf(templates.get(stack.stackName)!).flatMap(({ Type, Properties }) =>
      Object.entries(Properties ?? {})
        .filter(([property]) => NAMED.test(property) && !isReference(Type, property))
        .map(([, name]) => `${Type} ${GLOBAL.test(Type) ? '' : stack.region} ${plainText(name)}`),
    ),
  ]);
}

/** Inline policies are named within their role, and permissions and the like after a function that has its own name. */
function isReference(type: string, property: string): boolean {
  const names = type === 'AWS::Lambda::Function' || property !== 'FunctionName';
  return type === 'AWS::IAM::Policy' || !names;
}

/** Of the keys and the bucket. */
function policiesOf(made: TenantBackups): string {
  const template = templatesIn(made).get('holdfast-vault-primary')!;
  const guarded = ['AWS::KMS::Key', 'AWS::S3::BucketPolicy'].map(type => template.findResources(type));
  return JSON.stringify(guarded)
    .replaceAll(/\{"Ref":"AWS::Partition"\}/g, '"aws"')
    .replaceAll('","', '');
}

function resourcesOf(template: Template): Loose[] {
  return Object.values(template.toJSON().Resources);
}

const app = libraryApp();
const [one, two] = [new DatabaseStack(app, 'One'), new DatabaseStack(app, 'Two')];
const platform = new Stack(app, 'Platform', { env: ENV });
const first = new TenantBackups(platform, 'First', { ...SETTINGS, ...from(one), regions: OTHERS });
const second = new TenantBackups(platform, 'Second', {
  ...{ ...SETTINGS, ...SECOND, ...from(two), keys: { mode: 'pooled' }, regions: OTHERS },
});

describe('two sources in one app', () => {
  it('share no name of a stack or resource', () => {
    const [a, b] = [namesIn(first), namesIn(second)];
    expect(a.length).toBeGreaterThan(120);
    const repeated = [...a, ...b].filter((name, index, all) => all.indexOf(name) !== index);
    expect(repeated).toEqual([]);
  });

  it('have no permission for the other, except keys of tenants, which IAM narrows by context and not by name', () => {
    for (const [made, other] of [
      [first, 'billing'],
      [second, 'holdfast'],
    ] as const)
      for (const [stack, template] of templatesIn(made)) {
        const resources = resourcesOf(template)
          .filter(({ Type }) => Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy')
          .flatMap(({ Properties }) => Properties.PolicyDocument.Statement.flatMap(({ Resource }: Loose) => Resource))
          .map(plainText)
          .filter(resource => new RegExp(`[:/]${other}-`).test(resource));
        expect(resources, stack).toEqual([]);
      }
  });

  it.each([
    ['name', { ...SECOND, name: 'holdfast' }],
    ['name', { ...SECOND, name: 'holdfast-eu' }],
    ['installation', { ...SECOND, installation: SETTINGS.installation }],
  ])('are refused with colliding values of %s', (field, same) => {
    const place = new Stack(app, `Refused${Object.values(same).join('')}`, { env: ENV });
    expect(() => new TenantBackups(place, 'Backups', { ...SETTINGS, ...from(one), ...same })).toThrowError(
      `colliding values of ${field}`,
    );
  });

  it('can have the same name in accounts of their own', () => {
    const stages = ['222233334444', '333344445555'].map(account => {
      const stage = new Stage(app, `Stage${account}`, { env: { ...ENV, account } });
      const database = new DatabaseStack(stage, 'Database', {});
      return new TenantBackups(stage, 'Backups', { ...SETTINGS, ...from(database) });
    });
    expect(stages.map(({ stacks }) => stacks[0]!.account)).toEqual(['222233334444', '333344445555']);
  });
});

describe('two sources in accounts of their own', () => {
  const VAULT = { account: '444455556666' };
  const inAccount = (account: string, more: Partial<typeof SETTINGS> & { name?: string }) => {
    const stage = new Stage(accounts, `Stage${account}`, { env: { ...ENV, account } });
    const database = new DatabaseStack(stage, 'Database', {});
    return new TenantBackups(stage, 'Backups', { ...SETTINGS, ...more, ...from(database), vault: VAULT });
  };
  const accounts = libraryApp();

  it('can have their vaults in one account, if they do not collide there', () => {
    const [a, b] = [inAccount('222233334444', {}), inAccount('333344445555', SECOND)];
    for (const { stacks } of [a, b])
      expect(stacks.filter(({ account }) => account === VAULT.account).map(({ stackName }) => stackName)).toEqual(
        expect.arrayContaining([expect.stringMatching(/-vault-primary$/), expect.stringMatching(/-vault-access$/)]),
      );
    expect(() => inAccount('777788889999', {})).toThrowError('colliding values of name');
  });

  it('are refused with a vault account that is that of the database', () => {
    const place = new Stack(libraryApp(), 'Platform', { env: ENV });
    const settings = { ...SETTINGS, ...from(new DatabaseStack(place, 'Database')), vault: { account: ENV.account } };
    expect(() => new TenantBackups(place, 'Backups', settings)).toThrowError('another account than that');
  });
});

describe('the app decides for the stacks of the construct', () => {
  const boundary = 'arn:aws:iam::111122223333:policy/boundary';
  const theirs = libraryApp({ context: { '@aws-cdk/core:bootstrapQualifier': 'team7' } });
  const database = new DatabaseStack(theirs, 'Database');
  const made = new TenantBackups(new Stack(theirs, 'Platform', { env: ENV }), 'Backups', {
    ...{ ...SETTINGS, ...from(database), regions: OTHERS },
  });
  Tags.of(theirs).add('cost-center', '4711');
  iam.PermissionsBoundary.of(theirs).apply(
    iam.ManagedPolicy.fromManagedPolicyArn(new Stack(theirs, 'Policies'), 'Boundary', boundary),
  );
  const templates = templatesIn(made);

  it('a permissions boundary of every role', () => {
    const roles = [...templates.values()]
      .flatMap(template => resourcesOf(template))
      .filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(60);
    const without = roles.filter(({ Properties }) => Properties.PermissionsBoundary !== boundary);
    expect(without).toEqual([]);
  });

  it('tags, beside that of the installation', () => {
    for (const [stack, template] of templates)
      for (const { Type, Properties } of resourcesOf(template).filter(({ Properties }) =>
        Array.isArray(Properties?.Tags),
      ))
        expect(Properties.Tags, `${stack} ${Type}`).toEqual(
          expect.arrayContaining([
            { Key: 'cost-center', Value: '4711' },
            { Key: 'holdfast', Value: 'holdfast' },
          ]),
        );
  });

  it('the bootstrap stack, whose role the policies of the keys then admit', () => {
    const assembly = theirs.synth();
    for (const stack of made.stacks) {
      const artifact = assembly.getStackArtifact(stack.artifactId);
      expect(artifact.assumeRoleArn).toContain('cdk-team7-deploy-role');
      expect(stack.synthesizer).toBeInstanceOf(DefaultStackSynthesizer);
    }
    expect(policiesOf(made)).toContain('role/cdk-*-cfn-exec-role-*');
  });

  it('another synthesizer, with a role of its own for CloudFormation', () => {
    const role = 'arn:aws:iam::111122223333:role/team/deployer';
    const own = libraryApp({
      defaultStackSynthesizer: new DefaultStackSynthesizer({
        cloudFormationExecutionRole: role.replace('111122223333', '$' + '{AWS::AccountId}'),
      }) as IReusableStackSynthesizer,
    });
    const given = new DatabaseStack(own, 'Database');
    const policies = policiesOf(
      new TenantBackups(new Stack(own, 'Platform', { env: ENV }), 'Backups', { ...SETTINGS, ...from(given) }),
    );
    expect(policies).toContain(role);
    expect(policies).not.toContain('cfn-exec-role');
  });
});
