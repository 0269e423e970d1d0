/**
 * Governed actions on a deployed installation as people meet them in a terminal: requested, decided, carried out, reviewed and
 * audited, each person signed in to a role with the policy of their duty, on an emulator that enforces it.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type ExpectedDenial, expectOnlyTheseDenials } from './denials.ts';
import { type Deployed, deploy } from './deployed.ts';
import { useReachableUrls } from './emulated-urls.ts';
import { ACCOUNT, eventually, REGION } from './emulator.ts';
import { makeRole, profilesOf } from './people.ts';

const NAME = 'gov';
const ROLES = {
  LegalOfficer: ['legal-officer'],
  Approver: ['approver'],
  Auditor: ['auditor'],
  Admin: ['system-administrator'],
} as const;

let deployed: Deployed;
let cli: CommandLine;

const as = (person: string, ...args: string[]) => cli.json('--profile', person, '--installation', NAME, ...args);
const fails = (person: string, ...args: string[]) => cli.failure('--profile', person, '--installation', NAME, ...args);

beforeAll(async () => {
  const people = { roles: Object.fromEntries(Object.entries(ROLES).map(([name, roles]) => [name, [...roles]])) };
  deployed = await deploy(NAME, { people });
  const { emulator } = deployed;
  await useReachableUrls(emulator, NAME, [REGION]);
  cli = await commandLine({
    ...{ AWS_ENDPOINT_URL: emulator.endpoint, AWS_ENDPOINT_URL_S3: emulator.endpoint },
    ...{ AWS_CONFIG_FILE: 'aws-config', AWS_EC2_METADATA_DISABLED: 'true' },
  });
  const role = (set: string, ...policies: string[]) =>
    makeRole(
      emulator,
      set,
      policies.map(policy => `${NAME}-${policy}`),
    );
  // Made by the deployment of the test.
  const approvers = `arn:aws:iam::${ACCOUNT}:role/AWSReservedSSO_Approver_0123456789abcdef`;
  await writeFile(
    join(cli.directory, 'aws-config'),
    profilesOf(REGION, {
      lena: { role: await role('LegalOfficer', 'legal-officer'), person: 'lena' },
      bob: { role: approvers, person: 'bob' },
      carl: { role: approvers, person: 'carl' },
      audrey: { role: await role('Auditor', 'auditor'), person: 'audrey' },
      adam: { role: await role('Admin', 'legal-officer'), person: 'adam' },
    }),
  );
  await deployed.ship();
}, SETUP_TIMEOUT_MS);

afterAll(async () => {
  await cli?.dispose();
  await deployed?.dispose();
});

/** The request once it is in this state. */
const becomes = (id: string, state: string) =>
  eventually(`the request is ${state}`, async () => {
    const { requests } = await as('audrey', 'requests', '--limit', '50');
    return requests.find((each: { id: string; state: string }) => each.id === id && each.state === state);
  });

