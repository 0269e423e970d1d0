/**
 * Resources that can never be recreated: logical ids, names, and the properties whose change makes CloudFormation replace
 * the resource. If this test fails, an upgrade would abandon a customer's vault, catalog or keys: do not update the
 * expectation, change the code.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY, stateful } from './stack-summary.ts';
import { allStacks, type Loose, STANDBY_DEPLOYMENT, type Synthesized, synthesized } from './synthesized.ts';

const STATEFUL = ['vault-primary', 'vault-secondary', 'vault-tertiary', 'replica-secondary', 'replica-tertiary'];
const PINNED: Readonly<Record<string, readonly string[]>> = {
  'vault-primary': [
    'Alias PooledKeyAlias443614CC alias/holdfast/pool <PooledKey0E942679.Arn>',
    'Alias SigningKeyAliasFA392759 alias/holdfast/signing <SigningKeyEEFC2790.Arn>',
    'Alias VaultKeyAlias6C40A5EE alias/holdfast/vault <VaultKey6B75F33E.Arn>',
    'Bucket Vault23237E5B holdfast-vault-111122223333-eu-central-1 true',
    'GlobalTable Catalog742F25FD holdfast-catalog {"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}',
    'GlobalTable Keys4E30B592 holdfast-keys {"AttributeName":"branch-key-id","KeyType":"HASH"},{"AttributeName":"type","KeyType":"RANGE"}',
    'Key PooledKey0E942679 true',
    'Key SigningKeyEEFC2790 ECC_NIST_P256 SIGN_VERIFY true',
    'Key VaultKey6B75F33E',
  ],
  'vault-secondary': [
    'Alias VaultKeyAlias6C40A5EE alias/holdfast/vault <VaultKey6B75F33E.Arn>',
    'Bucket Vault23237E5B holdfast-vault-111122223333-eu-west-1 true',
    'Key VaultKey6B75F33E',
  ],
  'vault-tertiary': [
    'Alias VaultKeyAlias6C40A5EE alias/holdfast/vault <VaultKey6B75F33E.Arn>',
    'Bucket Vault23237E5B holdfast-vault-111122223333-eu-north-1 true',
    'Key VaultKey6B75F33E',
  ],
  'replica-secondary': [
    'Alias PooledKeyAliasE17DE976 alias/holdfast/pool <PooledKeyReplicaC540CE19.KeyId>',
    'Alias SigningKeyAlias0D6B8E22 alias/holdfast/signing <SigningKeyReplica271C0BAC.KeyId>',
    'ReplicaKey PooledKeyReplicaC540CE19 <PooledKeyPrimary3CE9794A.KeyMetadata.Arn>',
    'ReplicaKey SigningKeyReplica271C0BAC <SigningKeyPrimary597191BB.KeyMetadata.Arn>',
  ],
  'replica-tertiary': [
    'Alias PooledKeyAliasE17DE976 alias/holdfast/pool <PooledKeyReplicaC540CE19.KeyId>',
    'Alias SigningKeyAlias0D6B8E22 alias/holdfast/signing <SigningKeyReplica271C0BAC.KeyId>',
    'ReplicaKey PooledKeyReplicaC540CE19 <PooledKeyPrimary3CE9794A.KeyMetadata.Arn>',
    'ReplicaKey SigningKeyReplica271C0BAC <SigningKeyPrimary597191BB.KeyMetadata.Arn>',
  ],
};

let app: Synthesized;
beforeAll(() => {
  app = synthesized({ ...STANDBY_DEPLOYMENT, keys: { mode: 'pooled' } });
});

const resources = (stack: string): [string, Loose][] =>
  Object.entries(app.templates.get(`holdfast-${stack}`)!.toJSON().Resources);

const pinned = (stack: string) => stateful(resources(stack));

describe('what an upgrade must never replace', () => {
  it.each(STATEFUL)('in %s', stack => {
    expect(pinned(stack)).toEqual(PINNED[stack]);
  });

  it('is retained when removed or replaced, in stacks with termination protection', () => {
    for (const stack of STATEFUL) {
      expect(allStacks(app).find(each => each.stackName === `holdfast-${stack}`)!.terminationProtection).toBe(true);
      for (const [id, resource] of resources(stack)) {
        if (!(resource.Type in IDENTITY)) continue;
        expect(resource, `${stack} ${id}`).toMatchObject({
          ...{ DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' },
        });
      }
    }
  });

  it('is complete: no other stack has such a resource, except for the key that encrypts notices in transit', () => {
    const others = [...app.templates.keys()]
      .map(name => name.replace('holdfast-', ''))
      .filter(name => !STATEFUL.includes(name));
    expect(
      others.flatMap(stack =>
        pinned(stack).map(line =>
          line
            .split(' ')
            .slice(0, 2)
            .join(' ')
            .replace(/[0-9A-F]{8}$/, ''),
        ),
      ),
    ).toEqual([
      ...['Alias NoticesKeyAlias', 'Key NoticesKey'],
      // The watch has its own, and the standby.
      ...['Key NoticesKey', 'Alias NoticesKeyAlias', 'Key NoticesKey'],
    ]);
  });
});
