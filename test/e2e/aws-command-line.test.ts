/**
 * The command line with a deployed installation: everything that a person does there in a terminal, on a third-party
 * emulator (MiniStack) that enforces the policies of every role. The profile `prod` signs in as an operator, `hands` as
 * somebody who may also work on this machine. Decisions are sent to the function's URL directly
 * test/contract/approval-call.test.ts shows that the command signs them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine, type Ran } from '../support/command-line.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy, STANDBY, TENANTS } from './deployed.ts';
import { useReachableUrls } from './emulated-urls.ts';
import { eventually, REGION } from './emulator.ts';
import { BEYOND_THE_OPERATOR, expectRefusals } from './operator-refusals.ts';
import { makeRole, profilesOf, signIn } from './people.ts';

let deployed: Deployed;
let cli: CommandLine;
let operator: string;

/** Runs a command against the installation. */
const aws = (...args: string[]) => cli.run('--profile', 'prod', '--installation', 'cli', ...args);
const awsJson = (...args: string[]) => cli.json('--profile', 'prod', '--installation', 'cli', ...args);
const awsFailure = (...args: string[]) => cli.failure('--profile', 'prod', '--installation', 'cli', ...args);
/** Runs a command on this machine. */
const handsJson = (...args: string[]) => cli.json('--profile', 'hands', '--installation', 'cli', ...args);

