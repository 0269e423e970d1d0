/**
 * What each function can and cannot do, according to MiniStack's policy evaluator. S3 itself refuses to shorten a
 * COMPLIANCE lock: test/contract/s3-lock.test.ts. The actual requests of the operations are recorded in
 * test/integration/recorded-requests.ts and evaluated against the same policies.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import example from '../../deployment.example.ts';
import { destroyingPolicy, type SessionScope, sessionPolicy } from '../../lib/aws/session-policy.ts';
import { keyAliasOf } from '../../lib/domain/key-alias.ts';
import { AUDITORS, SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { policyEvaluator } from '../support/policy-evaluator.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type Answer, type Asked, answer, type Principal, REGION, type World, worldOf } from './policy-simulation.ts';
import { ACCOUNT, CONSOLE, DRILLS, synthesized } from './synthesized.ts';

const A = tenantRef('an installation', tenantId('acme'));
const B = tenantRef('an installation', tenantId('globex'));
const BUCKET = `arn:aws:s3:::holdfast-vault-${ACCOUNT}-${REGION}`;
const KEY = `arn:aws:kms:${REGION}:${ACCOUNT}:key/mrk-0123456789abcdef`;
const FOR_ONE_TENANT = [
  ...['plan-snapshot', 'read-part', 'commit-snapshot', 'fold-tenant', 'verify-backup', 'expire-tenant'],
  ...['check-restore', 'plan-restore', 'stage-restore', 'preview-restore', 'hand-over-restore', 'apply-restore'],
  ...['clean-staging', 'begin-member', 'note-member', 'request-action', 'place-hold', 'release-hold', 'change-policy'],
  'destroy-tenant',
  'keep-holds',
  'drill-tenant',
  'archive-tenant',
  'export-tenant',
];
const READING_THE_LOG = [
  ...['plan-fleet', 'plan-snapshot', 'commit-snapshot', 'fold-tenant', 'verify-backup', 'plan-restore'],
  ...['stage-restore', 'rebuild-log', 'investigate', 'serve-tenant', 'place-hold', 'release-hold', 'keep-holds'],
  'drill-tenant',
  'archive-tenant',
  'export-tenant',
  'request-action',
];
/** The last two read what is sealed, and have no tenant's key; a report opens manifests, and reads no rows. */
const FOR_ALL = [
  'build-report',
  ...['ship-log', 'begin-epoch', 'preflight', 'plan-rebuild', 'rebuild-catalog'],
  ...['verify-replicas', 'expire-replicas'],
];
const READING_ONLY = [
  'verify-backup',
  'expire-tenant',
  'check-restore',
  'plan-restore',
  'stage-restore',
  'begin-member',
  'note-member',
  'request-action',
  'change-policy',
  'destroy-tenant',
  'drill-tenant',
];
/** What people do through these, and what these do for them, is in the audit trail. */
const RECORDING = [
  ...['request-restore', 'approve', 'acknowledge-failure', 'investigate', 'hand-over-restore', 'apply-restore'],
  ...['clean-staging', 'anchor-audit', 'verify-audit', 'request-action', 'place-hold', 'release-hold', 'change-policy'],
  ...['destroy-tenant', 'finish-destructions', 'end-drill', 'export-tenant', 'serve-api', 'serve-tenant'],
  ...['serve-requests', 'serve-rows'],
];
const OPENING_EVENTS = [
  ...[
    'build-report',
    'verify-audit',
    'approve',
    'request-action',
    'place-hold',
    'release-hold',
    'change-policy',
    'destroy-tenant',
    'export-tenant',
  ],
];
/** They store records of holds. */
const HOLDING = ['place-hold', 'release-hold'];
const EXPIRING = ['expire-tenant', 'expire-log'];

const worlds = new Map<string, World>();

beforeAll(async () => {
  await policyEvaluator();
  for (const mode of ['dedicated', 'pooled'] as const)
    worlds.set(mode, worldOf(synthesized({ keys: { mode }, drills: DRILLS, console: CONSOLE })));
}, SETUP_TIMEOUT_MS);