describe('governed actions on AWS', { timeout: 300_000 }, () => {
  const HOLD = ['hold', 'acme', '--matter', 'case 17', '--reason', 'letter of 3 May'];

  it('a legal officer requests a hold, another person approves it, and AWS places it', async () => {
    const asked = await as('lena', ...HOLD);
    expect(asked).toMatchObject({ action: 'hold', state: 'waiting', approvals: 1, result: null });
    expect(asked.plan[0]).toMatch(/\w/);
    const id: string = asked.request;
    expect((await as('bob', 'approve', 'acme')).requests).toMatchObject([{ id, state: 'waiting' }]);
    expect((await as('bob', 'approve')).requests).toMatchObject([{ id }]);
    expect(await fails('lena', 'approve', 'acme', id, '--yes')).toMatchObject({ code: 'not-an-approver' });
    expect(await as('bob', 'approve', 'acme', id, '--yes')).toMatchObject({ state: 'approved', told: true });
    expect(await becomes(id, 'done')).toMatchObject({ decisions: [{ by: expect.stringMatching(/\/bob$/) }] });
    expect((await as('lena', 'hold', 'list')).holds).toMatchObject([{ matter: 'case 17', signed: true }]);
    const shown = await as('audrey', 'hold', 'show', 'acme', 'case 17');
    expect(shown).toMatchObject({ requestedBy: expect.stringMatching(/\/lena$/), reason: 'letter of 3 May' });
    expect(shown.certificate.regions[0].objects).toBeGreaterThan(0);
  });

  it('a request is cancelled by who made it, and its approval comes too late', async () => {
    const { request } = await as('lena', 'hold', 'globex', '--matter', 'case 18', '--reason', 'a mistake');
    expect(await as('lena', 'requests', '--cancel', request, '--yes')).toMatchObject({ state: 'cancelled' });
    expect(await fails('bob', 'approve', 'globex', request, '--yes')).toMatchObject({ code: 'request-cancelled' });
  });

  it('a release takes two other people, and not the one who asks', async () => {
    const { request: id } = await as('lena', 'hold', 'release', 'acme', '--matter', 'case 17', '--reason', 'settled');
    expect(await as('bob', 'approve', 'acme', id, '--yes')).toMatchObject({ state: 'waiting', agreed: 1, needed: 2 });
    expect(await fails('bob', 'requests', '--execute', id, '--yes')).toMatchObject({ code: 'not-a-requester' });
    expect(await as('carl', 'approve', 'acme', id, '--yes')).toMatchObject({ state: 'approved', told: true });
    await becomes(id, 'done');
    expect((await as('lena', 'hold', 'list')).holds).toEqual([]);
  });

  it('an administrator breaks the glass: it is carried out at once, and reviewed by another person', async () => {
    const now = ['hold', 'initech', '--matter', 'raid', '--break-glass', '--yes'];
    expect(await fails('lena', ...now, '--reason', 'now')).toMatchObject({ code: 'not-permitted' });
    const { request: id, state } = await as('adam', ...now, '--reason', 'court order');
    expect(state).toBe('started');
    expect(await becomes(id, 'done')).toMatchObject({ brokeGlass: true, reviewedBy: null });
    const review = ['requests', 'initech', '--review', id, '--reason', 'right'];
    expect(await as('bob', ...review)).toMatchObject({ reviewedBy: expect.stringMatching(/\/bob$/) });
  });

  it('an auditor reads all of it, proves it and exports it, and changes nothing', async () => {
    const { events } = await as('audrey', 'audit', 'acme', '--limit', '500');
    const told = events.map(
      ({ action, outcome, who }: AuditLine) => `${who.name.split('/').at(-1)} ${action} ${outcome}`,
    );
    expect(told).toEqual(
      expect.arrayContaining(['lena hold requested', 'bob approveHold approved', 'carl approveRelease approved']),
    );
    expect(await as('audrey', 'audit', 'verify')).toMatchObject({ problems: [] });
    const file = join(cli.directory, 'trail.jsonl');
    expect((await as('audrey', 'audit', 'export', 'acme', '--output', file)).lines).toBeGreaterThan(events.length);
    expect(await readFile(file, 'utf8')).toContain('holdfast.audit');
    expect((await as('audrey', 'retention', 'show', 'acme')).tenants).toHaveLength(1);
    expect(await fails('audrey', ...HOLD)).toMatchObject({ code: 'not-a-requester' });
    // There is a row to read.
    await deployed.db.query(`UPDATE projects SET title = 'later' WHERE tenant_id = 'acme'`);
    await deployed.ship();
    expect(await fails('audrey', 'log', 'acme')).toMatchObject({ code: 'access-denied' });
    // The catalog would tell whether there is such a tenant.
    const refused = { code: 'catalog-unreachable', details: { fault: expect.stringMatching(/^AccessDenied/) } };
    expect(await fails('lena', 'audit', 'acme')).toMatchObject(refused);
  });

  it('IAM refused only what these tests tried on purpose', async () => {
    const denied = (by: string, action: string, resource: string, why: string): ExpectedDenial => ({
      ...{ by: new RegExp(`_${by}_`), action: new RegExp(`^${action}`), resource: new RegExp(resource), why },
    });
    await expectOnlyTheseDenials(deployed.emulator, [
      denied('(LegalOfficer|Auditor|Admin)', 'lambda:Invoke', 'gov-approve', 'only approvers decide'),
      denied('(Approver|Auditor)', 'lambda:Invoke', 'gov-request-action', 'neither requests anything'),
      denied('Auditor', 's3:GetObject', '/(packs|digest-key)', 'rows'),
      denied('Auditor', 's3:ListBucketVersions', 'gov-vault', 'tells a missing object from a denied one'),
      denied('(LegalOfficer)', '(s3|dynamodb):', '(audit|catalog|vault)', 'the audit trail is for auditors'),
      denied('Approver', 'dynamodb:', 'gov-catalog', 'an approver names the tenant'),
    ]);
  });
});

interface AuditLine {
  readonly action: string;
  readonly outcome: string;
  readonly who: { readonly name: string };
}
