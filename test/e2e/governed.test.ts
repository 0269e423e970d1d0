/** Roles and approvals on one machine, as people meet them: configured, requested, decided, executed and recorded. */
import { readFile, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import type { CommandLine } from '../support/command-line.ts';
import type { TestDatabase } from '../support/postgres.ts';
import { digestOf, serverNow } from '../support/shop-database.ts';
import { type ShopInstallation, shopInstallation } from '../support/shop-installation.ts';

const ME = userInfo().username;
const two = tenantRef('governed-test', tenantId('2'));

let installed: ShopInstallation;
let database: TestDatabase;
let holdfast: CommandLine;
let plain: string;

beforeAll(async () => {
  installed = await shopInstallation('governed-test');
  ({ database, holdfast } = installed);
  plain = await readFile(join(holdfast.directory, 'holdfast.yaml'), 'utf8');
});
afterAll(() => installed?.dispose());
beforeEach(() => configure(''));

/** The configuration, with more at its end. */
async function configure(more: string): Promise<void> {
  await writeFile(join(holdfast.directory, 'holdfast.yaml'), `${plain}\n${more}`);
}

/** Damages tenant 2, and returns the moment before. */
async function damage(): Promise<string> {
  const moment = await serverNow(database);
  await database.query('DELETE FROM orders WHERE shop_id = 2 AND id % 4 = 0');
  await holdfast.json('ship');
  return moment;
}

interface Event {
  readonly action: string;
  readonly outcome: string;
  readonly code?: string;
}

async function trail(...more: string[]): Promise<string[]> {
  await configure('');
  const { events } = await holdfast.json('audit', 'show', ...more, '--limit', '500');
  return events.map(({ action, outcome, code = '' }: Event) => `${action} ${outcome} ${code}`.trim()).reverse();
}

describe('without people and approvals', () => {
  it('a restore is applied as ever, and is in the audit trail with the digest of its record', async () => {
    const before = await digestOf(database, 2);
    const moment = await damage();
    const { record } = await holdfast.json('restore', '2', '--to', moment, '--yes');
    expect(await digestOf(database, 2)).toBe(before);
    expect((await trail('2')).slice(-2)).toEqual(['restore started', 'restore done']);
    const { events } = await holdfast.json('audit', 'show', '2', '--limit', '1');
    expect(events[0].details).toMatchObject({ restore: record.id, inserted: 75 + 25 });
    expect(Object.keys(events[0].records)[0]).toContain(record.id);
  });
});

describe('with an approval for restores', () => {
  const RULE = 'approvals: [{action: restore, approvals: 1}]\n';

  it('a restore waits until another person approves its plan; then exactly that is applied', async () => {
    const before = await digestOf(database, 2);
    const moment = await damage();
    await configure(RULE);
    const damaged = await digestOf(database, 2);
    const asked = await holdfast.json('restore', '2', '--to', moment, '--yes', '--reason', 'lost orders');
    expect(asked).toMatchObject({ state: 'waiting', action: 'restore', approvals: 1, result: null });
    const id: string = asked.request;
    expect(await digestOf(database, 2)).toBe(damaged);
    expect(await holdfast.failure('approve', '2', id, '--yes')).toMatchObject({ code: 'own-request', exit: 2 });
    expect(await holdfast.failure('requests', '--execute', id, '--yes')).toMatchObject({
      code: 'not-approved',
      exit: 6,
    });
    expect((await holdfast.json('approve', '2')).waiting).toMatchObject([{ id, state: 'waiting', requestedBy: ME }]);
    await installed.decideAs('carol', { tenant: two, id });
    const done = await holdfast.json('requests', '--execute', id, '--yes');
    expect(done).toMatchObject({ id, state: 'done', decisions: [{ by: 'carol', agrees: true }], executedBy: ME });
    expect(await digestOf(database, 2)).toBe(before);
    const [latest] = (await holdfast.json('restores', '2', '--limit', '1')).restores;
    expect(latest).toMatchObject({ approvedBy: ['carol'], requestedBy: ME, reason: 'lost orders', proof: 'same' });
    expect((await trail('2')).slice(-6)).toEqual([
      ...['restore requested', 'approveRestore denied own-request', 'restore denied not-approved'],
      ...['approveRestore approved', 'restore started', 'restore done'],
    ]);
  });

  it('a refused restore is not applied, and a request can be cancelled', async () => {
    const moment = await damage();
    await configure(RULE);
    const damaged = await digestOf(database, 2);
    const [refused, cancelled] = [
      (await holdfast.json('restore', '2', '--to', moment, '--yes')).request,
      (await holdfast.json('restore', '2', '--to', moment, '--yes')).request,
    ];
    await installed.decideAs('carol', { tenant: two, id: refused, agrees: false });
    expect(await holdfast.failure('requests', '--execute', refused, '--yes')).toMatchObject({
      code: 'request-refused',
    });
    expect(await holdfast.json('requests', '--cancel', cancelled, '--yes')).toMatchObject({ state: 'cancelled' });
    expect((await holdfast.json('requests', '2', '--limit', '0')).requests).toEqual([]);
    expect(await digestOf(database, 2)).toBe(damaged);
  });

  it('broken glass applies it at once, shows on the status until another person has reviewed it', async () => {
    const moment = await damage();
    await configure(RULE);
    const { request } = await holdfast.json('restore', '2', '--to', moment, '--yes');
    const execute = ['requests', '--execute', request, '--break-glass', '--yes'];
    expect(await holdfast.failure(...execute)).toMatchObject({ code: 'reason-missing', exit: 2 });
    const done = await holdfast.json(...execute, '--reason', 'shop is down');
    expect(done).toMatchObject({ state: 'done', brokeGlass: true, reviewedBy: null, reason: 'shop is down' });
    const status = await holdfast.json('status');
    expect(status.unreviewed).toMatchObject([{ id: done.id, requestedBy: ME }]);
    expect((await holdfast.run('status')).stdout).toContain(done.id);
    const review = ['requests', '--review', done.id, '--reason', 'fine'];
    expect(await holdfast.failure(...review)).toMatchObject({ code: 'own-request' });
  });
});

describe('an export', () => {
  const RULE = 'approvals: [{action: export, approvals: 1}]\n';
  const out = (name: string) => join(holdfast.directory, name);
  const rowsIn = async (name: string) => {
    const { tables } = JSON.parse(await readFile(join(out(name), 'export.json'), 'utf8'));
    return tables.find(({ table }: { table: string }) => table === 'public.orders').rows;
  };

  it('is written at once where no approval is needed, and is in the audit trail', async () => {
    const asked = ['export', '2', '--out', out('csv'), '--format', 'csv'];
    expect(await holdfast.failure(...asked, '--yes')).toMatchObject({ code: 'usage', exit: 2 });
    const done = await holdfast.json(...asked, '--yes', '--reason', 'Article 20');
    expect(done).toMatchObject({ action: 'export', state: 'done' });
    expect(done.result.proof.rows).toBeGreaterThan(0);
    expect((await trail('2')).slice(-3)).toEqual(['export requested', 'export started', 'export done']);
    const again = await holdfast.failure(...asked, '--yes', '--reason', 'once more');
    expect(again).toMatchObject({ code: 'export-exists', exit: 2 });
  });

  it('has the rows of the moment that was approved, however long it waited', async () => {
    await configure(RULE);
    const before = Number((await database.query('SELECT count(*) AS n FROM orders WHERE shop_id = 2'))[0].n);
    const asked = await holdfast.json('export', '2', '--out', out('waited'), '--yes', '--reason', 'Article 20');
    expect(asked).toMatchObject({ state: 'waiting', result: null });
    await database.query('DELETE FROM orders WHERE shop_id = 2 AND id % 3 = 0');
    await holdfast.json('ship');
    const execute = ['requests', '--execute', asked.request, '--yes'];
    expect(await holdfast.failure(...execute)).toMatchObject({ code: 'not-approved' });
    await expect(readFile(join(out('waited'), 'export.json'))).rejects.toMatchObject({ code: 'ENOENT' });
    await installed.decideAs('carol', { tenant: two, id: asked.request });
    expect(await holdfast.json(...execute)).toMatchObject({ state: 'done', executedBy: ME });
    expect(await rowsIn('waited')).toBe(before);
  });

  it('is refused to an operator, and to the administrator of another tenant', async () => {
    const asked = (tenant: string) => ['export', tenant, '--out', out(`no-${tenant}`), '--yes', '--reason', 'curious'];
    await configure(`people: [{user: ${JSON.stringify(ME)}, roles: [operator]}]\n`);
    expect(await holdfast.failure(...asked('2'))).toMatchObject({ code: 'not-permitted', exit: 2 });
    await configure(`people: [{user: ${JSON.stringify(ME)}, roles: [tenant-administrator], tenants: ["2"]}]\n`);
    expect(await holdfast.failure(...asked('3'))).toMatchObject({ code: 'not-permitted', exit: 2 });
    expect(await holdfast.json(...asked('2'))).toMatchObject({ state: 'done' });
    expect((await trail('3')).at(-1)).toBe('export denied not-permitted');
  });
});

describe('with people', () => {
  const listed = (roles: string, more = '') =>
    configure(`people: [{user: ${JSON.stringify(ME)}, roles: [${roles}]${more}}]\n`);

  it('a command that the role does not permit is refused and recorded, on the tenant that it names', async () => {
    await listed('auditor');
    const moment = await serverNow(database);
    for (const words of [
      ['history', '2', 'public.orders', '1'],
      ['diff', '2', '--to', moment],
      ['snapshot', '2'],
    ])
      expect(await holdfast.failure(...words)).toMatchObject({ code: 'not-permitted', exit: 2 });
    expect((await holdfast.failure('snapshot', '2')).message).toContain(
      `${ME}, with the roles auditor, is not permitted: snapshot`,
    );
    await holdfast.json('status');
    expect((await trail('2')).slice(-4)).toEqual([
      ...['readRows denied not-permitted', 'previewRestore denied not-permitted'],
      ...['snapshot denied not-permitted', 'snapshot denied not-permitted'],
    ]);
  });

  it('a tenant administrator works on its own tenant, and reaches no other by id, by reference or through an option', async () => {
    await listed('tenant-administrator', ', tenants: ["2"]');
    const moment = 'latest';
    await holdfast.json('timeline', '2');
    await holdfast.json('diff', '2', '--to', moment);
    const three = tenantRef('governed-test', tenantId('3'));
    for (const words of [
      ['timeline', '3'],
      ['timeline', three],
      ['restore', '3', '--to', moment, '--yes'],
      ['restore', three, '--to', moment, '--yes'],
      ['status'],
      ['requests'],
      ['requests', '3'],
      ['approve', three],
      ['history', '3', 'public.orders', '1'],
      ['restore', '2', '--to', moment, '--as', '3', '--yes'],
      ['restore', '2', '--to', moment, '--as', '77', '--yes'],
      ['catalog', 'rebuild', '--yes'],
      ['erase', '3', 'public.orders', '1', '--reason', 'asked'],
    ])
      expect(await holdfast.failure(...words), words.join(' ')).toMatchObject({ code: 'not-permitted', exit: 2 });
  });

  it('whoever is not listed may do nothing', async () => {
    await configure('people: [{user: somebody-else, roles: [system-administrator]}]\n');
    for (const words of [['status'], ['timeline', '2'], ['restore', '2', '--to', 'latest', '--yes']])
      expect(await holdfast.failure(...words)).toMatchObject({ code: 'not-permitted', exit: 2 });
  });
});

describe('policies', () => {
  it('explain a decision, and are tested by a table', async () => {
    await configure(`people: [{user: ada, roles: [operator]}]\n`);
    const explain = async (who: string) =>
      JSON.parse((await holdfast.run('policy', 'explain', who, 'restore', '2', '--json')).stdout);
    expect(await explain('ada')).toMatchObject({ allowed: true, policies: ['operator'] });
    expect(await explain('eve')).toMatchObject({
      allowed: false,
      policies: [],
    });
    const table = join(holdfast.directory, 'decisions.yaml');
    const row = (who: string, action: string, allowed: boolean) =>
      `  - {who: ${who}, action: ${action}, tenant: "2", allowed: ${allowed}}\n`;
    await writeFile(
      table,
      `format: holdfast.decision-table/1\ndecisions:\n${row('ada', '[restore, snapshot]', true)}${row('ada', 'readRows', false)}`,
    );
    expect(await holdfast.json('policy', 'test', table)).toEqual({ decisions: 3, wrong: [] });
    await writeFile(table, `format: holdfast.decision-table/1\ndecisions:\n${row('ada', 'readRows', true)}`);
    const wrong = await holdfast.run('policy', 'test', table);
    expect([wrong.code, wrong.stdout]).toEqual([2, expect.stringContaining('readRows on 2 is denied')]);
  });

  it('of the installation win where they forbid, and a file with an error stops every command', async () => {
    const file = join(holdfast.directory, 'own.cedar');
    await writeFile(file, '@id("weekend") forbid (principal, action == Action::"snapshot", resource);');
    await configure('policies: [own.cedar]\n');
    expect((await holdfast.failure('snapshot', '2')).details).toMatchObject({ policies: ['weekend'] });
    await writeFile(file, 'permit (principal, action, resource);');
    expect(await holdfast.failure('status')).toMatchObject({ code: 'bad-policy', exit: 2 });
  });
});