const object = (action: string, key: string): Asked => ({ action: `s3:${action}`, resource: `${BUCKET}/${key}` });
const list = (prefix?: string): Asked => ({
  ...{ action: 's3:ListBucket', resource: BUCKET },
  ...(prefix !== undefined && { context: { 's3:prefix': prefix } }),
});
/** A key without an alias: in KMS authorization, a new key has none yet. */
const tenantKey = (mode: string, action: string, owner: string | undefined): Asked => ({
  ...{ action: `kms:${action}`, resource: KEY },
  ...(owner !== undefined && {
    context: { [`kms:EncryptionContext:${mode === 'pooled' ? 'branch-key-id' : 'holdfast:owner'}`]: owner },
  }),
});
const keyRow = (action: string, owner: string): Asked => ({
  ...{ action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-keys` },
  context: { 'dynamodb:LeadingKeys': [owner] },
});

const holdChange = (key: string, status: string): Asked => ({
  ...object('PutObjectLegalHold', key),
  context: { 's3:object-lock-legal-hold': status },
});
/** The index, the records, and the list of them. */
const SEES_HOLDS: Asked[] = [
  {
    ...{ action: 'dynamodb:GetItem', resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-catalog` },
    context: { 'dynamodb:LeadingKeys': ['holds#standing'] },
  },
  object('GetObject', `governance/holds/${A}/records/0mfs8t2xk-4k2j9x1q/hold`),
  list(`governance/holds/${A}/records/`),
];

const READS = ['GetObject', 'GetObjectVersion', 'GetObjectRetention', 'GetObjectLegalHold', 'GetObjectVersionTagging'];

