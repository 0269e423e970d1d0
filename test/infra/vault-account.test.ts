/**
 * A vault in an account of its own: the roles there have exactly what the functions' own roles have without it, only the
 * role of the same duty reaches each of them, and the account of the database reaches nothing else. Decided by an
 * independent evaluator, with the policies of both accounts.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { sessionPolicy } from '../../lib/aws/session-policy.ts';
import { tenantKeyPolicy } from '../../lib/domain/key-policy.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import {
  type Answer,
  type Asked,
  answer,
  type DeployedFunction,
  type Principal,
  REGION,
  resolved,
  type World,
  worldOf,
} from './policy-simulation.ts';
import {
  ACCOUNT,
  type Loose,
  plainText,
  type Synthesized,
  synthesized,
  VAULT_ACCOUNT,
  VAULT_DEPLOYMENT,
} from './synthesized.ts';
import { type NamedRole, vaultRolesOf, workRolesOf } from './vault-roles.ts';

const MODES = ['dedicated', 'pooled'] as const;
const A = tenantRef('an installation', tenantId('acme'));
const B = tenantRef('an installation', tenantId('globex'));
const BUCKET = `arn:aws:s3:::holdfast-vault-${VAULT_ACCOUNT}-${REGION}`;
const KEY = `arn:aws:kms:${REGION}:${VAULT_ACCOUNT}:key/mrk-0123456789abcdef`;
const ofPeople = /^holdfast-vault-(hands-on|operator|approver)(-secondary)?$/;
const ofKeys = 'holdfast-destroy-keys';

/** What a region adds to a name. */
const PLACES: Record<string, string> = { [REGION]: '', 'eu-west-1': '-secondary', 'eu-north-1': '-tertiary' };

interface Both {
  readonly app: Synthesized;
  readonly world: World;
  /** The same deployment in one account. */
  readonly single: World;
  readonly vault: ReadonlyMap<string, NamedRole>;
  readonly work: ReadonlyMap<string, NamedRole>;
}
const both = new Map<string, Both>();

beforeAll(async () => {
  await policyEvaluator();
  for (const mode of MODES) {
    const app = synthesized({ ...VAULT_DEPLOYMENT, keys: { mode } });
    const { vault: _, ...one } = VAULT_DEPLOYMENT;
    const single = worldOf(synthesized({ ...one, keys: { mode } }));
    both.set(mode, { app, single, world: worldOf(app), vault: vaultRolesOf(app), work: workRolesOf(app) });
  }
}, SETUP_TIMEOUT_MS);

const person = (name: string, account = ACCOUNT): Principal => ({
  ...{ name, role: `arn:aws:iam::${account}:role/${name}` },
  identity: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
});

/** Statements as sets, in the words of one account, without what takes the roles of the other. */
function allowed(statements: readonly Loose[]): string[] {
  return statements
    .filter(each => !takes(each))
    .map(each => JSON.stringify(each).replaceAll(VAULT_ACCOUNT, ACCOUNT))
    .sort();
}

const takes = (statement: Loose) => [statement.Action].flat().includes('sts:AssumeRole');
const nameIn = (arn: string | undefined) => `${arn?.split('/').at(-1)}`;

/** A trust policy has no resource, which the evaluator wants. */
const asked = (role: NamedRole): Asked => ({
  ...{ action: 'sts:AssumeRole', resource: role.role, owner: VAULT_ACCOUNT },
  policy: { ...role.trust, Statement: role.trust.Statement.map((each: Loose) => ({ ...each, Resource: '*' })) },
});

