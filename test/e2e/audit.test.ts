/** The audit trail as an auditor uses it: on a machine that reaches the vault and no database. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { auditEventKey } from '../../lib/domain/governance-key.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { AUDITOR } from '../support/audit-world.ts';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';

const ACME = tenantRef('test-installation', tenantId('acme'));
let deps: LocalDeps;
let holdfast: CommandLine;

beforeAll(async () => {
  deps = await localDeps();
  holdfast = await commandLine();
  const url = 'postgres://nobody@127.0.0.1:1/nothing';
  await holdfast.json('init', '--installation', 'test-installation', '--url', url);
  const file = join(holdfast.directory, 'holdfast.yaml');
  const text = await readFile(file, 'utf8');
  const moved = Object.entries({ vault: 'vault', keys: 'keys', catalog: 'catalog.sqlite' }).reduce(
    (before, [field, name]) => before.replace(new RegExp(`^${field}: .*$`, 'm'), `${field}: ${join(deps.dir, name)}`),
    text,
  );
  await writeFile(file, moved);
  for (const outcome of ['requested', 'denied', 'approved', 'done'] as const)
    await appendEvent({ ...deps, settings: defaultSettings() }, ACME, { who: AUDITOR, action: 'restore', outcome });
});
afterAll(async () => {
  await holdfast.dispose();
  await deps.dispose();
});

it('shows the events of a tenant and of all, newest first and filtered', async () => {
  const { events, more } = await holdfast.json('audit', 'acme', '--limit', '3');
  expect(events.map((event: { outcome: string }) => event.outcome)).toEqual(['done', 'approved', 'denied']);
  expect(more).toBe(true);
  expect((await holdfast.json('audit', '--outcome', 'denied')).events).toMatchObject([{ sequence: 2, tenant: ACME }]);
  expect((await holdfast.json('audit', '--from', '2026-01-16 00:00Z')).events).toEqual([]);
  const { stdout } = await holdfast.run('audit', 'acme');
  expect(stdout).toContain('2026-01-15 12:00:00Z  restore  denied');
  expect(Math.max(...stdout.split('\n').map(line => line.length))).toBeLessThanOrEqual(80);
  expect(await holdfast.failure('audit', '--from', 'yesteryear')).toMatchObject({ code: 'bad-target', exit: 2 });
  expect(await holdfast.failure('audit', 'acme', '--system')).toMatchObject({ code: 'usage', exit: 2 });
});

it('anchors, proves and exports the trail', async () => {
  expect((await holdfast.run('audit', 'verify')).stdout).toContain('There is no anchor yet');
  expect(await holdfast.json('audit', 'anchor')).toMatchObject({ sequence: 1, chains: 1, events: 4 });
  expect((await holdfast.json('audit', '--system')).events).toMatchObject([{ action: 'anchorAudit' }]);
  expect(await holdfast.json('audit', 'verify', 'acme')).toMatchObject({ chains: [{ events: 4, anchoredTo: 4 }] });
  expect(await holdfast.json('audit', 'verify')).toMatchObject({ problems: [], anchors: { count: 1 } });
  // With a first and a last line; and each export is in the trail before it is made.
  for (const [format, lines] of [
    ['jsonl', 7],
    ['ocsf', 6],
  ] as const) {
    const file = join(holdfast.directory, `acme.${format}`);
    const made = await holdfast.json('audit', 'export', 'acme', '--format', format, '--output', file);
    expect(made).toEqual({ file, format, lines });
    expect((await readFile(file, 'utf8')).trim().split('\n')).toHaveLength(lines);
  }
  const { keyId, publicKey } = await holdfast.json('audit', 'public-key');
  expect([keyId, publicKey]).toEqual([deps.signer.keyId, await deps.signer.publicKey()]);
  expect(await holdfast.failure('audit', 'export', '--output', '/nowhere/x')).toMatchObject({
    ...{ code: 'cannot-write-file', exit: 2 },
  });
});

it('is found altered, with the place, and is neither shown nor exported further', async () => {
  const key = auditEventKey(ACME, 2);
  await deps.tamper(key, bytes => bytes.fill(7, 50, 60));
  const { code, stdout, stderr } = await holdfast.run('audit', 'verify');
  expect(code).toBe(3);
  expect(stdout).toContain(`altered: Event 2 of ${ACME} is not what this installation wrote there.`);
  expect(stderr).toContain('[audit-chain-broken]');
  expect(await holdfast.failure('audit', 'acme')).toMatchObject({ code: 'audit-chain-broken', exit: 3 });
  const file = join(holdfast.directory, 'altered.jsonl');
  expect(await holdfast.failure('audit', 'export', '--output', file)).toMatchObject({ code: 'audit-chain-broken' });
  await expect(readFile(file)).rejects.toThrow('ENOENT');
  expect(await holdfast.failure('attest', 'nothing')).toMatchObject({ code: 'unknown-backup', exit: 2 });
});
