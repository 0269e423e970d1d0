/** One, two or three regions: with fewer, nothing exists for the others and nothing refers to them. */
import { Annotations, Match, type Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { FunctionConfig } from '../../lib/domain/function-config.ts';
import type { DeploymentInput } from '../../lib/infra/deployment.ts';
import { alarmsMade } from '../../lib/planner/fleet-cost.ts';
import { ACCOUNT, plainText, synthesized, VAULT_ACCOUNT } from './synthesized.ts';

const [primary, secondary] = ['eu-central-1', 'eu-west-1'];
const CHOICES: [number, DeploymentInput['regions']][] = [
  [1, { primary }],
  [2, { primary, secondary }],
  [3, example.regions],
];
const MODES = ['dedicated', 'pooled'] as const;
const ALWAYS = ['observability', 'protection', 'recovery', 'vault-primary'];
const OF_SECONDARY = ['replica-secondary', 'retention-secondary', 'vault-secondary', 'watch'];
const OF_TERTIARY = ['replica-tertiary', 'retention-tertiary', 'vault-tertiary'];
const stacksOf = (count: number) => [...ALWAYS, ...OF_SECONDARY, ...OF_TERTIARY].slice(0, [4, 8, 11][count - 1]);

/** Functions, alarms and permissions that concern copies in other regions. */
const OF_COPIES =
  /verify-replicas|replicate-keys|expire-replicas|ReplicateKey|ReplicaRegion|objects-without-replica|keys-without-replica|replica-expiry|replication-(behind|failed)|ReplicationLatency|ReplicationConfiguration/;

function configs(template: Template) {
  return Object.values(template.findResources('AWS::Lambda::Function'))
    .map(item => item.Properties.Environment?.Variables?.HOLDFAST_FUNCTION)
    .filter(variable => variable !== undefined)
    .map(variable => FunctionConfig.parse(JSON.parse(plainText(variable))));
}

describe.each(MODES)('with %s keys', mode => {
  it.each(CHOICES)('%i regions have their stacks and no others', (count, regions) => {
    const { templates } = synthesized({ regions, keys: { mode } });
    expect([...templates.keys()].sort()).toEqual(
      stacksOf(count)
        .map(stack => `holdfast-${stack}`)
        .sort(),
    );
  });

  it.each(CHOICES)('%i regions: no template names a region that the deployment does not have', (count, regions) => {
    const { templates } = synthesized({ regions, keys: { mode } });
    const text = JSON.stringify([...templates.values()].map(template => template.toJSON()));
    expect(text).toContain(primary);
    expect(text.includes('eu-west-1')).toBe(count > 1);
    expect(text.includes('eu-north-1')).toBe(count > 2);
  });

  it.each(CHOICES)('%i regions: tables, functions and keys agree on which others there are', (count, regions) => {
    const { templates } = synthesized({ regions, keys: { mode } });
    const others = Object.values(regions).slice(1);
    for (const table of Object.values(
      templates.get('holdfast-vault-primary')!.findResources('AWS::DynamoDB::GlobalTable'),
    ))
      expect(table.Properties.Replicas.map(({ Region }: { Region: string }) => Region).sort()).toEqual(
        Object.values(regions).sort(),
      );
    const made = configs(templates.get('holdfast-protection')!);
    expect(made.length).toBeGreaterThan(10);
    for (const { otherVaults, keys } of made) {
      expect(otherVaults.map(({ region }) => region)).toEqual(others);
      if (keys.mode === 'dedicated') expect(keys.replicaRegions).toEqual(others);
    }
    expect(others).toHaveLength(count - 1);
  });

  it.each(CHOICES)('%i regions have as many alarms as the bill', (_, regions) => {
    const template = synthesized({ regions, keys: { mode } }).templates.get('holdfast-observability')!;
    const tiers = { default: 'standard' as const, tenants: {} };
    expect(Object.keys(template.findResources('AWS::CloudWatch::Alarm'))).toHaveLength(
      alarmsMade({ regions, keys: { mode }, tiers }),
    );
  });

  it('one region has nothing that copies, compares or watches another', () => {
    const { templates } = synthesized({ regions: { primary }, keys: { mode } });
    for (const [name, template] of templates)
      expect(OF_COPIES.exec(JSON.stringify(template.toJSON()))?.[0], name).toBeUndefined();
    const all = synthesized({ keys: { mode } }).templates;
    expect(OF_COPIES.test(JSON.stringify([...all.values()].map(template => template.toJSON())))).toBe(true);
  });
});

describe('with an account for the vault', () => {
  it.each(CHOICES)('%i regions: no template names a region that the deployment does not have', (count, regions) => {
    const vault = { account: VAULT_ACCOUNT };
    const { templates } = synthesized({ regions, vault, account: ACCOUNT });
    const text = JSON.stringify([...templates.values()].map(template => template.toJSON()));
    expect(text).toContain(VAULT_ACCOUNT);
    expect(text.includes('eu-west-1')).toBe(count > 1);
    expect(text.includes('eu-north-1')).toBe(count > 2);
    expect(OF_COPIES.test(text)).toBe(count > 1);
  });
});

describe('one region', () => {
  it('is a warning of the synthesis: a lost region takes all backups with it', () => {
    const { vaults } = synthesized({ regions: { primary } });
    Annotations.fromStack(vaults.get('primary')!).hasWarning('*', Match.stringLikeRegexp('eu-central-1 alone'));
  });

  it('keeps multi-region keys, so that a region can be added later', () => {
    synthesized({ regions: { primary } })
      .templates.get('holdfast-vault-primary')!
      .hasResourceProperties('AWS::KMS::Key', { MultiRegion: true, KeySpec: 'ECC_NIST_P256' });
  });

  it.each([
    ['a second', 0],
    ['a third', 1],
  ])('adding %s region adds a replica to each table, and changes nothing else of the tables and keys', (_, before) => {
    const kept = (regions: DeploymentInput['regions']) => {
      const template = synthesized({ regions }).templates.get('holdfast-vault-primary')!;
      return ['AWS::DynamoDB::GlobalTable', 'AWS::KMS::Key', 'AWS::KMS::Alias'].flatMap(type =>
        Object.entries(template.findResources(type)).map(([id, { Properties }]) => {
          const { Replicas, KeyPolicy: _policy, ...rest } = Properties;
          return { replicas: Replicas?.length, resource: { id, ...rest } };
        }),
      );
    };
    const [fewer, more] = [kept(CHOICES[before]![1]), kept(CHOICES[before + 1]![1])];
    expect(more.map(({ resource }) => resource)).toEqual(fewer.map(({ resource }) => resource));
    expect(more.map(({ replicas }) => replicas)).toEqual(fewer.map(({ replicas }) => replicas && replicas + 1));
  });
});
