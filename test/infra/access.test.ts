/** What no role of any function can do: checked over every statement of every template. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DONE_PARTITION } from '../../lib/domain/function-config.ts';
import { type Loose, plainText, statements, synthesized } from './synthesized.ts';

interface Granted {
  readonly role: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly statement: Loose;
}

const list = (value: Loose): Loose[] => (Array.isArray(value) ? value : [value]);
const byMode = new Map<string, Granted[]>();

beforeAll(() => {
  for (const mode of ['dedicated', 'pooled'] as const) {
    const { templates } = synthesized({ keys: { mode } });
    const granted = [...templates.values()]
      .flatMap(statements)
      .filter(({ statement }) => statement.Effect === 'Allow')
      .map(({ role, statement }) => ({
        ...{ role, statement, actions: list(statement.Action) },
        resources: list(statement.Resource).map(plainText),
      }));
    byMode.set(mode, granted);
  }
});

const functionRole = /^<Functions(\w+?)Role[0-9A-F]+>$/;

describe.each(['dedicated', 'pooled'])('the roles, with %s keys', mode => {
  const all = () => byMode.get(mode)!;
  const of = (pattern: RegExp) => all().filter(({ actions }) => actions.some(action => pattern.test(action)));
  const nameOf = (role: string) => functionRole.exec(role)?.[1] ?? role;

  it('can delete objects only if they expire backups', () => {
    const deleting = of(/^s3:Delete/).map(({ role }) => nameOf(role));
    expect(deleting.sort()).toEqual([
      'cleardestroyedSession',
      'expirelog',
      'expirereplicas',
      'expirereplicas',
      'expiretenantSession',
    ]);
  });

  it('can never bypass a retention, change a lock or a bucket, or use every action of a service', () => {
    expect(of(/Bypass|PutBucket|PutObjectLock|DeleteBucket|PutLifecycle|PutReplication|^\*$|:\*$/)).toEqual([]);
  });

  it('can never delete or disable a key, change its policy, or delete a table, except for the role that destroys a key', () => {
    const dangerous = of(/^kms:(Schedule|Disable|PutKeyPolicy|DeleteAlias|UpdateAlias|UpdatePrimary|CreateGrant)/);
    expect(dangerous.map(({ role, actions }) => [role.replace(/[0-9A-F]{8}>$/, ''), actions])).toEqual(
      mode === 'dedicated'
        ? [['<DestroyKeysRole', ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion', 'kms:EnableKey']]]
        : [],
    );
    expect(of(/^dynamodb:(Scan|DeleteTable|UpdateTable|BatchWriteItem)/)).toEqual([]);
  });

  it('name their resources, except where resources have no name yet or IAM supports none', () => {
    const everything = all().filter(({ resources }) => resources.includes('*'));
    const why = everything.flatMap(({ actions }) => actions);
    // Traces, network interfaces, log deliveries, task tokens and the account's settings support no resource; a tenant's key has no ARN until it is created.
    const allowed =
      /^(xray:|ec2:(Create|Describe|Delete)NetworkInterface|ec2:(Assign|Unassign)PrivateIp|ec2:DescribeSubnets|logs:|states:SendTask|kms:CreateKey|kms:TagResource|lambda:GetAccountSettings)/;
    expect(why.filter(action => !allowed.test(action))).toEqual([]);
  });

  it('request a tenant data key only with a tenant in the encryption context', () => {
    const tenantKeys = all().filter(
      ({ actions, statement }) =>
        actions.some(action => /^kms:(Decrypt|GenerateDataKey|Encrypt)/.test(action)) &&
        !statement.Condition?.['ForAnyValue:StringEquals']?.['kms:ResourceAliases'] &&
        list(statement.Resource)
          .map(plainText)
          .some(resource => resource.endsWith('key/*')),
    );
    expect(tenantKeys.length).toBeGreaterThan(0);
    for (const { statement } of tenantKeys) {
      const { Null, StringEquals } = statement.Condition;
      expect(Object.keys(Null ?? StringEquals)).toEqual([
        mode === 'pooled' ? 'kms:EncryptionContext:branch-key-id' : 'kms:EncryptionContext:holdfast:owner',
      ]);
      // Any one tenant; or the system, whose key opens shared objects; or the auditors, for the audit trail.
      const [owner] = Object.values(Null ?? StringEquals);
      expect(Null ? ['false'] : ['system', 'auditors']).toContain(owner);
    }
  });

  it('use only keys that are restricted by alias or encryption context', () => {
    const keyUse = of(/^kms:(Decrypt|Encrypt|GenerateDataKey|Sign|ReEncrypt)/).filter(({ resources }) =>
      resources.some(resource => resource.endsWith('key/*')),
    );
    expect(keyUse.filter(({ statement }) => statement.Condition === undefined)).toEqual([]);
  });

  it('create tenant keys and seal under them only in functions that write backups: verification and rebuild only open', () => {
    const sealing = of(/^kms:(CreateKey|Encrypt|GenerateDataKeyWithoutPlaintext)$/).map(({ role }) => nameOf(role));
    expect(sealing.filter(role => role.startsWith('verifybackup'))).toEqual([]);
    expect(sealing).not.toContain('rebuildcatalog');
    expect(sealing).not.toContain('stagerestore');
    expect(sealing).toContain('shiplog');
  });

  it('read the database password only in functions that use the database', () => {
    const readers = of(/^secretsmanager:/)
      .map(({ role }) => nameOf(role))
      .sort();
    expect(readers).toEqual([
      ...[
        'applyrestore',
        'archivetenant',
        'beginepoch',
        'checkrestore',
        'cleanstaging',
        'commitsnapshot',
        'exporttenant',
        'foldtenant',
        'handoverrestore',
      ],
      ...[
        'planfleet',
        'plangroup',
        'planrestore',
        'plansnapshot',
        'preflight',
        'previewrestore',
        'readpart',
        'shiplog',
        'stagerestore',
      ],
      'verifybackup',
    ]);
  });

  it('record failures with access only to the idempotency records and the failures in the catalog', () => {
    const recorders = all().filter(({ role }) => /^record/.test(nameOf(role)));
    const tables = recorders.filter(({ actions }) => actions.some(action => action.startsWith('dynamodb:')));
    expect(tables.map(({ role }) => nameOf(role))).toEqual([
      ...['recordfailure', 'recordfailure', 'recordrestorefailure', 'recordrestorefailure'],
    ]);
    for (const { statement } of tables) {
      const [partition] = statement.Condition['ForAllValues:StringEquals']['dynamodb:LeadingKeys'];
      expect([[DONE_PARTITION], ['failures']]).toContainEqual([partition]);
      // Without this, a request that names no key at all would satisfy ForAllValues.
      expect(statement.Condition.Null).toEqual({ 'dynamodb:LeadingKeys': 'false' });
    }
  });

  it('start backups only from the shipper and the schedules', () => {
    const starters = of(/^states:StartExecution$/).filter(({ resources }) =>
      /back-up-fleet|BackUpFleet/.test(resources.join()),
    );
    expect(starters.map(({ role }) => nameOf(role)).filter(role => !/Scheduler|BackUpFleet/.test(role))).toEqual([
      'shiplog',
      // For the schedules.
      'startrun',
    ]);
  });
});