describe.each(MODES)('with a vault account and %s keys', mode => {
  const of = () => both.get(mode)!;
  const ask = (who: Principal, what: Asked): Promise<Answer> => answer(of().world, who, what);
  /** Without the operators' and other regions' roles of the same functions. */
  const duties = () => [...of().vault.values()].filter(({ name }) => !ofPeople.test(name) && name !== ofKeys);
  const functionOf = (name: string): DeployedFunction =>
    of().world.deployed.find(({ config }) => [config.vaultRole, config.sessionRole].some(arn => nameIn(arn) === name))!;

  it('divides each function’s permissions: together they are what it has in one account, and nothing moves wrongly', () => {
    const { world, single, vault } = of();
    expect(world.deployed).toHaveLength(single.deployed.length);
    for (const { name, own, config, sessionRole } of single.deployed) {
      const here = world.deployed.find(each => each.name === name && each.config.region === config.region)!;
      const there = vault.get(nameIn(here.config.vaultRole))!;
      expect(allowed([...here.own.identity, ...there.identity]), name).toEqual(allowed(own.identity));
      if (sessionRole === undefined) continue;
      const tenants = vault.get(nameIn(here.config.sessionRole))!;
      expect(allowed(tenants.identity), name).toEqual(allowed(sessionRole.identity));
    }
  });

  it('leaves in the account of the database nothing but the roles to take there', () => {
    for (const { name, identity, ...rest } of of().work.values()) {
      const statements = JSON.stringify(identity.filter(each => !takes(each)));
      expect(statements, name).not.toMatch(/"s3:|"dynamodb:/);
      expect(statements, name).not.toContain(VAULT_ACCOUNT);
      expect(rest.role).toContain(ACCOUNT);
    }
    for (const { identity } of of().world.principals) {
      const taken = identity.filter(takes).flatMap(each => each.Resource);
      for (const role of taken) expect(role).toMatch(new RegExp(`^arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-vault-`));
    }
  });

  it('lets each function take its own roles, and no other function, administrator or neighbour takes them', async () => {
    const { work } = of();
    expect(duties().length).toBeGreaterThan(50);
    for (const role of duties()) {
      const { name: fn, config } = functionOf(role.name);
      const name = `holdfast-${fn}${PLACES[config.region]}`;
      for (const other of work.values()) {
        const expected = other.name === name ? 'Allowed' : 'ImplicitlyDenied';
        expect(`${other.name} ${await ask(other, asked(role))}`, role.name).toBe(`${other.name} ${expected}`);
      }
      for (const who of [
        person('Administrator'),
        person(`${name}-2`),
        person(name, '999900001111'),
        person('Administrator', VAULT_ACCOUNT),
      ])
        expect(await ask(who, asked(role)), `${role.name} ${who.role}`).toBe('ImplicitlyDenied');
    }
  });

  it('asks both accounts: a function without the permission is refused too, and so is what the trust policy names', async () => {
    const role = of().vault.get('holdfast-vault-ship-log')!;
    const [ship, stranger] = [of().work.get('holdfast-ship-log')!, of().work.get('holdfast-read-part')!];
    expect(await ask({ ...ship, identity: stranger.identity }, asked(role))).toBe('ImplicitlyDenied');
    expect(await ask({ ...stranger, identity: person('x').identity }, asked(role))).toBe('ImplicitlyDenied');
  });

  it('opens nothing of the vault to administrators of the other account: objects, keys, tables', async () => {
    const foreign = person('Administrator');
    const table = `arn:aws:dynamodb:${REGION}:${VAULT_ACCOUNT}:table/holdfast-keys`;
    const keyPolicy = keyPolicies(of().app)[0]!;
    const tenantKey = tenantKeyPolicyOf(of().world);
    const everything: Asked[] = [
      ...['GetObject', 'PutObject', 'DeleteObjectVersion', 'BypassGovernanceRetention'].map(action => ({
        ...{ action: `s3:${action}`, resource: `${BUCKET}/tenants/${A}/packs/1` },
      })),
      { action: 's3:ListBucket', resource: BUCKET },
      ...[keyPolicy, tenantKey].flatMap(policy =>
        ['Decrypt', 'ScheduleKeyDeletion', 'PutKeyPolicy'].map(action => ({
          ...{ action: `kms:${action}`, resource: KEY, policy },
        })),
      ),
      ...['GetItem', 'PutItem', 'DeleteTable'].map(action => ({ action: `dynamodb:${action}`, resource: table })),
    ];
    for (const each of everything)
      expect(await ask(foreign, { ...each, owner: VAULT_ACCOUNT }), each.action).toMatch(/Denied$/);
    // The same requests are possible at home, where the policies of the account decide.
    expect(await ask(person('Administrator', VAULT_ACCOUNT), everything[0]!)).toBe('Allowed');
  });

  it('keeps a session to its tenant, with the encryption context', async () => {
    const tenants = duties().filter(({ name }) => /-session(-secondary)?$/.test(name));
    expect(tenants.length).toBeGreaterThan(12);
    for (const role of tenants) {
      const { config } = functionOf(role.name);
      const { region, bucket, keysTable, keys } = config;
      const session = sessionPolicy({ role: role.role, region, bucket, keysTable, mode: keys.mode }, A);
      const who = { ...role, session };
      const context = mode === 'pooled' ? 'branch-key-id' : 'holdfast:owner';
      const requests = (owner: string): Asked[] => [
        { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/tenants/${owner}/packs/1` },
        {
          ...{ action: 'kms:Decrypt', resource: KEY.replace(REGION, region), policy: tenantKeyPolicyOf(of().world) },
          context: { [`kms:EncryptionContext:${context}`]: owner },
        },
        {
          ...{ action: 'dynamodb:GetItem', context: { 'dynamodb:LeadingKeys': [owner] } },
          resource: `arn:aws:dynamodb:${region}:${VAULT_ACCOUNT}:table/${keysTable}`,
        },
      ];
      const expiry = role.name === 'holdfast-vault-expire-tenant-session';
      for (const each of expiry ? requests(A).slice(0, 1) : requests(A))
        expect(await ask(who, each), `${role.name} ${each.action}`).toBe('Allowed');
      for (const each of requests(B))
        expect(await ask(who, each), `${role.name} ${each.action}`).toBe('ImplicitlyDenied');
    }
  });

  it('makes tenants’ keys that the account of the vault decides about, with its own break-glass role', () => {
    const policy = JSON.stringify(tenantKeyPolicyOf(of().world));
    expect(policy).toContain(`arn:aws:iam::${VAULT_ACCOUNT}:root`);
    expect(policy).toContain(`arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-break-glass`);
    expect(policy).not.toContain(ACCOUNT);
    for (const each of keyPolicies(of().app)) expect(JSON.stringify(each)).not.toContain(ACCOUNT);
  });

  describe('people', () => {
    const sso = (suffix: string) => person(`aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_${suffix}`);

    it('take the role of their policy if the deployment names theirs, and nobody else does', async () => {
      const role = (name: string) => of().vault.get(name)!;
      const may = async (who: Principal, name: string) => (await ask(who, asked(role(name)))) === 'Allowed';
      expect(await may(sso('Operators_0123456789abcdef'), 'holdfast-vault-operator')).toBe(true);
      expect(await may(person('holdfast-operators'), 'holdfast-vault-operator')).toBe(true);
      expect(await may(person('holdfast-approvers'), 'holdfast-vault-approver')).toBe(true);
      expect(await may(person('DatabaseAdministrators'), 'holdfast-vault-hands-on')).toBe(true);
      for (const who of [
        sso('Developers_0123456789abcdef'),
        person('Administrator'),
        person('DatabaseAdministrators2'),
      ])
        for (const name of ['operator', 'approver', 'hands-on'])
          expect(await may(who, `holdfast-vault-${name}`), `${who.name} ${name}`).toBe(false);
      expect(await may(person('holdfast-operators'), 'holdfast-vault-hands-on')).toBe(false);
      expect([...of().vault.keys()].filter(name => ofPeople.test(name)).sort()).toEqual([
        ...['holdfast-vault-approver', 'holdfast-vault-approver-secondary'],
        ...['holdfast-vault-hands-on', 'holdfast-vault-hands-on-secondary'],
        ...['holdfast-vault-operator', 'holdfast-vault-operator-secondary'],
      ]);
    });

    it('keep the source identity that their provider set, and can set no other', () => {
      for (const { name, trust } of of().vault.values()) {
        const setting = trust.Statement.filter((each: Loose) => each.Action === 'sts:SetSourceIdentity');
        expect(setting, name).toHaveLength(ofPeople.test(name) ? 1 : 0);
        for (const { Condition } of setting) {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
          expect(Condition.StringEquals).toEqual({ 'sts:SourceIdentity': '${aws:SourceIdentity}' });
          expect(Condition.ArnLike).toEqual(trust.Statement[0].Condition.ArnLike);
        }
      }
    });

    it('have there what their policies allow in one account, and a policy that takes the role', () => {
      for (const name of ['operator', 'approver', 'hands-on']) {
        const policyIn = (change: typeof VAULT_DEPLOYMENT) => managed(synthesized({ ...change, keys: { mode } }), name);
        const here = policyIn(VAULT_DEPLOYMENT);
        const there = of().vault.get(`holdfast-vault-${name}`)!;
        const { vault: _, ...one } = VAULT_DEPLOYMENT;
        // The object with the tenant model is in the bucket of the CDK's assets, of the account of the database.
        expect(allowed([...here, ...there.identity]), name).toEqual(allowed(policyIn(one)));
        expect(here.filter(takes).map(each => each.Resource)).toEqual([there.role]);
        expect(JSON.stringify(here.filter(each => !takes(each)))).not.toContain(VAULT_ACCOUNT);
      }
    });

    it('destroy keys with a role of the account of the keys', async () => {
      const role = of().vault.get(ofKeys)!;
      expect(await ask(person('Officer', VAULT_ACCOUNT), { ...asked(role), owner: VAULT_ACCOUNT })).toBe('Allowed');
      expect(await ask(person('Administrator'), asked(role))).toBe('ImplicitlyDenied');
    });
  });
});

function managed({ templates }: Synthesized, name: string): Loose[] {
  const all = Object.values(templates.get('holdfast-recovery')!.findResources('AWS::IAM::ManagedPolicy'));
  const found = all.find(({ Properties }) => Properties.ManagedPolicyName === `holdfast-${name}`)!;
  return resolved(found.Properties.PolicyDocument.Statement);
}

function keyPolicies({ templates }: Synthesized): Loose[] {
  return [...templates].flatMap(([stack, template]) =>
    /vault-(primary|secondary|tertiary)|replica/.test(stack)
      ? ['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'].flatMap(type =>
          Object.values(template.findResources(type)).map(({ Properties }) =>
            resolved(Properties.KeyPolicy, {}, VAULT_ACCOUNT),
          ),
        )
      : [],
  );
}

/** As the functions make it, from the configuration that the stacks give them. */
function tenantKeyPolicyOf(world: World): Loose {
  const keys = synthesizedRoles(world);
  return JSON.parse(tenantKeyPolicy(keys));
}

function synthesizedRoles(world: World) {
  const { keys } = world.functions.get('ship-log')!.config;
  if (keys.mode === 'dedicated') return keys.roles;
  const role = (name: string) => `arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-${name}`;
  return { breakGlass: role('break-glass'), destroyKeys: role('destroy-keys') };
}

describe('the stacks of a vault account', () => {
  const app = () => both.get('dedicated')!.app;
  const ofVault = /^holdfast-(vault|replica)-/;

  it('are those of vault and keys, with who reaches them and what watches them; all others stay', () => {
    const accounts = Object.fromEntries(
      app()
        .app.synth()
        .stacks.map(each => [each.stackName, each.environment.account]),
    );
    for (const [stack, account] of Object.entries(accounts))
      expect(account, stack).toBe(ofVault.test(stack) ? VAULT_ACCOUNT : ACCOUNT);
    expect(Object.keys(accounts)).toHaveLength(16);
  });

  it('need nothing of the other account at their deployment, which comes first', () => {
    for (const stack of app().app.synth().stacks) {
      const needed = stack.dependencies
        .map(each => each.id)
        .filter(id => id.startsWith('holdfast-') && !/\.assets$/.test(id));
      if (ofVault.test(stack.stackName))
        expect(
          needed.filter(id => !ofVault.test(id)),
          stack.stackName,
        ).toEqual([]);
      else if (!stack.stackName.includes('observability'))
        expect(needed, stack.stackName).toContain('holdfast-vault-access');
      expect(JSON.stringify(stack.template), stack.stackName).not.toContain('Fn::ImportValue');
    }
  });

  it('watch keys and buckets where they are, with a topic of their own', () => {
    const resources = (stack: string, type: string) => Object.values(app().templates.get(stack)!.findResources(type));
    const alarms = (stack: string) => resources(stack, 'AWS::CloudWatch::Alarm').map(each => JSON.stringify(each));
    for (const [vault, work] of [
      ['holdfast-vault-watch', 'holdfast-observability'],
      ['holdfast-vault-watch-standby', 'holdfast-observability-standby'],
    ] as const) {
      expect(alarms(vault).every(each => each.includes('AWS/S3'))).toBe(true);
      expect(alarms(vault).length).toBeGreaterThan(1);
      expect(alarms(work).some(each => each.includes('AWS/S3'))).toBe(false);
      expect(resources(vault, 'AWS::Events::Rule')).toHaveLength(3);
      expect(resources(work, 'AWS::Events::Rule')).toHaveLength(0);
      expect(resources(vault, 'AWS::SNS::Subscription').length).toBeGreaterThan(0);
      const [dashboard] = resources(work, 'AWS::CloudWatch::Dashboard');
      expect(plainText(dashboard!.Properties.DashboardBody)).not.toContain('AWS/S3');
    }
    for (const region of ['secondary', 'tertiary'])
      for (const { Properties } of resources(`holdfast-replica-${region}`, 'AWS::Events::Rule'))
        expect(plainText(Properties.Targets[0].Arn)).toContain(`:${VAULT_ACCOUNT}:event-bus/default`);
  });

  it('have as many alarms as one account, and one key more, as the bill says', () => {
    const { vault } = VAULT_DEPLOYMENT;
    const count = (change: typeof VAULT_DEPLOYMENT, types: readonly string[]) =>
      [...synthesized(change).templates.values()]
        .flatMap(template => types.map(type => Object.keys(template.findResources(type)).length))
        .reduce((sum, each) => sum + each, 0);
    const [keys, alarms] = [['AWS::KMS::Key', 'AWS::KMS::ReplicaKey'], ['AWS::CloudWatch::Alarm']];
    expect(count({ ...(vault && { vault }) }, keys!)).toBe(count({}, keys!) + 1);
    expect(count({ ...(vault && { vault }) }, alarms!)).toBe(count({}, alarms!));
  });

  it('do not wait for events of another account: new keys are replicated on the schedule', () => {
    const rules = app().templates.get('holdfast-protection')!.findResources('AWS::Events::Rule');
    expect(Object.values(rules).map(({ Properties }) => Properties.Name)).not.toContain('holdfast-new-key');
    app()
      .templates.get('holdfast-protection')!
      .hasResourceProperties('AWS::Scheduler::Schedule', { Name: 'holdfast-replicateKeys' });
  });

  it('name roles that IAM accepts, also with the longest name of an installation', () => {
    const longest = synthesized({ ...VAULT_DEPLOYMENT, name: 'a-name-of-20-letters' });
    const names = [...longest.templates.values()].flatMap(template =>
      Object.values(template.findResources('AWS::IAM::Role')).flatMap(({ Properties }) => Properties.RoleName ?? []),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name.length, name).toBeLessThanOrEqual(64);
  });

  it('describe themselves to the command line, in a parameter that Systems Manager accepts', () => {
    for (const stack of ['holdfast-recovery', 'holdfast-recovery-standby']) {
      const [parameter] = Object.values(app().templates.get(stack)!.findResources('AWS::SSM::Parameter'));
      const text: string = resolved(parameter!.Properties.Value);
      expect(text.length).toBeLessThan(4096);
      const suffix = stack.endsWith('standby') ? '-secondary' : '';
      expect(JSON.parse(text.replaceAll(/arn:aws:any[^"]*/g, 'https://example.com')).vaultRoles).toEqual(
        ['hands-on', 'operator', 'approver'].map(
          name => `arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-vault-${name}${suffix}`,
        ),
      );
    }
  });
});
