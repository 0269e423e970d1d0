import { describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import type { InputError } from '../../lib/domain/errors.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { parseDeployment } from '../../lib/infra/deployment.ts';
import { tenantSettings } from '../../lib/infra/holdfast-app.ts';
import { databaseIn } from '../../lib/infra/source-place.ts';
import { WITH_STANDBY } from './synthesized.ts';

const STANDBY = WITH_STANDBY.standby!;

// biome-ignore lint/suspicious/noExplicitAny: wrong input on purpose
type Loose = Record<string, any>;

function refusal(change: (input: Loose) => void): InputError {
  const input = structuredClone(example) as Loose;
  change(input);
  try {
    parseDeployment(input, 'deployment.ts');
  } catch (error) {
    return error as InputError;
  }
  throw new Error('The deployment was accepted.');
}

describe('a deployment configuration', () => {
  it('accepts the example and fills in every default', () => {
    const deployment = parseDeployment(example, 'deployment.example.ts');
    expect(deployment.schedules.ship).toEqual({ expression: 'rate(1 minute)', flexibleMinutes: 0, enabled: true });
    expect(deployment.retention.annualDays).toBe(2557);
    expect(deployment.source.slot).toBe('holdfast');
  });

  it.each<[string, string, (input: Loose) => void]>([
    ['regions', 'different regions', input => (input.regions.tertiary = 'eu-west-1')],
    ['regions.secondary', 'tertiary', input => delete input.regions.secondary],
    [
      'source.standby',
      'secondary region',
      input => {
        input.regions = { primary: 'eu-central-1' };
        input.source.standby = STANDBY;
      },
    ],
    ['regions.primary', 'AWS region', input => (input.regions.primary = 'Frankfurt')],
    ['installation', 'at least 8 characters', input => (input.installation = 'x')],
    ['source.vpcId', 'VPC id', input => (input.source.vpcId = '10.0.0.0/16')],
    ['source.slot', 'lower-case', input => (input.source.slot = 'Holdfast Slot')],
    ['source.port', '65535', input => (input.source.port = 99_999)],
    ['source.authentication.secretArn', 'ARN', input => (input.source.authentication.secretArn = 'hunter2')],
    ['alarms.emails', 'at least one', input => (input.alarms.emails = [])],
    ['alarms.emails.0', 'e-mail', input => (input.alarms.emails = ['nobody'])],
    ['alarms.webhooks.0', 'https', input => (input.alarms.webhooks = ['http://example.com'])],
    ['schedules.full.expression', 'cron', input => (input.schedules = { full: { expression: 'daily' } })],
    ['source.standby.host', 'expected string', input => (input.source.standby = { ...STANDBY, host: undefined })],
    ['source.standby.vpcId', 'VPC id', input => (input.source.standby = { ...STANDBY, vpcId: '10.0.0.0/16' })],
    [
      'source.standby.availabilityZones',
      'each subnet',
      input => (input.source.standby = { ...STANDBY, subnetIds: ['subnet-1', 'subnet-2'] }),
    ],
    [
      'source.standby.secretArn',
      'if the source uses a secret',
      input => (input.source.standby = { ...STANDBY, secretArn: undefined }),
    ],
    [
      'source.standby.secretArn',
      'and only then',
      input => {
        input.source.authentication = { kind: 'iam', user: 'holdfast' };
        input.source.standby = STANDBY;
      },
    ],
    [
      'source.standby.secretArn',
      'secondary region',
      input => (input.source.standby = { ...STANDBY, secretArn: input.source.authentication.secretArn }),
    ],
    ['account', 'vault account', input => (input.vault = { account: '444455556666' })],
    [
      'vault.account',
      'another account',
      input => {
        input.account = '444455556666';
        input.vault = { account: '444455556666' };
      },
    ],
    [
      'vault.operators.0',
      'ARN of a role',
      input => (input.vault = { account: '444455556666', operators: ['arn:aws:iam::111122223333:root'] }),
    ],
    [
      'vault.handsOn.0',
      'at least eight',
      input => (input.vault = { account: '444455556666', handsOn: ['arn:aws:iam::111122223333:role/*'] }),
    ],
    ['keys.mode', 'dedicated', input => (input.keys = { mode: 'shared' })],
    ['tiers.tenants.acme', 'critical', input => (input.tiers = { tenants: { acme: 'gold' } })],
    ['tiers.snapshotHours.critical', '>=1', input => (input.tiers = { snapshotHours: { critical: 0 } })],
    ['schedules.full.expression', 'rate(6 hours)', input => (input.tiers = { snapshotHours: { critical: 6 } })],
    ['tiers.query', 'one SELECT', input => (input.tiers = { query: 'DELETE FROM tenants' })],
    ['(top)', 'retain', input => (input.retain = {})],
  ])('names %s and the allowed values', (field, allowed, change) => {
    const error = refusal(change);
    expect(error.code).toBe('bad-deployment');
    expect(error.message).toContain(`${field}: `);
    expect(error.message).toContain(allowed);
  });

  it('passes the settings of individual tenants to functions by reference, never by id', () => {
    const deployment = parseDeployment(
      { ...example, tiers: { tenants: { acme: 'critical' } }, retention: { tenants: { acme: { logDays: 7 } } } },
      'example',
    );
    const acme = tenantRef(deployment.installation, tenantId('acme'));
    expect(tenantSettings(deployment)).toEqual({
      tiers: { [acme]: 'critical' },
      retention: { [acme]: { logDays: 7 } },
    });
    expect(JSON.stringify(tenantSettings(deployment))).not.toContain('acme');
    const query = 'SELECT id AS tenant FROM public.tenants';
    const queried = parseDeployment({ ...example, tiers: { query } }, 'example');
    expect(tenantSettings(queried)).toEqual({ tiers: {}, retention: {}, query });
  });

  it('takes hours between snapshots by tier, with a schedule that serves the strictest, and days for the others', () => {
    const schedules = { full: { expression: 'cron(0 1,7,13,19 * * ? *)' } };
    const { tiers } = parseDeployment({ ...example, schedules, tiers: { snapshotHours: { critical: 6 } } }, 'example');
    expect(tiers.snapshotHours).toEqual({ critical: 6, standard: 24, historical: 24, archive: 24 });
  });

  it('takes the fields that the standby omits from the source', () => {
    const deployment = parseDeployment({ ...example, source: { ...WITH_STANDBY, port: 5433 } }, 'example');
    const { host, port, authentication } = databaseIn(deployment, 'secondary');
    expect({ host, port }).toEqual({ host: STANDBY.host, port: 5433 });
    expect(authentication).toEqual({ kind: 'secret', secretArn: STANDBY.secretArn });
    expect(databaseIn(deployment, 'primary').host).toBe(example.source.host);
  });

  it('requires an availability zone for each subnet', () => {
    const error = refusal(input => input.source.availabilityZones.pop());
    expect(error.message).toContain('source.availabilityZones: must contain the availability zone of each subnet');
  });

  it('never prints the value of a wrong field: it may be a secret', () => {
    expect(refusal(input => (input.source.authentication.secretArn = 'hunter2')).message).not.toContain('hunter2');
  });
});