beforeAll(async () => {
  deployed = await deploy('cli', { standby: true, approvals: { restoreInPlace: 1 } });
  await useReachableUrls(deployed.emulator, 'cli', [REGION, STANDBY]);
  cli = await commandLine({
    ...{ AWS_ENDPOINT_URL: deployed.emulator.endpoint, AWS_ENDPOINT_URL_S3: deployed.emulator.endpoint },
    ...{ AWS_CONFIG_FILE: 'aws-config', AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const { emulator } = deployed;
  operator = await makeRole(emulator, 'Operator', [
    'cli-operator',
    'cli-workflows',
    'cli-operator-standby',
    'cli-workflows-standby',
  ]);
  const people = {
    prod: { role: operator, person: 'alice' },
    hands: {
      role: await makeRole(emulator, 'Hands', ['cli-operator', 'cli-workflows', 'cli-hands-on']),
      person: 'alice',
    },
  };
  await writeFile(join(cli.directory, 'aws-config'), profilesOf(REGION, people));
  await deployed.ship();
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await cli?.dispose();
  await deployed?.dispose();
});

describe('holdfast --profile', { timeout: 300_000 }, () => {
  it('snapshots, verifies and compacts as executions, and shows the results', async () => {
    const taken = succeeded(await aws('snapshot', 'acme', 'globex', '--reason', 'migration'));
    expect(taken.stdout).toMatch(/✓ back-up-fleet succeeded, 2 tenants/);
    expect(taken.stdout).toMatch(/acme +\S+ +121 /);
    expect(taken.stderr).toContain('… Plan the fleet');
    const all = await awsJson('snapshot', '--all');
    expect(all).toMatchObject({ workflow: 'back-up-fleet', tenants: 3 });
    const verified = await awsJson('verify', 'acme');
    expect(verified.snapshots).toMatchObject([{ tenant: 'acme', rows: 121, verified: { ok: true } }]);
    expect(await awsJson('fold')).toMatchObject({ workflow: 'fold-incrementals' });
    expect(await awsJson('expire', '--yes')).toMatchObject({ workflow: 'expire-backups' });
    expect(await awsJson('catalog', 'rebuild', '--yes')).toMatchObject({ snapshots: expect.any(Number) });
  });

  it('shows status, timeline and backups from the catalog', async () => {
    await deployed.ship();
    const status = await awsJson('status');
    expect(status.tenants.map((tenant: { tenantId: string }) => tenant.tenantId).sort()).toEqual(TENANTS);
    expect(status.totals.safe).toBe(3);
    const timeline = await awsJson('timeline', 'acme');
    expect(timeline.snapshots.length).toBeGreaterThanOrEqual(2);
    const shown = await awsJson('show', timeline.snapshots[0].id);
    expect(shown.summary).toMatchObject({ tenantId: 'acme' });
    expect((await awsJson('expire', '--plan')).kept.length).toBeGreaterThan(0);
  });

  it('previews on AWS without a row leaving the database, and keeps the preview', async () => {
    const target = await deployed.momentNow();
    await deployed.db.query(`UPDATE projects SET title = 'secret-word' WHERE tenant_id = 'acme' AND id % 4 = 0`);
    await deployed.ship();
    const plan = join(cli.directory, 'plan.json');
    const diff = succeeded(await aws('diff', 'acme', '--to', target, '--out', plan));
    expect(diff.stdout).toMatch(/public\.projects +· +~5/);
    expect(diff.stdout).toMatch(/holdfast --profile prod --installation cli restore acme --preview \S+/);
    expect(diff.stdout + diff.stderr + (await readFile(plan, 'utf8'))).not.toContain('secret-word');
    expect(await deployed.stagingSchemas()).toHaveLength(1);

    const before = await deployed.rowsOf('globex');
    const restoring = aws('restore', '--plan', plan, '--yes');
    const waiting = await eventually('the restore is pending approval', waitingFor('acme'));
    expect(await deployed.decide('bob', waiting, 'approve')).toMatchObject({ body: { state: 'approved' } });
    const restored = succeeded(await restoring);
    expect(restored.stderr).toMatch(
      /Waiting for 1 approval by people other than arn:aws:sts::\d+:assumed-role\/AWSReservedSSO_Operator_\w+\/alice/,
    );
    expect(restored.stderr).toContain(`approve ${waiting.tenant} ${waiting.id}`);
    expect(restored.stdout).toMatch(/✓ Restored tenant acme/);
    expect(await deployed.db.query(`SELECT 1 FROM projects WHERE title = 'secret-word'`)).toEqual([]);
    expect(await deployed.rowsOf('globex')).toEqual(before);
    expect(await deployed.stagingSchemas()).toEqual([]);
  });

  it('restores in one step with --yes, waits for the approver, and undoes the restore', async () => {
    const before = await deployed.rowsOf('initech');
    const target = await deployed.momentNow();
    await deployed.db.query(`DELETE FROM projects WHERE tenant_id = 'initech' AND id % 2 = 0`);
    await deployed.ship();
    const deleted = await deployed.rowsOf('initech');
    const restoring = awsJson('restore', 'initech', '--to', target, '--yes', '--reason', 'ticket 4711');
    const waiting = await eventually('the restore is pending approval', waitingFor('initech'));
    expect(waiting).toMatchObject({ requestedBy: expect.stringMatching(/^arn:aws.*\/alice$/), needed: 1 });
    await deployed.decide('bob', waiting, 'approve');
    const { record } = await restoring;
    expect(record).toMatchObject({ tenantId: 'initech', proof: { left: {} }, request: { reason: 'ticket 4711' } });
    expect(record.approvedBy).toEqual([expect.stringContaining('bob')]);
    expect(await deployed.rowsOf('initech')).toEqual(before);

    await deployed.ship();
    const undoing = awsJson('undo', record.id, '--exact', '--yes');
    const again = await eventually('the undo is pending approval', waitingFor('initech'));
    await deployed.decide('bob', again, 'approve');
    await undoing;
    expect(await deployed.rowsOf('initech')).toEqual(deleted);
  });

  it('lets an operator find the accident and take it back, keeps what came later, and undoes it', async () => {
    const context = `SELECT pg_logical_emit_message(true, 'holdfast.context', '{"job":"cleanup"}')`;
    await deployed.db.query(
      `BEGIN; ${context}; UPDATE projects SET title = 'gone ' || id WHERE tenant_id = 'initech'; COMMIT`,
    );
    await deployed.ship();
    const damaged = await deployed.rowsOf('initech');
    const { buckets } = await awsJson('activity', 'initech', '--bucket', '1d');
    expect(buckets.at(-1).largest).toContainEqual(expect.objectContaining({ xid: expect.any(Number) }));
    const { transactions } = await awsJson('transactions', 'initech', '--by-context', 'job = cleanup');
    expect(transactions).toHaveLength(1);
    const xid = String(transactions[0].xid);
    expect(await awsJson('show-transaction', 'initech', xid)).toMatchObject({
      transaction: { context: { job: 'cleanup' }, changes: [], total: transactions[0].changes },
    });
    const page = succeeded(await aws('incident', 'initech', '--transaction', xid));
    expect(page.stdout + page.stderr).not.toContain('gone ');
    expect(page.stderr).toContain(`$ holdfast --profile prod --installation cli revert initech --transaction ${xid}`);
    const { ways } = await awsJson('incident', 'initech', '--transaction', xid);
    expect(ways.map(({ way, command }: Way) => [way, command])[0]).toEqual([
      'revert',
      `revert initech --transaction ${xid}`,
    ]);
    const dry = await awsJson('revert', 'initech', '--transaction', xid, '--dry-run');
    expect(dry.preview.totals.updates).toBe(transactions[0].changes);
    expect(await deployed.rowsOf('initech')).toEqual(damaged);
    const reverting = awsJson('revert', 'initech', '--by-context', 'job = cleanup', '--yes');
    const waiting = await eventually('the revert is pending approval', waitingFor('initech'));
    await deployed.decide('bob', waiting, 'approve');
    const { record } = await reverting;
    expect(record.request.reverts.only).toEqual([transactions[0].lsn]);
    const titles = `SELECT count(*)::int AS n FROM projects WHERE tenant_id = 'initech' AND title LIKE 'gone %'`;
    expect(await deployed.db.query(titles)).toEqual([{ n: 0 }]);
    await deployed.ship();
    const undoing = awsJson('undo', record.id, '--yes');
    const again = await eventually('the undo is pending approval', waitingFor('initech'));
    await deployed.decide('bob', again, 'approve');
    await undoing;
    expect(await deployed.rowsOf('initech')).toEqual(damaged);
  });

  it('shows the rows of a transaction only with --direct, to those who may read rows', async () => {
    const { transactions } = await awsJson('transactions', 'initech', '--by-context', 'job = cleanup');
    const xid = String(transactions[0].xid);
    const here = await handsJson('--direct', 'show-transaction', 'initech', xid);
    expect(here.transaction.changes).toHaveLength(transactions[0].changes);
    expect(JSON.stringify(here)).toContain('gone ');
    expect(JSON.stringify(await handsJson('show-transaction', 'initech', xid))).not.toContain('gone ');
    expect(await awsFailure('show-transaction', 'initech', xid, '--old-values')).toMatchObject({ code: 'usage' });
    expect(await awsFailure('--direct', 'show-transaction', 'initech', xid)).toMatchObject({ code: 'access-denied' });
    expect(await awsFailure('show-transaction', 'initech', '0/1')).toMatchObject({
      ...{ code: 'unknown-transaction', exit: 4 },
    });
  });

  it('restores many tenants by one name: previews, waits for the approver of each, and goes on with what was refused', async () => {
    const tenants = ['acme', 'globex'] as const;
    const before = await Promise.all(tenants.map(tenant => deployed.rowsOf(tenant)));
    const target = await deployed.momentNow();
    await deployed.db.query(`UPDATE projects SET title = 'by release 7' WHERE tenant_id IN ('acme', 'globex')`);
    await deployed.ship();
    const list = join(cli.directory, 'hit.txt');
    await writeFile(list, '# hit by release 7\nacme\nglobex\ninitech\n');
    const asked = ['restore', '--tenants', list, '--to', target, '--reason', 'release 7', '--group', 'release-7'];
    const shown = succeeded(await aws(...asked, '--dry-run'));
    expect(shown.stdout).toMatch(/^ {2}acme +· +20 +· +would change$/m);
    expect(shown.stdout).toMatch(/^ {2}initech +· +· +· +unchanged$/m);
    expect(shown.stdout).toMatch(/3 tenants: 2 previewed, 1 unchanged\n +release-7/);
    for (const line of shown.stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);

    const decided = async (decisions: readonly ['approve' | 'refuse', string][]) => {
      for (const [decision, tenant] of decisions)
        await deployed.decide('bob', await eventually(`${tenant} is pending`, waitingFor(tenant)), decision);
    };
    const restoring = aws('--json', 'restore', '--group', 'release-7', '--yes');
    await decided([
      ['approve', 'acme'],
      ['refuse', 'globex'],
    ]);
    const first = await restoring;
    expect([first.code, JSON.parse(first.stdout)]).toMatchObject([
      8,
      {
        ...{ id: 'release-7', remaining: 1 },
        tenants: [
          { tenant: 'acme', state: 'restored', totals: { updates: 20 } },
          { tenant: 'globex', state: 'failed', code: 'approval-refused' },
          { tenant: 'initech', state: 'unchanged' },
        ],
      },
    ]);
    const again = awsJson('restore', '--group', 'release-7', '--yes');
    await decided([['approve', 'globex']]);
    expect(await again).toMatchObject({ remaining: 0 });
    expect(await Promise.all(tenants.map(tenant => deployed.rowsOf(tenant)))).toEqual(before);
    expect(await awsFailure('restore', '--group', 'another')).toMatchObject({ code: 'bad-group', exit: 2 });
  });

  it('runs on this machine with --direct, under the approval policy of the installation', async () => {
    const before = await deployed.rowsOf('globex');
    const target = await deployed.momentNow();
    await deployed.db.query(
      `UPDATE tasks SET note = 'lost' WHERE project_id IN (SELECT id FROM projects WHERE tenant_id = 'globex')`,
    );
    await deployed.ship();
    expect((await handsJson('--direct', 'diff', 'globex', '--to', target)).totals.updates).toBe(100);
    const restoring = handsJson('--direct', 'restore', 'globex', '--to', target, '--yes');
    const waiting = await eventually('the restore is pending approval', waitingFor('globex'));
    expect(await deployed.rowsOf('globex')).not.toEqual(before);
    await deployed.decide('bob', waiting, 'approve');
    expect((await restoring).record.approvedBy).toEqual([expect.stringContaining('bob')]);
    expect(await deployed.rowsOf('globex')).toEqual(before);
    expect(await handsJson('--here', 'verify', 'globex')).toMatchObject({ rows: 121 });
  });

  it('starts any state machine with its example input, and follows it later', async () => {
    const { execution } = await awsJson('start', 'expire-backups', '--no-follow');
    const [, workflow] = /stateMachine|execution:cli-([^:]+)/.exec(execution) ?? [];
    expect(workflow).toBe('expire-backups');
    const name = execution.slice(execution.lastIndexOf(':') + 1);
    expect(succeeded(await aws('follow', `expire-backups/${name}`)).stdout).toContain('✓ Succeeded');
    const { executions } = await awsJson('executions');
    expect(executions).toContainEqual(expect.objectContaining({ workflow: 'restore-tenant', status: 'SUCCEEDED' }));
    expect(succeeded(await aws('executions')).stdout).toContain('restore-tenant');
  });

  it('restores in the standby region too, and refuses the other work there', async () => {
    const there = ['--region', STANDBY];
    // Otherwise on its schedule.
    expect((await deployed.emulator.invoke('cli-replicate-keys', {})).answer).toMatchObject({ withoutReplica: 0 });
    expect((await awsJson(...there, 'status')).tenants).toHaveLength(3);
    expect((await awsJson(...there, 'executions')).executions).toEqual([]);
    expect(await awsFailure(...there, 'snapshot', '--all')).toMatchObject({ code: 'not-here', exit: 2 });
    const target = await deployed.momentNow();
    const before = await deployed.rowsOf('globex');
    await deployed.db.query(`DELETE FROM projects WHERE tenant_id = 'globex' AND id % 5 = 0`);
    await deployed.ship();
    const { answer } = await deployed.emulator.invoke('cli-replicate-keys', {});
    expect(answer).toMatchObject({ withoutReplica: 0, failures: [] });
    const restoring = awsJson(...there, 'restore', 'globex', '--to', target, '--yes', '--mode', 'missing-only');
    const waiting = await eventually('the restore is pending approval', waitingFor('globex'));
    await deployed.decide('bob', waiting, 'approve', STANDBY);
    expect((await restoring).record).toMatchObject({ tenantId: 'globex', request: { mode: 'missing-only' } });
    expect(await deployed.rowsOf('globex')).toEqual(before);
  });

  it('fails as the execution fails: with its code, its hint and an exit code', async () => {
    expect(await awsFailure('snapshot', 'nobody')).toMatchObject({
      code: expect.any(String),
      message: expect.stringMatching(/nobody|do not exist|failed/),
    });
    expect(await awsFailure('timeline', 'nobody')).toMatchObject({ code: 'unknown-tenant', exit: 2 });
    expect(await awsFailure('approve', 'acme', 'no-such')).toMatchObject({ code: 'unknown-approval', exit: 2 });
    expect(await awsFailure('mark', 'acme', 'now')).toMatchObject({ code: 'needs-database', exit: 2 });
    expect(await awsFailure('discover')).toMatchObject({ code: 'local-only', exit: 2 });
    expect(await awsFailure('follow', 'verify-fleet/none')).toMatchObject({ code: 'no-execution', exit: 2 });
    expect(await awsFailure('start', 'restore-tenant')).toMatchObject({ code: 'usage', exit: 2 });
    const other = (profile: string) => cli.failure('--profile', profile, '--installation', 'other', 'status');
    expect(await other('account')).toMatchObject({ code: 'no-installation', exit: 2 });
    // An operator may not even look for it.
    expect(await other('prod')).toMatchObject({ code: 'not-allowed', exit: 2 });
    expect(await cli.failure('--profile', 'nobody', '--region', REGION, 'status')).toMatchObject({
      code: 'no-credentials',
      exit: 2,
    });
    expect(await cli.failure('--profile', 'nobody', 'status')).toMatchObject({ code: 'no-region', exit: 2 });
  });
});

describe('an engineer with only the operator policy', { timeout: 300_000 }, () => {
  it('starts a restore, follows it, and lists executions and failures', async () => {
    await deployed.ship();
    const input = JSON.stringify({ tenant: 'globex', target: 'latest', sideBySide: true, requestedBy: 'alice' });
    const { execution } = await awsJson('start', 'restore-tenant', '--input', input, '--no-follow');
    const { output } = await awsJson('follow', execution);
    expect(await deployed.db.query(`SELECT count(*)::int AS n FROM ${output.schema}.tasks`)).toEqual([{ n: 100 }]);
    const { executions } = await awsJson('executions', 'restore-tenant');
    expect(executions[0]).toMatchObject({ arn: execution, status: 'SUCCEEDED' });

    const failed = await awsFailure('snapshot', 'nobody');
    const failures = (await awsJson('executions', 'back-up-fleet')).executions.filter(
      (each: { status: string }) => each.status === 'FAILED',
    );
    expect(failures[0].arn).toBe(failed.details.execution);
    const why = await awsFailure('follow', failures[0].arn);
    expect([why.code, why.message]).toEqual([failed.code, failed.message]);
  });

  it('reads no row, opens no data, changes and deletes nothing, and decides nothing', async () => {
    expect(await awsFailure('log', 'globex')).toMatchObject({ code: 'access-denied' });
    expect(await awsFailure('--direct', 'diff', 'globex', '--to', 'latest')).toMatchObject({
      code: expect.stringMatching(/denied|not-allowed|secret/),
    });
    await expectRefusals(deployed.emulator, await signIn(deployed.emulator, operator, 'alice'), 'cli');
  });

  it('was denied nothing else: IAM refused only what these tests tried on purpose', async () => {
    await expectOnlyTheseDenials(deployed.emulator, BEYOND_THE_OPERATOR);
  });
});

function succeeded(ran: Ran): Ran {
  expect(ran.code, ran.stdout + ran.stderr).toBe(0);
  return ran;
}

interface Way {
  readonly way: string;
  readonly command: string;
}

interface Waiting {
  readonly tenant: string;
  readonly id: string;
  readonly hash: string;
}

/** As `holdfast approve TENANT` lists it. */
function waitingFor(tenant: string): () => Promise<Waiting | undefined> {
  return async () => (await awsJson('approve', tenant)).waiting[0];
}
