/**
 * Nobody makes a key unusable but the break-glass role, whatever IAM allows: the policies of the stacks' keys from the
 * templates, those of tenants' keys from the code that makes them, decided by an independent evaluator. And whoever tries
 * is reported.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { KEY_DANGERS, tenantKeyPolicy } from '../../lib/domain/key-policy.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type Answer, answer, type Principal, REGION, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, type Loose, plainText, STANDBY_DEPLOYMENT, type Synthesized, synthesized } from './synthesized.ts';

const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-0123456789abcdef`;
const role = (name: string): Principal => ({
  ...{ name, role: `arn:aws:iam::${ACCOUNT}:role/${name}` },
  identity: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});
const ADMINISTRATOR = role('Administrator');
const BREAK_GLASS = role('holdfast-break-glass');
const DESTROY = role('holdfast-destroy-keys');
const CLOUDFORMATION = role(`cdk-hnb659fds-cfn-exec-role-${ACCOUNT}-${REGION}`);
/** Of a bootstrap stack with a qualifier of its own. */
const CLOUDFORMATION_TOO = role(`cdk-team9-cfn-exec-role-${ACCOUNT}-${REGION}`);
const DEPLOYER = role(`cdk-hnb659fds-deploy-role-${ACCOUNT}-${REGION}`);
const USING = ['Encrypt', 'Decrypt', 'GenerateDataKey', 'DescribeKey', 'EnableKey', 'CancelKeyDeletion'];

let app: Synthesized;
let world: World;
beforeAll(async () => {
  await policyEvaluator();
  app = synthesized({ ...STANDBY_DEPLOYMENT, keys: { mode: 'pooled' } });
  world = worldOf(app);
}, SETUP_TIMEOUT_MS);

const concrete = (text: string) =>
  text
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll('<AWS::AccountId>', ACCOUNT)
    .replaceAll('<AWS::Region>', REGION);

/** Every string of a policy as AWS resolves it. */
function resolved(value: Loose): Loose {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value === 'string' || value?.['Fn::Join'] || value?.Ref) return concrete(plainText(value));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each)]));
}

function policiesOfStacks(): [string, Loose][] {
  return [...app.templates].flatMap(([stack, template]) =>
    ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey']
      .flatMap(type => Object.entries(template.findResources(type)))
      .filter(([id]) => !id.startsWith('NoticesKey'))
      .map(([id, { Properties }]): [string, Loose] => [`${stack} ${id}`, resolved(Properties.KeyPolicy)]),
  );
}

const tenantPolicy = () => JSON.parse(tenantKeyPolicy({ breakGlass: BREAK_GLASS.role, destroyKeys: DESTROY.role }));

async function decisions(keyPolicy: Loose, principal: Principal, actions: readonly string[]): Promise<Answer[]> {
  const asked = actions.map(action => answer(world, principal, { action: `kms:${action}`, resource: KEY, keyPolicy }));
  return [...new Set(await Promise.all(asked))];
}

describe("the keys of the stacks and the tenants' keys", () => {
  it('are eight and one', () => {
    // Three vault keys; the signing key and the pool's with two replicas each.
    expect(policiesOfStacks()).toHaveLength(9);
  });

  it('cannot be made unusable by an administrator, a deployer or a function, and stay usable', async () => {
    for (const [name, policy] of [...policiesOfStacks(), ['a tenant', tenantPolicy()] as [string, Loose]]) {
      for (const who of [ADMINISTRATOR, DEPLOYER]) {
        expect(await decisions(policy, who, KEY_DANGERS), `${name} ${who.name}`).toEqual(['ExplicitlyDenied']);
        expect(await decisions(policy, who, USING), `${name} ${who.name}`).toEqual(['Allowed']);
      }
      expect(await decisions(policy, BREAK_GLASS, KEY_DANGERS), name).toEqual(['Allowed']);
    }
  });

  it('of the stacks can be upgraded: CloudFormation may put their policy, and nothing else of that', async () => {
    const others = KEY_DANGERS.filter(action => action !== 'PutKeyPolicy');
    for (const [name, policy] of policiesOfStacks()) {
      // KMS refuses a policy that its caller could not put again.
      for (const deploying of [CLOUDFORMATION, CLOUDFORMATION_TOO])
        expect(await decisions(policy, deploying, ['PutKeyPolicy']), name).toEqual(['Allowed']);
      expect(await decisions(policy, CLOUDFORMATION, others), name).toEqual(['ExplicitlyDenied']);
    }
    expect(await decisions(tenantPolicy(), CLOUDFORMATION, KEY_DANGERS)).toEqual(['ExplicitlyDenied']);
  });

  it('of tenants can be destroyed on purpose, by the role for that, which can do nothing else to them', async () => {
    const others = KEY_DANGERS.filter(action => action !== 'ScheduleKeyDeletion');
    expect(await decisions(tenantPolicy(), DESTROY, ['ScheduleKeyDeletion'])).toEqual(['Allowed']);
    expect(await decisions(tenantPolicy(), DESTROY, others)).toEqual(['ExplicitlyDenied']);
    for (const [name, policy] of policiesOfStacks())
      expect(await decisions(policy, DESTROY, KEY_DANGERS), name).toEqual(['ExplicitlyDenied']);
  });

  it('of tenants stay, whoever asks, while they are tagged as held; and the shared ones without any tag', async () => {
    const schedule = (who: Principal, tags: Record<string, string>) =>
      answer(world, who, {
        ...{ action: 'kms:ScheduleKeyDeletion', resource: KEY, keyPolicy: tenantPolicy() },
        context: Object.fromEntries(Object.entries(tags).map(([tag, value]) => [`aws:ResourceTag/${tag}`, value])),
      });
    const owner = { 'holdfast:owner': 'abcdefghijklmnopqrstuvwxy2' };
    for (const who of [ADMINISTRATOR, DESTROY, BREAK_GLASS])
      expect(await schedule(who, { ...owner, 'holdfast:held': 'true' }), who.name).toBe('ExplicitlyDenied');
    expect(await schedule(DESTROY, { ...owner, 'holdfast:held': 'false' })).toBe('Allowed');
    for (const shared of ['system', 'auditors']) {
      expect(await schedule(DESTROY, { 'holdfast:owner': shared })).toBe('ExplicitlyDenied');
      expect(await schedule(BREAK_GLASS, { 'holdfast:owner': shared })).toBe('Allowed');
    }
  });

  it('follow the named break-glass role, if it is another', async () => {
    const named = synthesized({ keys: { mode: 'dedicated', breakGlassRole: 'security/last-resort' } });
    const { config } = worldOf(named).functions.get('ship-log')!;
    expect(config.keys).toMatchObject({ roles: { breakGlass: `arn:aws:iam::${ACCOUNT}:role/security/last-resort` } });
    const [vault] = Object.values(named.templates.get('holdfast-vault-tertiary')!.findResources('AWS::KMS::Key'));
    expect(JSON.stringify(vault!.Properties.KeyPolicy)).toContain('role/security/last-resort');
  });
});

