/**
 * A vault in an account of its own: the roles there have exactly what the functions' own roles have without it, only the
 * role of the same duty reaches each of them, and the account of the database reaches nothing else. Decided by an
 * independent evaluator, with the policies of both accounts.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { sessionPolicy } from '../../lib/aws/session-policy.ts';
import { tenantKeyPolicy } from '../../lib/domain/key-policy.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
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
} from './policy-simulation.ts';
import { ACCOUNT, type Loose, type Synthesized, VAULT_ACCOUNT } from './synthesized.ts';
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

const A = tenantRef('an installation', tenantId('acme'));
const B = tenantRef('an installation', tenantId('globex'));
const BUCKET = `arn:aws:s3:::holdfast-vault-${VAULT_ACCOUNT}-${REGION}`;
const KEY = `arn:aws:kms:${REGION}:${VAULT_ACCOUNT}:key/mrk-0123456789abcdef`;
/** What a region adds to a name. */
const PLACES: Record<string, string> = { [REGION]: '', 'eu-west-1': '-secondary', 'eu-north-1': '-tertiary' };

let both: ReadonlyMap<string, TwoAccounts>;

beforeAll(async () => {
  both = await twoAccountsByMode();
}, SETUP_TIMEOUT_MS);

const nameIn = (arn: string | undefined) => `${arn?.split('/').at(-1)}`;

describe.each(MODES)('with a vault account and %s keys', mode => {
  const of = () => both.get(mode)!;
  const ask = (who: Principal, what: Asked): Promise<Answer> => answer(of().world, who, what);
  /** Without the operators' and other regions' roles of the same functions. */
  const duties = () => [...of().vault.values()].filter(({ name }) => !OF_PEOPLE.test(name) && name !== DESTROYS_KEYS);
  const functionOf = (name: string): DeployedFunction =>
    of().world.deployed.find(({ config }) => [config.vaultRole, config.sessionRole].some(arn => nameIn(arn) === name))!;

  it('divides each function’s permissions: together they are what it has in one account, and nothing moves wrongly', () => {
    const { world, single, vault } = of();
    expect(world.deployed).toHaveLength(single.deployed.length);
    for (const { name, own, config, sessionRole } of single.deployed) {
      const here = world.deployed.find(each => each.name === name && each.config.region === config.region)!;
      const there = vault.get(nameIn(here.config.vaultRole))!;
      expect(allowedBy([...here.own.identity, ...there.identity]), name).toEqual(allowedBy(own.identity));
      if (sessionRole === undefined) continue;
      const tenants = vault.get(nameIn(here.config.sessionRole))!;
      expect(allowedBy(tenants.identity), name).toEqual(allowedBy(sessionRole.identity));
    }
  });

  it('leaves in the account of the database nothing but the roles to take there', () => {
    const policies = [...of().app.templates]
      .filter(([stack]) => !OF_VAULT.test(stack))
      .flatMap(([, template]) =>
        ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].map(type => template.findResources(type)),
      )
      .flatMap(found => Object.entries(found));
    expect(policies.length).toBeGreaterThan(60);
    for (const [id, { Properties }] of policies) {
      const statements: Loose[] = resolved(Properties.PolicyDocument.Statement);
      const rest = JSON.stringify(statements.filter(each => !takesRole(each)));
      // The asset with the tenant model, which people read.
      expect(
        rest.replaceAll(/"s3:GetObject","Effect":"Allow","Resource":"arn:aws:s3:::cdk-[^"]*"/g, ''),
        id,
      ).not.toMatch(/"(s3|dynamodb):/);
      expect(rest, id).not.toMatch(
        new RegExp(`${VAULT_ACCOUNT}|EncryptionContext:(holdfast|branch)|alias/holdfast/(vault|signing)`),
      );
      for (const role of statements.filter(takesRole).flatMap(each => each.Resource))
        expect(role, id).toMatch(new RegExp(`^arn:aws:iam::${VAULT_ACCOUNT}:role/holdfast-vault-`));
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
        expect(`${other.name} ${await ask(other, toTake(role))}`, role.name).toBe(`${other.name} ${expected}`);
      }
      for (const who of [
        person('Administrator'),
        person(`${name}-2`),
        person(name, '999900001111'),
        person('Administrator', VAULT_ACCOUNT),
      ])
        expect(await ask(who, toTake(role)), `${role.name} ${who.role}`).toBe('ImplicitlyDenied');
    }
  });

  it('asks both accounts: a function without the permission is refused too, and so is what the trust policy names', async () => {
    const role = of().vault.get('holdfast-vault-ship-log')!;
    const [ship, stranger] = [of().work.get('holdfast-ship-log')!, of().work.get('holdfast-read-part')!];
    expect(await ask({ ...ship, identity: stranger.identity }, toTake(role))).toBe('ImplicitlyDenied');
    expect(await ask({ ...stranger, identity: person('x').identity }, toTake(role))).toBe('ImplicitlyDenied');
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
      // Questions about a log need no other object of the tenant.
      const object = role.name.includes('-investigate-session') ? 'digest-key' : 'packs/1';
      const requests = (owner: string): Asked[] => [
        { action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/tenants/${owner}/${object}` },
        {
          ...{ action: 'kms:Decrypt', resource: KEY.replace(REGION, region), policy: tenantKeyPolicyOf(of().world) },
          context: { [`kms:EncryptionContext:${context}`]: owner },
        },
        {
          ...{ action: 'dynamodb:GetItem', context: { 'dynamodb:LeadingKeys': [owner] } },
          resource: `arn:aws:dynamodb:${region}:${VAULT_ACCOUNT}:table/${keysTable}`,
        },
      ];
      const expiry = /-(expire-tenant|clear-destroyed)-session$/.test(role.name);
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
});

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