describe.each(['dedicated', 'pooled'])('with %s keys', mode => {
  const world = () => worlds.get(mode)!;
  const fn = (name: string) => world().functions.get(name)!;
  const ask = (principal: Principal, asked: Asked): Promise<Answer> => answer(world(), principal, asked);
  async function every(principal: Principal, asked: readonly Asked[], expected: string): Promise<void> {
    for (const each of asked) {
      expect(`${each.action} ${each.resource} ${await ask(principal, each)}`).toMatch(new RegExp(` ${expected}$`));
    }
  }
  const ofTenant = (ref: TenantRef): Asked[] => [
    ...READS.flatMap(action => [object(action, `tenants/${ref}/packs/1`), object(action, `checkpoints/${ref}/b/plan`)]),
    list(`tenants/${ref}/manifests/`),
    list(`checkpoints/${ref}/b/00000-`),
    tenantKey(mode, 'Decrypt', ref),
    keyRow('GetItem', ref),
    keyRow('Query', ref),
  ];

  describe.each(FOR_ONE_TENANT)('%s', name => {
    it('reaches the objects, the key and the key table rows of the tenant of its session', async () => {
      const wanted = ofTenant(A);
      // Expiry removes objects that it cannot open.
      const asked = name === 'expire-tenant' ? wanted.filter(({ action }) => action.startsWith('s3:')) : wanted;
      await every(fn(name).inSession(A), asked, 'Allowed');
    });

    it('reaches nothing of another tenant in that session', async () => {
      await every(fn(name).inSession(A), ofTenant(B), 'ImplicitlyDenied');
      const writes = ['PutObject', 'PutObjectRetention', 'DeleteObjectVersion', 'DeleteObject'];
      const foreign = writes.map(action => object(action, `tenants/${B}/packs/1`));
      await every(fn(name).inSession(A), foreign, 'ImplicitlyDenied');
      await every(
        fn(name).inSession(A),
        [list(), list(''), list('tenants/'), list('checkpoints/')],
        'ImplicitlyDenied',
      );
      await every(fn(name).inSession(A), [tenantKey(mode, 'Decrypt', undefined)], 'ImplicitlyDenied');
      await every(fn(name).inSession(A), [keyRow('PutItem', B)], 'ImplicitlyDenied');
      // The session policy prevents it: the role alone would reach every tenant.
      expect(await ask(fn(name).sessionRole!, object('GetObject', `tenants/${B}/packs/1`))).toBe('Allowed');
    });

    it('reaches no tenant without a session', async () => {
      for (const ref of [A, B]) await every(fn(name).own, ofTenant(ref), 'ImplicitlyDenied');
      await every(fn(name).own, [list(), list('tenants/'), tenantKey(mode, 'Decrypt', undefined)], 'ImplicitlyDenied');
      await every(fn(name).own, [object('PutObject', `tenants/${A}/packs/1`)], 'ImplicitlyDenied');
    });

    it('can assume its own session role and no other', async () => {
      for (const other of FOR_ONE_TENANT) {
        const asked = { action: 'sts:AssumeRole', resource: fn(other).sessionRole!.role };
        expect(await ask(fn(name).own, asked), other).toBe(other === name ? 'Allowed' : 'ImplicitlyDenied');
      }
    });

    it('cannot change the log that all tenants share', async () => {
      for (const who of [fn(name).own, fn(name).inSession(A)]) {
        const changes = ['PutObject', 'DeleteObjectVersion', 'PutObjectRetention'];
        await every(
          who,
          changes.flatMap(action => [object(action, 'log/packs/1'), object(action, 'system/x')]),
          'ImplicitlyDenied',
        );
      }
    });
  });

  it('reads the log and opens data under the system key without a session, in steps that read the log', async () => {
    for (const name of READING_THE_LOG) {
      const log = READS.flatMap(action => [object(action, 'log/packs/1'), object(action, 'system/digest-key')]);
      const asked = [...log, list('log/manifests/0000'), tenantKey(mode, 'Decrypt', SYSTEM), keyRow('GetItem', SYSTEM)];
      await every(fn(name).own, asked, 'Allowed');
    }
  });

  it('drills a lost region with the rights of the other region alone', async () => {
    const { own, inSession, config } = fn('region-drill-tenant');
    const there = (asked: Asked): Asked => ({ ...asked, resource: asked.resource.replace(REGION, 'eu-west-1') });
    expect(config.bucket).toContain('eu-west-1');
    await every(inSession(A), ofTenant(A).map(there), 'Allowed');
    await every(own, [object('GetObject', 'log/packs/1'), tenantKey(mode, 'Decrypt', SYSTEM)].map(there), 'Allowed');
    const first = [...ofTenant(A), object('GetObject', 'log/packs/1'), tenantKey(mode, 'Decrypt', SYSTEM)];
    await every(inSession(A), first, 'ImplicitlyDenied');
    await every(own, first, 'ImplicitlyDenied');
    const writes = ['PutObject', 'PutObjectRetention', 'DeleteObjectVersion'].map(action => object(action, 'log/x'));
    const catalog = ['PutItem', 'UpdateItem', 'DeleteItem'].map(action => ({
      ...{ action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-catalog` },
      context: { 'dynamodb:LeadingKeys': ['tenants'] },
    }));
    await every(
      own,
      [...writes, ...catalog].flatMap(each => [each, there(each)]),
      'ImplicitlyDenied',
    );
  });

  it('drills in the scratch database and never in the source, and signs records in one step only', async () => {
    const secret = (name: string): Asked => ({
      action: 'secretsmanager:GetSecretValue',
      resource: `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:holdfast/${name}-AbCdEf`,
    });
    const record = object('PutObject', 'governance/drills/system/accident/0mfs8t2xk-4k2j9x1q');
    for (const name of ['plan-drill', 'begin-round', 'drill-tenant', 'end-drill', 'region-drill-tenant']) {
      await every(fn(name).own, [secret('scratch')], 'Allowed');
      await every(fn(name).own, [secret('database')], 'ImplicitlyDenied');
      await every(fn(name).own, [record], name === 'end-drill' ? 'Allowed' : 'ImplicitlyDenied');
      if (name !== 'drill-tenant' && name !== 'region-drill-tenant')
        await every(
          fn(name).own,
          [object('GetObject', `tenants/${A}/packs/1`), tenantKey(mode, 'Decrypt', A)],
          'ImplicitlyDenied',
        );
    }
  });

  it.each(['investigate', 'serve-tenant'])(
    '%s answers questions about a log with its key and digest key alone, and writes nothing',
    async name => {
      const { own, inSession, sessionRole } = fn(name);
      const needed = (ref: TenantRef) => [
        ...[object('GetObject', `tenants/${ref}/digest-key`), tenantKey(mode, 'Decrypt', ref), keyRow('GetItem', ref)],
      ];
      await every(inSession(A), needed(A), 'Allowed');
      await every(inSession(A), needed(B), 'ImplicitlyDenied');
      await every(own, [...needed(A), ...needed(B)], 'ImplicitlyDenied');
      expect(await ask(own, { action: 'sts:AssumeRole', resource: sessionRole!.role })).toBe('Allowed');
      const catalog = (action: string): Asked => ({
        ...{ action: `dynamodb:${action}`, resource: `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/holdfast-catalog` },
        context: { 'dynamodb:LeadingKeys': ['tenants'] },
      });
      await every(own, [catalog('Query'), catalog('GetItem')], 'Allowed');
      const secret = `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:holdfast/database-AbCdEf`;
      const never: Asked[] = [
        // Rows of snapshots, manifests and kept plans of the same tenant.
        ...['packs/1', 'manifests/snapshot/1.json', 'restore-plans/1'].map(key =>
          object('GetObject', `tenants/${A}/${key}`),
        ),
        ...['log/packs/1', 'system/x', `tenants/${A}/digest-key`].flatMap(key =>
          ['PutObject', 'PutObjectRetention', 'DeleteObject', 'DeleteObjectVersion'].map(action => object(action, key)),
        ),
        ...['PutItem', 'UpdateItem', 'DeleteItem', 'Scan'].flatMap(action => [catalog(action), keyRow(action, A)]),
        ...['GenerateDataKey', 'CreateKey', 'Sign', 'ReEncryptFrom'].map(action => tenantKey(mode, action, A)),
        { action: 'secretsmanager:GetSecretValue', resource: secret },
        ...['rds-db:connect', 'states:StartExecution', 'states:SendTaskSuccess', 'lambda:InvokeFunction'].map(
          action => ({
            ...{ action, resource: '*' },
          }),
        ),
      ];
      for (const principal of [own, inSession(A)]) await every(principal, never, 'ImplicitlyDenied');
    },
  );

  it('lets what people do be recorded by functions that cannot read the trail, except in pooled mode', async () => {
    const place = `audit/${A}/0000000001`;
    for (const name of RECORDING) {
      const asked = [
        ...[object('PutObject', place), object('PutObjectRetention', place), object('GetObject', place)],
        ...[tenantKey(mode, mode === 'pooled' ? 'Decrypt' : 'GenerateDataKey', AUDITORS), keyRow('GetItem', AUDITORS)],
      ];
      await every(fn(name).own, asked, 'Allowed');
      // An event about a held tenant is held from the beginning.
      await every(fn(name).own, [holdChange(place, 'ON'), ...SEES_HOLDS], 'Allowed');
      const never = [
        ...[tenantKey(mode, 'CreateKey', AUDITORS), keyRow('PutItem', AUDITORS), keyRow('GetItem', A)],
        ...[object('PutObjectTagging', place), object('PutObject', `tenants/${A}/packs/1`)],
        ...(HOLDING.includes(name) ? [] : [object('PutObject', `governance/holds/${A}/records/1/hold`)]),
      ];
      await every(fn(name).own, never, 'ImplicitlyDenied');
      const opens = mode === 'pooled' || OPENING_EVENTS.includes(name) ? 'Allowed' : 'ImplicitlyDenied';
      await every(fn(name).own, [tenantKey(mode, 'Decrypt', AUDITORS)], opens);
    }
    // A session for a tenant reaches nothing of the trail, not even the tenant's own.
    for (const name of FOR_ONE_TENANT)
      await every(fn(name).inSession(A), [object('PutObject', place), object('GetObject', place)], 'ImplicitlyDenied');
  });

  it('lets holds be removed only by what releases them, in every region', async () => {
    const change = holdChange;
    const keys = [`tenants/${A}/packs/1`, `audit/${A}/0000000001`, `governance/holds/${A}/1`];
    const abroad = (status: string): Asked => ({
      ...{ action: 's3:PutObjectLegalHold', resource: `${BUCKET.replace(REGION, 'eu-west-1')}/${keys[0]}` },
      context: { 's3:object-lock-legal-hold': status },
    });
    for (const principal of everyone(world())) {
      if (principal.name.startsWith('release-hold')) continue;
      await every(principal, [...keys.map(key => change(key, 'OFF')), abroad('OFF')], 'ImplicitlyDenied');
    }
    for (const [name, status] of [
      ['place-hold', 'ON'],
      ['keep-holds', 'ON'],
      ['release-hold', 'OFF'],
      ['release-hold', 'ON'],
    ] as const) {
      await every(fn(name).inSession(A), [change(keys[0]!, status)], 'Allowed');
      await every(fn(name).own, [...keys.slice(1).map(key => change(key, status)), abroad(status)], 'Allowed');
    }
    await every(fn('release-hold').inSession(A), [change(`tenants/${B}/packs/1`, 'OFF')], 'ImplicitlyDenied');
  });

  it('shows whoever stores objects of a tenant which holds stand, and lets it hold what it stores', async () => {
    for (const name of FOR_ONE_TENANT.filter(each => !READING_ONLY.includes(each) || each === 'expire-tenant')) {
      await every(fn(name).own, SEES_HOLDS, 'Allowed');
      const key = name === 'expire-tenant' ? `tenants/${A}/retention/1` : `tenants/${A}/packs/1`;
      await every(fn(name).inSession(A), [holdChange(key, 'ON')], 'Allowed');
      await every(fn(name).inSession(A), [holdChange(`tenants/${B}/packs/1`, 'ON')], 'ImplicitlyDenied');
    }
    await every(fn('plan-fleet').own, [holdChange(`governance/departures/${A}/1`, 'ON'), ...SEES_HOLDS], 'Allowed');
    for (const name of ['list-shard', 'finish-fleet', 'record-failure'])
      await every(fn(name).own, [SEES_HOLDS[1]!, holdChange(`tenants/${A}/packs/1`, 'ON')], 'ImplicitlyDenied');
  });

  it('proves holds without being able to place or release one, or to open what it reads', async () => {
    const record = (name: string) => object('PutObject', `governance/holds/${A}/records/0mfs8t2xk-4k2j9x1q/${name}`);
    const certificate = `governance/holds/${A}/certificates/0mfs8t2xk-4k2j9x1q/1`;
    await every(
      fn('keep-holds').own,
      [object('PutObject', certificate), object('GetObject', `audit/${A}/1`)],
      'Allowed',
    );
    const never = [
      ...[record('hold'), record('release'), object('PutObject', `governance/requests/${A}/1/request`)],
      ...[object('PutObject', `audit/${A}/1`), tenantKey(mode, 'Decrypt', AUDITORS), tenantKey(mode, 'Decrypt', A)],
    ];
    await every(fn('keep-holds').own, never, 'ImplicitlyDenied');
  });

  it('lets the key of a held tenant be tagged by what places holds, and freed by what releases them, in every region', async () => {
    const pooled = mode === 'pooled';
    const tag = (
      action: string,
      where: string,
      context: Record<string, unknown>,
      alias = `alias/holdfast/${A}`,
    ): Asked => ({
      ...{ action: `kms:${action}`, resource: KEY.replace(REGION, where) },
      context: { 'kms:ResourceAliases': [alias], 'kms:MultiRegion': 'true', ...context } as NonNullable<
        Asked['context']
      >,
    });
    const held = { 'aws:TagKeys': ['holdfast:held'] };
    const marking = { ...held, 'aws:RequestTag/holdfast:held': 'true' };
    const off = { ...held, 'aws:RequestTag/holdfast:held': 'false' };
    for (const principal of everyone(world())) {
      const marks = ['place-hold', 'keep-holds', 'release-hold'].includes(principal.name) && !pooled;
      for (const where of [REGION, 'eu-west-1']) {
        const asked = [tag('TagResource', where, marking), tag('ListResourceTags', where, {})];
        await every(principal, asked, marks ? 'Allowed' : 'ImplicitlyDenied');
        const frees = principal.name === 'release-hold' && !pooled;
        await every(principal, [tag('UntagResource', where, held)], frees ? 'Allowed' : 'ImplicitlyDenied');
        // Nobody can say `false` over it, remove another tag, or touch another key.
        await every(
          principal,
          [
            ...[tag('TagResource', where, off), tag('UntagResource', where, { 'aws:TagKeys': ['holdfast:owner'] })],
            ...[tag('UntagResource', where, {}), tag('UntagResource', where, held, 'alias/holdfast/signing')],
            tag('TagResource', where, marking, 'alias/holdfast/signing'),
          ],
          'ImplicitlyDenied',
        );
      }
    }
    if (!pooled) {
      const created = { 'kms:MultiRegion': 'true', 'aws:TagKeys': ['holdfast:owner'] };
      const make = { action: 'kms:TagResource', resource: KEY, context: created };
      await every(fn('fold-tenant').inSession(A), [make], 'Allowed');
    }
  });

  it('lets requests and approvals be carried out only through their entries', async () => {
    const start = {
      action: 'states:StartExecution',
      resource: `arn:aws:states:${REGION}:${ACCOUNT}:stateMachine:holdfast-carry-out-request`,
    };
    const starting = [];
    for (const { name, own } of world().functions.values())
      if ((await ask(own, start)) === 'Allowed') starting.push(name);
    expect(starting.sort()).toEqual(['approve', 'request-action']);
    const decision = object('PutObject', `governance/requests/${A}/1/decisions/2`);
    const keeping = [];
    for (const { name, own } of world().functions.values())
      if ((await ask(own, decision)) === 'Allowed') keeping.push(name);
    // Whoever carries a request out stores its end and its result.
    expect(keeping.filter(name => !FOR_ALL.includes(name)).sort()).toEqual([
      ...[
        'approve',
        'change-policy',
        'destroy-tenant',
        'export-tenant',
        'place-hold',
        'release-hold',
        'request-action',
      ],
    ]);
  });

  it('lets keys be destroyed only by what carries a destruction out, one tenant at a time', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/holdfast-destroy-keys`;
    const taking: string[] = [];
    for (const { name, own } of world().functions.values())
      if ((await ask(own, { action: 'sts:AssumeRole', resource: role })) === 'Allowed') taking.push(name);
    expect(taking.sort()).toEqual(['destroy-tenant', 'finish-destructions']);
    const destroyer = world().principals.find(each => each.name.startsWith('DestroyKeysRole'))!;
    const inSession = (ref: TenantRef) => ({
      ...destroyer,
      session: destroyingPolicy({ role, region: REGION, keysTable: 'holdfast-keys' }, ref),
    });
    const onKey = (ref: TenantRef, action: string, region = REGION, tags = {}): Asked => ({
      ...{ action: `kms:${action}`, resource: KEY.replace(REGION, region) },
      context: { 'kms:ResourceAliases': [keyAliasOf(ref)], ...tags },
    });
    const needed = (ref: TenantRef) => [
      ...['GetItem', 'UpdateItem', 'DeleteItem'].map(action => keyRow(action, ref)),
      ...(mode === 'pooled'
        ? [keyRow('Query', ref)]
        : ['ScheduleKeyDeletion', 'CancelKeyDeletion', 'EnableKey'].flatMap(action =>
            [REGION, 'eu-west-1', 'eu-north-1'].map(region => onKey(ref, action, region)),
          )),
    ];
    await every(inSession(A), needed(A), 'Allowed');
    await every(inSession(A), needed(B), 'ImplicitlyDenied');
    const held = onKey(A, 'ScheduleKeyDeletion', REGION, { 'aws:ResourceTag/holdfast:held': 'true' });
    expect(await ask(destroyer, held)).not.toBe('Allowed');
    const never = [
      ...['GetObject', 'PutObject', 'DeleteObjectVersion', 'PutObjectLegalHold'].flatMap(action => [
        object(action, `tenants/${A}/packs/1`),
        object(action, `governance/requests/${A}/1/decisions/2`),
      ]),
      ...['Decrypt', 'GenerateDataKey', 'Sign', 'DisableKey', 'PutKeyPolicy'].map(action => onKey(A, action)),
      keyRow('PutItem', A),
    ];
    await every(destroyer, never, 'ImplicitlyDenied');
    for (const { own, sessionRole } of world().functions.values())
      for (const principal of [own, ...(sessionRole ? [sessionRole] : [])])
        await every(principal, [onKey(A, 'ScheduleKeyDeletion'), onKey(A, 'CancelKeyDeletion')], 'ImplicitlyDenied');
  });

  it('separates who destroys from who deletes, decides and cancels', async () => {
    const version = object('DeleteObjectVersion', `tenants/${A}/packs/1`);
    for (const name of ['destroy-tenant', 'finish-destructions']) {
      const { own, inSession } = fn(name);
      await every(own, [object('PutObject', `governance/destructions/${A}/1/order`)], 'Allowed');
      await every(own, [object('GetObject', `governance/holds/${A}/1/hold`)], 'Allowed');
      for (const principal of [own, inSession(A)]) await every(principal, [version], 'ImplicitlyDenied');
      const hold = {
        ...object('PutObjectLegalHold', `tenants/${A}/packs/1`),
        context: { 's3:object-lock-legal-hold': 'OFF' },
      };
      await every(own, [hold, object('PutObject', `governance/holds/${A}/1/release`)], 'ImplicitlyDenied');
    }
    await every(
      fn('finish-destructions').own,
      [object('PutObject', `governance/requests/${A}/1/decisions/2`)],
      'ImplicitlyDenied',
    );
    const clearing = fn('clear-destroyed');
    await every(clearing.inSession(A), [version], 'Allowed');
    await every(
      clearing.inSession(A),
      [object('PutObject', `tenants/${A}/x`), tenantKey(mode, 'Decrypt', A)],
      'ImplicitlyDenied',
    );
    await every(clearing.inSession(A), [object('DeleteObjectVersion', `tenants/${B}/packs/1`)], 'ImplicitlyDenied');
    const asking = fn('request-action').own;
    await every(asking, [object('PutObject', `governance/destructions/${A}/1/outcome`)], 'Allowed');
    const others = ['order', 'certificate', 'appendix'].map(part =>
      object('PutObject', `governance/destructions/${A}/1/${part}`),
    );
    await every(asking, others, 'ImplicitlyDenied');
    const cluster = `arn:aws:rds:${REGION}:${ACCOUNT}:cluster:shop`;
    await every(asking, [{ action: 'rds:DescribeDBClusters', resource: cluster }], 'Allowed');
    await every(asking, [{ action: 'rds:DeleteDBCluster', resource: cluster }], 'ImplicitlyDenied');
  });

  it('lets only the anchor be stored by what makes it', async () => {
    const key = 'governance/anchors/system/0000000001';
    await every(fn('anchor-audit').own, [object('PutObject', key), object('GetObject', key)], 'Allowed');
    await every(fn('verify-audit').own, [object('GetObject', key)], 'Allowed');
    await every(fn('verify-audit').own, [object('PutObject', key)], 'ImplicitlyDenied');
  });

  it('lets what makes reports read records and store reports, and nothing else', async () => {
    const report = 'governance/reports/system/daily/2026-01-31';
    const asked = [object('GetObject', report), object('PutObject', report), list('governance/reports/system/daily/')];
    await every(fn('build-report').own, asked, 'Allowed');
    const rows = ['packs/1', 'digest-key', 'restore-plans/1'].map(part => object('GetObject', `tenants/${A}/${part}`));
    await every(fn('build-report').own, [...rows, object('GetObject', 'log/packs/1')], 'ImplicitlyDenied');
    const others = [
      `audit/${A}/0000000001`,
      'governance/drills/system/accident/1',
      `tenants/${A}/manifests/snapshots/1`,
    ];
    await every(
      fn('build-report').own,
      others.map(key => object('PutObject', key)),
      'ImplicitlyDenied',
    );
  });

  it('lets nobody delete an event of the audit trail, or a record of governance', async () => {
    const records = [`audit/${A}/0000000001`, 'audit/system/0000000001', 'governance/anchors/system/0000000001'];
    const asked = [...records, `governance/requests/${A}/1/request`, `governance/holds/${A}/1`].flatMap(key =>
      ['DeleteObject', 'DeleteObjectVersion'].map(action => object(action, key)),
    );
    for (const principal of everyone(world())) await every(principal, asked, 'ImplicitlyDenied');
  });

  it('lets only expiry delete versions, and only in its own prefixes', async () => {
    const gone = [object('DeleteObjectVersion', `tenants/${A}/packs/1`), object('DeleteObjectVersion', 'log/packs/1')];
    for (const principal of everyone(world())) {
      for (const asked of [
        ...gone,
        object('DeleteObject', `tenants/${A}/packs/1`),
        object('DeleteObject', 'log/packs/1'),
      ]) {
        const expected =
          (['expire-tenant for a tenant', 'clear-destroyed for a tenant'].includes(principal.name) &&
            asked === gone[0]) ||
          (principal.name === 'expire-log' && asked === gone[1])
            ? 'Allowed'
            : 'ImplicitlyDenied';
        expect(`${principal.name} ${asked.action} ${asked.resource} ${await ask(principal, asked)}`).toBe(
          `${principal.name} ${asked.action} ${asked.resource} ${expected}`,
        );
      }
    }
    expect(everyone(world()).filter(each => EXPIRING.some(name => each.name.startsWith(name)))).not.toEqual([]);
  });

  it('denies everyone, including administrators, bypassing governance and changing lock or versioning', async () => {
    const administrator: Principal = {
      ...{ name: 'administrator', role: `arn:aws:iam::${ACCOUNT}:role/Administrator` },
      identity: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    };
    expect(await ask(administrator, object('DeleteObjectVersion', `tenants/${A}/packs/1`))).toBe('Allowed');
    for (const principal of [...everyone(world()), administrator]) {
      const bucket = ['PutBucketObjectLockConfiguration', 'PutBucketVersioning'];
      await every(
        principal,
        [
          object('BypassGovernanceRetention', `tenants/${A}/packs/1`),
          ...bucket.map(action => ({ action: `s3:${action}`, resource: BUCKET })),
        ],
        'ExplicitlyDenied',
      );
    }
  });

  it('stores large objects too: as a multipart upload, with the digest as a tag', async () => {
    const parts = ['PutObject', 'AbortMultipartUpload', 'ListMultipartUploadParts', 'PutObjectVersionTagging'];
    const writing = FOR_ONE_TENANT.filter(name => !READING_ONLY.includes(name));
    for (const name of writing)
      await every(
        fn(name).inSession(A),
        parts.map(action => object(action, `tenants/${A}/packs/1`)),
        'Allowed',
      );
    await every(
      fn('ship-log').own,
      parts.map(action => object(action, 'log/packs/1')),
      'Allowed',
    );
  });

  it('lets Lambda place functions in the network of the database, and denies their code any use of it', async () => {
    for (const { name, own } of world().functions.values()) {
      const asked = { action: 'ec2:CreateNetworkInterface', resource: '*' };
      const database = own.identity.some(each => [each.Action].flat().includes('secretsmanager:GetSecretValue'));
      expect(await ask(own, asked), name).toBe(database ? 'Allowed' : 'ImplicitlyDenied');
      const source = `arn:aws:lambda:${REGION}:${ACCOUNT}:function:holdfast-${name}`;
      const byItsCode = { ...asked, context: { 'lambda:SourceFunctionArn': source } };
      expect(await ask(own, byItsCode), name).toBe(database ? 'ExplicitlyDenied' : 'ImplicitlyDenied');
    }
  });

  it('works for all tenants only in the functions that must', async () => {
    const all: string[] = [];
    for (const { name, own } of world().functions.values()) {
      const reads = await ask(own, object('GetObject', `tenants/${A}/packs/1`));
      const opens = await ask(own, tenantKey(mode, 'Decrypt', A));
      if (reads === 'Allowed' || opens === 'Allowed') all.push(name);
    }
    expect(all.sort()).toEqual(FOR_ALL.toSorted());
  });
});

describe('with IAM authentication', () => {
  it.each([undefined, 'cluster-ABCDEFGHIJKL'])(
    'logs in as its role to the database with resource id %s',
    async resourceId => {
      const authentication = { kind: 'iam' as const, user: 'holdfast', ...(resourceId && { resourceId }) };
      const world = worldOf(synthesized({ source: { ...example.source, authentication } }));
      const connect = (id: string, user: string) => ({
        ...{ action: 'rds-db:connect', resource: `arn:aws:rds-db:${REGION}:${ACCOUNT}:dbuser:${id}/${user}` },
      });
      const { own } = world.functions.get('read-part')!;
      expect(await answer(world, own, connect('cluster-ABCDEFGHIJKL', 'holdfast'))).toBe('Allowed');
      expect(await answer(world, own, connect('cluster-ABCDEFGHIJKL', 'postgres'))).toBe('ImplicitlyDenied');
      const other = await answer(world, own, connect('db-OTHER', 'holdfast'));
      expect(other).toBe(resourceId ? 'ImplicitlyDenied' : 'Allowed');
      const reached = await answer(world, world.functions.get('list-shard')!.own, connect('db-OTHER', 'holdfast'));
      expect(reached).toBe('ImplicitlyDenied');
    },
  );
});

describe("A session's policy", () => {
  const scope: SessionScope = {
    role: `arn:aws:iam::${ACCOUNT}:role/holdfast-protection-FunctionspreviewrestoreSessionRole-ABCDEFGHIJKL`,
    ...{ region: 'ap-southeast-2', mode: 'dedicated', keysTable: 'a-name-of-20-letters-keys' },
    bucket: `a-name-of-20-letters-vault-${ACCOUNT}-ap-southeast-2`,
  };

  it('stays well below the STS limit (2,048) with the longest names', () => {
    for (const mode of ['dedicated', 'pooled'] as const) {
      expect(JSON.stringify(sessionPolicy({ ...scope, mode }, A)).length).toBeLessThan(1600);
    }
  });

  it('is created only for a reference: a star would match every tenant', () => {
    for (const text of ['*', '', SYSTEM, `${A}*`, `${A.slice(0, 25)}*`, `${A}/../${B}`, A.toUpperCase(), 'acme']) {
      expect(() => sessionPolicy(scope, text as TenantRef), text).toThrowError(
        expect.objectContaining({ code: 'bad-tenant-reference' }),
      );
    }
  });
});

function everyone(world: World): Principal[] {
  const functions = [...world.functions.values()];
  const named = new Set(functions.flatMap(each => [each.own.role, each.sessionRole?.role]));
  return [
    ...functions.map(each => each.own),
    ...functions.filter(each => each.sessionRole).map(each => each.inSession(A)),
    ...world.principals.filter(each => !named.has(each.role) && each.identity.length > 0),
  ];
}