describe('the role that destroys a key', () => {
  it.each(['dedicated', 'pooled'] as const)(
    'may be assumed by people of the account, opens nothing, with %s keys',
    mode => {
      const template = synthesized({ keys: { mode } }).templates.get('holdfast-recovery')!;
      const [id] = Object.entries(template.findResources('AWS::IAM::Role')).find(
        ([, { Properties }]) => Properties.RoleName === 'holdfast-destroy-keys',
      )!;
      const actions = Object.values(template.findResources('AWS::IAM::Policy'))
        .filter(({ Properties }) => Properties.Roles.some((each: Loose) => each.Ref === id))
        .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
        .flatMap((each: Loose) => (each.Effect === 'Allow' ? each.Action : []));
      expect(actions.sort()).toEqual(
        mode === 'pooled'
          ? ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']
          : [
              ...['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem', 'kms:CancelKeyDeletion'],
              ...['kms:DescribeKey', 'kms:EnableKey', 'kms:ScheduleKeyDeletion'],
            ],
      );
    },
  );
});

describe('a request that would make a key unusable', () => {
  const rules = (stack: string) =>
    Object.values(app.templates.get(`holdfast-${stack}`)!.findResources('AWS::Events::Rule'));

  it.each(['observability', 'observability-standby'])('raises an alarm at once, in %s', stack => {
    const found = rules(stack).map(({ Properties }) => Properties);
    expect(found.map(rule => rule.Name).sort()).toEqual([
      'holdfast-break-glass',
      'holdfast-key-in-danger',
      'holdfast-keys-table-in-danger',
    ]);
    const keys = found.find(rule => rule.Name === 'holdfast-key-in-danger')!;
    expect(keys.EventPattern).toMatchObject({ source: ['aws.kms'], detail: { eventName: [...KEY_DANGERS] } });
    for (const rule of found) {
      expect(plainText(rule.Targets[0].Arn)).toMatch(/^<Alarm/);
      expect(rule.Targets[0].InputTransformer.InputTemplate).toContain('key-in-danger.md');
    }
  });

  it('in another region is forwarded to the primary', () => {
    for (const region of ['secondary', 'tertiary']) {
      const found = rules(`replica-${region}`).map(({ Properties }) => Properties);
      expect(found.map(rule => rule.EventPattern)).toEqual(
        rules('observability').map(({ Properties }) => Properties.EventPattern),
      );
      for (const { Targets } of found)
        expect(plainText(Targets[0].Arn)).toBe(`arn:<AWS::Partition>:events:${REGION}:${ACCOUNT}:event-bus/default`);
    }
  });

  it('can be published: EventBridge may use the topic and its key', () => {
    const template = app.templates.get('holdfast-observability')!;
    const documents = ['AWS::KMS::Key', 'AWS::SNS::TopicPolicy'].flatMap(type =>
      Object.values(template.findResources(type)).map(each => JSON.stringify(each)),
    );
    expect(documents.filter(each => each.includes('events.amazonaws.com')).length).toBeGreaterThanOrEqual(2);
  });
});
