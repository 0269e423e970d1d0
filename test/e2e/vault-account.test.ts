/**
 * The vault in an account of its own: both accounts are deployed separately, each with its own credentials, and everything
 * that needs the vault works through the roles there, the command line of an operator too. The emulator checks both sides
 * of each request for a role.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { backups } from '../../lib/operations/catalog/catalog-index.ts';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type ExpectedDenial, expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy, INSTALLATION, TENANTS } from './deployed.ts';
import { vaultOf } from './emulated-replication.ts';
import { ACCOUNT, ended, REGION, startExecution } from './emulator.ts';
import { makeRole, profilesOf } from './people.ts';

const VAULT_ACCOUNT = '111111111111';
const NAME = 'two';
/** As IAM Identity Center names the role of a permission set. */
const OPERATOR = `arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Operator_*`;
const BUCKET = vaultOf(NAME, REGION, VAULT_ACCOUNT);

const EXPECTED_DENIALS: readonly ExpectedDenial[] = [
  {
    ...{ action: /^sts:AssumeRole$/, resource: /role\/two-vault-ship-log$/, by: new RegExp(`${ACCOUNT}:root$`) },
    why: 'The test itself tries, as an administrator of the account of the database.',
  },
  {
    ...{
      action: /^sts:AssumeRole$/,
      resource: /role\/two-vault-operator$/,
      by: /AWSReservedSSO_Stranger_\w+\/mallory/,
    },
    why: 'Has the policy of operators, and the deployment does not name the role.',
  },
];

let deployed: Deployed;
let cli: CommandLine;

beforeAll(async () => {
  deployed = await deploy(NAME, {
    ...{ vault: { account: VAULT_ACCOUNT, operators: [OPERATOR] }, approvals: { restoreInPlace: 0 } },
  });
  cli = await commandLine({
    ...{ AWS_ENDPOINT_URL: deployed.emulator.endpoint, AWS_ENDPOINT_URL_S3: deployed.emulator.endpoint },
    ...{ AWS_CONFIG_FILE: 'aws-config', AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const people = {
    operator: {
      role: await makeRole(deployed.emulator, 'Operator', [`${NAME}-operator`, `${NAME}-workflows`]),
      person: 'alice',
    },
    stranger: {
      role: await makeRole(deployed.emulator, 'Stranger', [`${NAME}-operator`, `${NAME}-workflows`]),
      person: 'mallory',
    },
  };
  await writeFile(join(cli.directory, 'aws-config'), profilesOf(REGION, people));
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await cli?.dispose();
  await deployed?.dispose();
});

describe('with a vault account', { timeout: 300_000 }, () => {
  it('ships, backs up, folds, verifies and expires, into that account', async () => {
    await deployed.ship();
    await deployed.db.query(`UPDATE tasks SET note = 'changed' WHERE id % 7 = 0`);
    await deployed.ship();
    for (const workflow of ['back-up-fleet', 'fold-incrementals', 'verify-fleet', 'expire-backups']) {
      const execution = await startExecution(deployed.emulator, `${NAME}-${workflow}`, { reason: 'manual' });
      expect(await ended(deployed.emulator, execution), workflow).toMatchObject({ status: 'SUCCEEDED' });
    }
    for (const tenant of TENANTS) {
      const ref = tenantRef(INSTALLATION, tenantId(tenant));
      const snapshots = (await backups.list(deployed.catalog, ref)).filter(item => item.kind === 'snapshot');
      expect(snapshots.at(-1), tenant).toMatchObject({ verified: { ok: true } });
    }
  });

  it('restores from there, in a session for the tenant', async () => {
    const [before, others] = [await deployed.rowsOf('acme'), await deployed.rowsOf('globex')];
    const target = await deployed.momentNow();
    await deployed.db.query(`DELETE FROM projects WHERE tenant_id = 'acme' AND id % 2 = 0`);
    await deployed.ship();
    const execution = await deployed.request('alice', { tenant: 'acme', target });
    expect(await ended(deployed.emulator, execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await deployed.rowsOf('acme')).toEqual(before);
    expect(await deployed.rowsOf('globex')).toEqual(others);
  });

  it('shows status and backups to an operator whose role it names, and to nobody else', async () => {
    const as = (profile: string) => ['--profile', profile, '--installation', NAME];
    const status = await cli.json(...as('operator'), 'status');
    expect(status.tenants.map(({ tenantId: id }: { tenantId: string }) => id).sort()).toEqual(TENANTS);
    const timeline = await cli.json(...as('operator'), 'timeline', 'acme');
    const shown = await cli.json(...as('operator'), 'show', timeline.snapshots[0].id);
    expect(shown.summary).toMatchObject({ tenantId: 'acme' });
    expect(await cli.failure(...as('stranger'), 'status')).toMatchObject({ code: 'vault-role-refused' });
  });

  it('has buckets, tables and keys in that account only, which the other cannot read', async () => {
    const { emulator } = deployed;
    const there = emulator.inAccount(VAULT_ACCOUNT).target;
    const s3 = (target: typeof there) => new S3Client({ ...target, forcePathStyle: true });
    const { Contents } = await s3(there).send(new ListObjectsV2Command({ Bucket: BUCKET, MaxKeys: 1 }));
    const Key = Contents![0]!.Key!;
    await s3(there).send(new GetObjectCommand({ Bucket: BUCKET, Key }));
    await expect(s3(emulator.target).send(new GetObjectCommand({ Bucket: BUCKET, Key }))).rejects.toThrow(
      /Access Denied/,
    );
    const tables = async (target: typeof there) =>
      (await new DynamoDBClient(target).send(new ListTablesCommand({}))).TableNames;
    expect(await tables(there)).toEqual(expect.arrayContaining([`${NAME}-catalog`, `${NAME}-keys`]));
    expect(await tables(emulator.target)).toEqual([]);
    const aliases = async (target: typeof there) =>
      ((await new KMS(target).listAliases({})).Aliases ?? []).map(({ AliasName }) => AliasName);
    const ours = TENANTS.map(tenant => `alias/holdfast/${tenantRef(INSTALLATION, tenantId(tenant))}`);
    expect(await aliases(there)).toEqual(expect.arrayContaining([...ours, `alias/${NAME}/signing`]));
    for (const alias of [...ours, `alias/${NAME}/signing`]) expect(await aliases(emulator.target)).not.toContain(alias);
    const role = `arn:aws:iam::${VAULT_ACCOUNT}:role/${NAME}-vault-ship-log`;
    const assume = new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'administrator' });
    await expect(new STSClient(emulator.target).send(assume)).rejects.toThrow(/not authorized/);
  });

  it('was denied nothing by IAM that it needs', async () => {
    await expectOnlyTheseDenials(deployed.emulator, EXPECTED_DENIALS);
  });
});
