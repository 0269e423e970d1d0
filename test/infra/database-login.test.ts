/** How functions log in to the database, and by which certificates they recognize it. */
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { CA_FILE } from '../../lib/domain/function-config.ts';
import { NO_GOVERNANCE } from '../../lib/domain/governance-settings.ts';
import { NO_OPERATIONS } from '../../lib/domain/operations-settings.ts';
import { databaseCertificates } from '../../lib/infra/constructs/database-certificates.ts';
import { functionCode } from '../../lib/infra/constructs/function-code.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { type Loose, stackTemplate } from './synthesized.ts';

const SECRET = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:app-AbCdEf';
const KEY = 'arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d-0000-1111-2222-333344445555';
const withSecret = (more: object) => ({
  source: {
    ...example.source,
    authentication: { kind: 'secret' as const, secretArn: SECRET, ...more },
    standby: undefined,
  },
});
const files = {
  format: 'holdfast.installation-files/1' as const,
  model: '',
  tenants: { tiers: {}, retention: {} },
  governance: NO_GOVERNANCE,
  operations: NO_OPERATIONS,
};

function statements(change: object, action: string): Loose[] {
  const policies = Object.values(stackTemplate('protection', change as Loose).findResources('AWS::IAM::Policy'));
  return policies
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter((statement: Loose) => [statement.Action].flat().includes(action));
}

describe('a secret under a customer’s key', () => {
  const decrypts = (change: object) =>
    statements(change, 'kms:Decrypt').filter(({ Condition }: Loose) => Condition?.StringEquals?.['kms:ViaService']);

  it('is decrypted by Secrets Manager for the functions that read it, and for nothing else', () => {
    const found = decrypts(withSecret({ secretKeyArn: KEY }));
    expect(found.length).toBe(statements(withSecret({ secretKeyArn: KEY }), 'secretsmanager:GetSecretValue').length);
    for (const { Resource, Condition } of found) {
      expect(Resource).toBe(KEY);
      expect(Condition.StringEquals['kms:EncryptionContext:SecretARN']).toBe(SECRET);
      expect(JSON.stringify(Condition.StringEquals['kms:ViaService'])).toContain('secretsmanager.eu-central-1.');
    }
  });

  it('is not granted where the secret is under the key of AWS', () => {
    expect(decrypts(withSecret({}))).toEqual([]);
  });
});

describe('the certificates of the database', () => {
  const deployment = parseDeployment(example, 'deployment.example.ts');
  const pinned = databaseCertificates(deployment);

  it('are roots of Amazon RDS, valid for years', () => {
    const found = pinned.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)!;
    expect(found.length).toBeGreaterThan(75);
    for (const pem of found) {
      const { subject, issuer, ca, validTo } = new X509Certificate(pem);
      expect(subject).toContain('O=Amazon Web Services\\, Inc.');
      expect([issuer, ca]).toEqual([subject, true]);
      expect(new Date(validTo).getTime(), subject).toBeGreaterThan(Date.parse('2030-01-01'));
    }
  });

  it('are in the code of the functions', () => {
    expect(readFileSync(join(functionCode(files, pinned), CA_FILE), 'utf8')).toBe(pinned);
  });

  it('are refused at synthesis for a region that they do not cover, until the deployment names a file', () => {
    const elsewhere = { ...deployment, regions: { ...deployment.regions, primary: 'il-central-1' } };
    expect(() => databaseCertificates(elsewhere)).toThrow(expect.objectContaining({ code: 'no-database-ca' }));
    const file = join(mkdtempSync(join(tmpdir(), 'holdfast-ca-')), 'bundle.pem');
    writeFileSync(file, pinned);
    expect(databaseCertificates(elsewhere, file)).toBe(pinned);
    writeFileSync(file, 'nothing');
    expect(() => databaseCertificates(elsewhere, file)).toThrow(expect.objectContaining({ code: 'no-database-ca' }));
    expect(() => databaseCertificates(elsewhere, '/no/such/file')).toThrow(
      expect.objectContaining({ code: 'no-database-ca' }),
    );
  });
});
