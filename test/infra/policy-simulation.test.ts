/** What the policy evaluator is asked: a mistake in a test must not pass for a right that nobody has. */
import { beforeAll, describe, expect, it } from 'vitest';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { answer, type Principal, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, type Loose, synthesized } from './synthesized.ts';

const ROLE = `arn:aws:iam::${ACCOUNT}:role/Person`;
const OBJECT = { action: 's3:GetObject', resource: 'arn:aws:s3:::any/key' };
const personWith = (statement: Loose): Principal => ({
  ...{ name: 'person', role: ROLE },
  identity: [{ Effect: 'Allow', Action: '*', Resource: '*' }, statement].filter(Boolean),
});

let world: World;

beforeAll(async () => {
  await policyEvaluator();
  world = worldOf(synthesized());
}, SETUP_TIMEOUT_MS);

describe('the policy evaluator', () => {
  it('refuses questions about actions that AWS does not have, and policies that AWS would not accept', async () => {
    const misspelled = { action: 's3:GetObjekt', resource: OBJECT.resource };
    await expect(answer(world, personWith(undefined), misspelled)).rejects.toThrow('s3:GetObjekt is not an action');
    const both = { Effect: 'Deny', Action: 's3:*', NotAction: 's3:*', Resource: '*' };
    await expect(answer(world, personWith(both), OBJECT)).rejects.toThrow('cannot have both');
    expect(await answer(world, personWith(undefined), OBJECT)).toBe('Allowed');
  });

  it('compares the caller with its role, as AWS does, and not with its session', async () => {
    const except = (operator: string) => ({
      ...{ Effect: 'Deny', Action: 's3:*', Resource: '*' },
      Condition: { [operator]: { 'aws:PrincipalArn': ROLE } },
    });
    expect(await answer(world, personWith(except('ArnNotEquals')), OBJECT)).toBe('Allowed');
    expect(await answer(world, personWith(except('ArnEquals')), OBJECT)).toBe('ExplicitlyDenied');
  });

  it('denies without TLS, by the policy of the bucket', async () => {
    const resource = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-eu-central-1/key`;
    const plain = { action: 's3:GetObject', resource, context: { 's3:TlsVersion': '1.1' } };
    expect(await answer(world, personWith(undefined), plain)).toBe('ExplicitlyDenied');
  });
});
