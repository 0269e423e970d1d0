/**
 * Which refusals of AWS may end by themselves after a deployment: a state machine waits five minutes for those, and for no
 * others (test/infra/state-machines.test.ts).
 */
import type { KMS } from '@aws-sdk/client-kms';
import type { STSClient } from '@aws-sdk/client-sts';
import { describe, expect, it } from 'vitest';
import { keyServiceFailure } from '../../../lib/aws/key-requests.ts';
import { openKmsSigner } from '../../../lib/aws/kms-signer.ts';
import { vaultFailure } from '../../../lib/aws/s3-errors.ts';
import { tenantSession } from '../../../lib/aws/tenant-session.ts';
import { serviceFailure } from '../../../lib/aws/transient.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const fault = (name: string, httpStatusCode = 400) =>
  Object.assign(new Error('Said.'), { name, $fault: 'client', $metadata: { httpStatusCode } });
const tenant = tenantRef('an installation', tenantId('acme'));
const failing = (name: string) => async () => {
  throw fault(name);
};

describe('a request that AWS denies', () => {
  it.each(['AccessDenied', 'AccessDeniedException'])('may settle, and a person is asked only later: %s', name => {
    expect(serviceFailure('catalog-unreachable', 'The catalog', fault(name))).toMatchObject({
      ...{ settles: true, retry: 'operator' },
    });
    expect(keyServiceFailure(fault(name), tenant)).toMatchObject({ code: 'keyring-unreachable', settles: true });
  });

  it('may settle in the vault, where S3 also answers for its key', () => {
    expect(vaultFailure(fault('AccessDenied', 403), 'bucket')).toMatchObject({ code: 'access-denied', settles: true });
  });

  it('may settle when a session is taken from a new role', async () => {
    const scope = {
      role: 'arn:aws:iam::111122223333:role/r',
      region: 'r',
      bucket: 'b',
      keysTable: 't',
      mode: 'pooled',
    };
    const options = (name: string) => ({
      sts: { send: failing(name) } as unknown as STSClient,
      scope: scope as Parameters<typeof tenantSession>[0]['scope'],
      clock: { now: () => new Date() },
    });
    const refused = { code: 'session-refused', retry: 'operator' };
    await expect(tenantSession(options('AccessDenied'), tenant)()).rejects.toMatchObject({ ...refused, settles: true });
    const packed = tenantSession(options('PackedPolicyTooLarge'), tenant);
    await expect(packed()).rejects.toMatchObject({ ...refused, settles: false });
  });
});

describe('an unknown key', () => {
  const signer = (name: string) =>
    openKmsSigner({ kms: { getPublicKey: failing(name) } as unknown as KMS, key: 'alias/x' });

  it('of the stacks may settle: its alias is new', async () => {
    for (const name of ['NotFoundException', 'AccessDeniedException'])
      await expect(signer(name), name).rejects.toMatchObject({ code: 'signer-unreachable', settles: true });
    await expect(signer('DisabledException')).rejects.toMatchObject({ settles: false });
  });

  it('of a tenant does not: it was there before its data', () => {
    for (const name of ['NotFoundException', 'DisabledException', 'KMSInvalidStateException'])
      expect(keyServiceFailure(fault(name), tenant), name).toMatchObject({ code: 'key-unusable', settles: false });
  });
});

describe('any other refusal', () => {
  it.each(['ValidationException', 'ResourceNotFoundException', 'UnrecognizedClientException', 'ExpiredToken'])(
    'does not settle: %s',
    name => {
      expect(serviceFailure('catalog-unreachable', 'The catalog', fault(name))).toMatchObject({ settles: false });
    },
  );
});
