/**
 * People and stacks of a vault account: who takes which role there, what each account deploys and watches, and that the
 * vault needs nothing of the other account.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type Answer, type Asked, answer, type Principal, resolved } from './policy-simulation.ts';
import {
  ACCOUNT,
  CONSOLE,
  type Loose,
  plainText,
  type Synthesized,
  synthesized,
  VAULT_ACCOUNT,
  VAULT_DEPLOYMENT,
} from './synthesized.ts';
import {
  allowedBy,
  DESTROYS_KEYS,
  MODES,
  OF_PEOPLE,
  OF_VAULT,
  person,
  type TwoAccounts,
  takesRole,
  toTake,
  twoAccountsByMode,
} from './vault-roles.ts';

let both: ReadonlyMap<string, TwoAccounts>;

beforeAll(async () => {
  both = await twoAccountsByMode();
}, SETUP_TIMEOUT_MS);

describe.each(MODES)('people with a vault account and %s keys', mode => {
  const of = () => both.get(mode)!;
  const ask = (who: Principal, what: Asked): Promise<Answer> => answer(of().world, who, what);
  const sso = (suffix: string) => person(`aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_${suffix}`);

  it('take the role of their policy if the deployment names theirs, and nobody else does', async () => {
    const role = (name: string) => of().vault.get(name)!;
    const may = async (who: Principal, name: string) => (await ask(who, toTake(role(name)))) === 'Allowed';
    expect(await may(sso('Operators_0123456789abcdef'), 'holdfast-vault-operator')).toBe(true);
    expect(await may(person('holdfast-operators'), 'holdfast-vault-operator')).toBe(true);
    expect(await may(person('holdfast-approvers'), 'holdfast-vault-approver')).toBe(true);
    expect(await may(person('holdfast-auditors'), 'holdfast-vault-auditor')).toBe(true);
    expect(await may(person('holdfast-legal-officers'), 'holdfast-vault-legal-officer')).toBe(true);
    expect(await may(person('holdfast-legal-officers'), 'holdfast-vault-auditor')).toBe(false);
    expect(await may(person('holdfast-auditors'), 'holdfast-vault-operator')).toBe(false);
    expect(await may(person('DatabaseAdministrators'), 'holdfast-vault-hands-on')).toBe(true);
    for (const who of [sso('Developers_0123456789abcdef'), person('Administrator'), person('DatabaseAdministrators2')])
      for (const name of ['operator', 'approver', 'auditor', 'hands-on'])
        expect(await may(who, `holdfast-vault-${name}`), `${who.name} ${name}`).toBe(false);
    expect(await may(person('holdfast-operators'), 'holdfast-vault-hands-on')).toBe(false);
    expect([...of().vault.keys()].filter(name => OF_PEOPLE.test(name)).sort()).toEqual([
      ...['holdfast-vault-approver', 'holdfast-vault-approver-secondary'],
      ...['holdfast-vault-auditor', 'holdfast-vault-auditor-secondary'],
      ...['holdfast-vault-hands-on', 'holdfast-vault-hands-on-secondary'],
      'holdfast-vault-legal-officer',
      ...['holdfast-vault-operator', 'holdfast-vault-operator-secondary'],
    ]);
  });

  it('keep the source identity that their provider set, and can set no other', async () => {
    const set = { action: 'sts:SetSourceIdentity' };
    for (const role of of().vault.values()) {
      const people = OF_PEOPLE.test(role.name);
      const text = JSON.stringify(role.trust.Statement);
      expect(text.includes('SetSourceIdentity'), role.name).toBe(people);
      if (!people) continue;
      const [first] = [role.trust.Statement[0].Condition.ArnLike['aws:PrincipalArn']].flat();
      const who = person(first.split(':role/')[1].replace('*', '0123456789abcdef'));
      // As IAM reads it: the evaluator knows no policy variables. One without a value matches nothing.
      const asked = (context: Record<string, string>) => {
        const { policy, ...what } = toTake(role);
        const own = context['aws:SourceIdentity'] ?? '(none)';
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable
        const filled = JSON.parse(JSON.stringify(policy).replaceAll('${aws:SourceIdentity}', own));
        return ask(who, { ...what, ...set, policy: filled, context });
      };
      // The role of an earlier session: nothing is asked for, and the source identity goes along.
      expect(await asked({ 'aws:SourceIdentity': 'ann' }), role.name).toBe('Allowed');
      const same = { 'aws:SourceIdentity': 'ann', 'sts:SourceIdentity': 'ann' };
      expect(await asked(same), role.name).toBe('Allowed');
      const another = { 'aws:SourceIdentity': 'ann', 'sts:SourceIdentity': 'bob' };
      expect(await asked(another), role.name).toBe('ImplicitlyDenied');
      expect(await asked({ 'sts:SourceIdentity': 'bob' }), role.name).toBe('ImplicitlyDenied');
      expect(await ask(person('Administrator'), { ...toTake(role), ...set })).toBe('ImplicitlyDenied');
    }
  });

  it('are as many as a trust policy holds: synthesis refuses more', () => {
    const named = (count: number) => ({
      ...VAULT_DEPLOYMENT,
      keys: { mode },
      vault: {
        ...VAULT_DEPLOYMENT.vault!,
        operators: Array.from(
          { length: count },
          (_, n) =>
            `arn:aws:iam::${100000000000 + n}:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Operators${n}_*`,
        ),
      },
    });
    const trustOf = (count: number) => {
      const roles = synthesized(named(count)).templates.get('holdfast-vault-access')!.findResources('AWS::IAM::Role');
      const found = Object.values(roles).find(({ Properties }) => Properties.RoleName === 'holdfast-vault-operator');
      return JSON.stringify(resolved(found!.Properties.AssumeRolePolicyDocument));
    };
    expect(trustOf(9).length).toBeGreaterThan(1500);
    expect(trustOf(9).length).toBeLessThanOrEqual(2048);
    expect(() => synthesized(named(12))).toThrowError('vault.operators: must fit into one trust policy');
  });

  it('have there what their policies allow in one account, and a policy that takes the role', () => {
    for (const name of ['operator', 'approver', 'auditor', 'hands-on']) {
      const policyIn = (change: typeof VAULT_DEPLOYMENT) => managed(synthesized({ ...change, keys: { mode } }), name);
      const here = policyIn(VAULT_DEPLOYMENT);
      const there = of().vault.get(`holdfast-vault-${name}`)!;
      const { vault: _, ...one } = VAULT_DEPLOYMENT;
      // The object with the tenant model is in the bucket of the CDK's assets, of the account of the database.
      expect(allowedBy([...here, ...there.identity]), name).toEqual(allowedBy(policyIn(one)));
      expect(here.filter(takesRole).map(each => each.Resource)).toEqual([there.role]);
      expect(JSON.stringify(here.filter(each => !takesRole(each)))).not.toContain(VAULT_ACCOUNT);
    }
  });

  it('destroy keys with a role of the account of the keys', async () => {
    const role = of().vault.get(DESTROYS_KEYS)!;
    expect(await ask(person('Officer', VAULT_ACCOUNT), { ...toTake(role), owner: VAULT_ACCOUNT })).toBe('Allowed');
    expect(await ask(person('Administrator'), toTake(role))).toBe('ImplicitlyDenied');
  });
});

function managed({ templates }: Synthesized, name: string): Loose[] {
  const all = Object.values(templates.get('holdfast-recovery')!.findResources('AWS::IAM::ManagedPolicy'));
  const found = all.find(({ Properties }) => Properties.ManagedPolicyName === `holdfast-${name}`)!;
  return resolved(found.Properties.PolicyDocument.Statement);
}

describe('the stacks of a vault account', () => {
  const app = () => both.get('dedicated')!.app;

  it('are those of vault and keys, with who reaches them and what watches them; all others stay', () => {
    const accounts = Object.fromEntries(
      app()
        .app.synth()
        .stacks.map(each => [each.stackName, each.environment.account]),
    );
    for (const [stack, account] of Object.entries(accounts))
      expect(account, stack).toBe(OF_VAULT.test(stack) ? VAULT_ACCOUNT : ACCOUNT);
    expect(Object.keys(accounts)).toHaveLength(17);
  });

  it('need nothing of the other account at their deployment, which comes first', () => {
    for (const stack of app().app.synth().stacks) {
      const needed = stack.dependencies
        .map(each => each.id)
        .filter(id => id.startsWith('holdfast-') && !/\.assets$/.test(id));
      if (OF_VAULT.test(stack.stackName))
        expect(
          needed.filter(id => !OF_VAULT.test(id)),
          stack.stackName,
        ).toEqual([]);
      else if (!stack.stackName.includes('observability'))
        expect(needed, stack.stackName).toContain('holdfast-vault-access-elsewhere');
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

  it('fit their names into the environment of functions and the parameter, however long they are', () => {
    const pinnedRoles = Array.from({ length: 20 }, (_, n) => `${n}`.padStart(64, 'a-role-'));
    const { people, source } = VAULT_DEPLOYMENT;
    const longest = synthesized({
      ...{ ...VAULT_DEPLOYMENT, source: source!, name: 'a-name-of-20-letters', people: { ...people, pinnedRoles } },
      console: CONSOLE,
      regions: { primary: 'ap-southeast-1', secondary: 'eu-west-1', tertiary: 'ap-northeast-1' },
    });
    const parameters: number[] = [];
    for (const template of longest.templates.values()) {
      for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
        const variables = Object.entries<Loose>(resolved(Properties.Environment?.Variables ?? {}));
        expect(variables.reduce((sum, [name, value]) => sum + name.length + value.length, 0)).toBeLessThanOrEqual(4096);
      }
      for (const { Properties } of Object.values(template.findResources('AWS::SSM::Parameter'))) {
        parameters.push(resolved(Properties.Value).length);
        expect(resolved(Properties.Value).length).toBeLessThanOrEqual(8192);
        expect(Properties.Tier).toBe('Intelligent-Tiering');
      }
    }
    // More than the standard tier holds.
    expect(Math.max(...parameters)).toBeGreaterThan(4096);
  });

  it('describe themselves to the command line, in a parameter that Systems Manager accepts', () => {
    for (const stack of ['holdfast-recovery', 'holdfast-recovery-standby']) {
      const [parameter] = Object.values(app().templates.get(stack)!.findResources('AWS::SSM::Parameter'));
      const text: string = resolved(parameter!.Properties.Value);
      // The advanced tier, which intelligent tiering chooses above 4 KB.
      expect(text.length).toBeLessThanOrEqual(8192);
      const standby = stack.endsWith('standby');
      const people = ['hands-on', 'auditor', 'operator', ...(standby ? [] : ['legal-officer']), 'approver'];
      expect(JSON.parse(text.replaceAll(/arn:aws:any[^"]*/g, 'https://example.com')).vaultRoles).toEqual(
        people.map(name => `arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-vault-${name}${standby ? '-secondary' : ''}`),
      );
    }
  });
});
