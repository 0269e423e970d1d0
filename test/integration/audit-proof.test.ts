/**
 * What leaves the installation proves itself: examples/verify-audit, in Python, which shares no code with Holdfast and has
 * nothing but the file and the public key, accepts every export and attestation, and refuses whatever was changed in one.
 */
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { auditEventKey } from '../../lib/domain/governance-key.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type AnchorDeps, anchorAudit } from '../../lib/operations/governance/anchor-audit.ts';
import { attest } from '../../lib/operations/governance/attest.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { exportAudit } from '../../lib/operations/governance/export-audit.ts';
import { verifyAudit } from '../../lib/operations/governance/verify-audit.ts';
import { AUDITOR, testSigner } from '../support/audit-world.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';

const VERIFIERS = join(import.meta.dirname, '../../examples/verify-audit');
/** Enough for pages of several heads. */
const TENANTS = Array.from({ length: 70 }, (_, number) => tenantRef('test-installation', tenantId(String(number))));
const ACME = TENANTS[0]!;
const NEIGHBOUR = TENANTS.find(tenant => tenant !== ACME && tenant[0] === ACME[0])!;

let deps: LocalDeps & AnchorDeps;
let keyFile: string;
beforeEach(async () => {
  deps = { ...(await localDeps()), settings: defaultSettings() };
  keyFile = join(deps.dir, 'public.pem');
  await writeFile(keyFile, await deps.signer.publicKey());
});
afterEach(() => deps.dispose());

async function append(tenant: TenantRef, times = 1): Promise<void> {
  for (let time = 0; time < times; time++)
    await appendEvent(deps, tenant, { who: AUDITOR, action: 'restore', outcome: 'approved', policies: ['p-ü'] });
}

async function exported(tenant?: TenantRef): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of exportAudit(deps, 'jsonl', tenant)) lines.push(line);
  return lines;
}

function run(script: string, ...args: string[]) {
  return spawnSync('python3', ['-B', join(VERIFIERS, script), ...args], { encoding: 'utf8' });
}

async function verdictOn(lines: readonly string[]): Promise<string> {
  const file = join(deps.dir, 'export.jsonl');
  await writeFile(file, lines.map(line => `${line}\n`).join(''));
  const { status, stdout, stderr } = run('verify_export.py', file, keyFile);
  expect(status === 0).toBe(stderr === '');
  return status === 0 ? stdout : stderr;
}

describe('an exported audit trail', () => {
  it('is verified by an independent program, and says how far it is complete', async () => {
    await append(ACME, 3);
    expect(await verdictOn(await exported(ACME))).toContain('3 events verified; no anchor names the chain yet');
    for (const tenant of TENANTS) await append(tenant);
    await anchorAudit(deps, AUDITOR);
    await append(ACME, 2);
    const verdict = await verdictOn(await exported(ACME));
    expect(verdict).toContain(`${ACME}: 6 events verified; complete up to event 4, as of 2026-01-15T12:00:00.000Z`);
    // Every position in the trees of all pages.
    const all = await verdictOn(await exported());
    expect(all.match(/complete up to event \d+/g)).toHaveLength(TENANTS.length);
    expect(all).toContain(`${SYSTEM}: 1 events verified; no anchor`);
  });

  it('is refused if anything in it was changed, left out, repeated, moved or brought from elsewhere', async () => {
    await append(ACME, 4);
    await append(NEIGHBOUR, 4);
    await anchorAudit(deps, AUDITOR);
    await append(ACME);
    const lines = await exported(ACME);
    const other = await exported(NEIGHBOUR);
    const last = lines.length - 1;
    const edited = (index: number, change: (record: Record<string, unknown>) => object) =>
      lines.with(index, JSON.stringify(change(JSON.parse(lines[index]!))));
    const cut = [...lines.slice(0, 4), JSON.stringify({ ...JSON.parse(lines[last]!), head: headOf(lines[3]!) })];
    const changes: Record<string, readonly string[]> = {
      ...Object.fromEntries([0, 1, 3, 5].map(line => [`without line ${line}`, lines.toSpliced(line, 1)])),
      'without the last line': lines.slice(0, last),
      'without the tail that the anchor names': cut,
      'with a repeated event': lines.toSpliced(2, 0, lines[2]!),
      'with two events in the other order': lines.with(2, lines[3]!).with(3, lines[2]!),
      'with an event of another tenant': lines.with(2, other[2]!),
      'with the end of another tenant': lines.with(last, other[other.length - 1]!),
      'with another name': lines.with(2, lines[2]!.replace('ada', 'eve')),
      'with another digest': edited(2, record => ({ ...record, sha256: '0'.repeat(64) })),
      'as another installation’s': edited(0, record => ({ ...record, installation: 'another' })),
      'as another tenant’s': edited(0, record => ({ ...record, tenant: NEIGHBOUR })),
    };
    expect(await verdictOn(lines)).toContain('5 events verified; complete up to event 4');
    for (const [what, changed] of Object.entries(changes)) expect(await verdictOn(changed), what).toContain('REFUSED');
    await writeFile(keyFile, testSigner().pem);
    expect(await verdictOn(lines), 'with another key').toContain('REFUSED');
  });

  it('ends before the first event that cannot be proved, without its last line', async () => {
    await append(ACME, 4);
    await deps.tamper(auditEventKey(ACME, 3), bytes => bytes.fill(0, 40, 60));
    const lines: string[] = [];
    const exporting = async () => {
      for await (const line of exportAudit(deps, 'jsonl', ACME)) lines.push(line);
    };
    await expect(exporting()).rejects.toMatchObject({ code: 'audit-chain-broken' });
    expect(await verdictOn(lines)).toContain('not complete');
    expect((await verifyAudit(deps)).problems[0]).toMatchObject({ what: 'altered', sequence: 3 });
  });
});

describe('an attestation', () => {
  const predicate = {
    id: 'r-1',
    requestedBy: 'ada',
    approvedBy: ['grace'],
    tables: [{ table: 'public.ünï', updated: 1 }],
  };

  it('is verified by an independent program with the public key alone, and against the stored object', async () => {
    await append(ACME);
    const key = auditEventKey(ACME, 1);
    const { sha256 } = (await deps.vault.head(key))!;
    const envelope = await attest(deps, {
      predicateType: 'urn:holdfast:test:v1',
      subjects: { [key]: sha256 },
      predicate,
    });
    const [file, object] = [join(deps.dir, 'envelope.json'), join(deps.dir, 'object')];
    await writeFile(file, JSON.stringify(envelope));
    await writeFile(object, await deps.vault.get(key));
    const { status, stdout } = run('verify_attestation.py', keyFile, file, object);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      _type: 'https://in-toto.io/Statement/v1',
      subject: [{ name: key, digest: { sha256 } }],
      predicateType: 'urn:holdfast:test:v1',
      predicate,
    });
    await writeFile(object, 'another object');
    expect(run('verify_attestation.py', keyFile, file, object).stderr).toContain(
      'REFUSED: the statement is not about this object',
    );
    const forged = Buffer.from(envelope.payload, 'base64').toString().replace('grace', 'ada');
    await writeFile(file, JSON.stringify({ ...envelope, payload: Buffer.from(forged).toString('base64') }));
    expect(run('verify_attestation.py', keyFile, file).stderr).toContain('REFUSED: the envelope');
    await writeFile(file, JSON.stringify({ ...envelope, payloadType: 'text/plain' }));
    expect(run('verify_attestation.py', keyFile, file).stderr).toContain('REFUSED');
    expect(await readFile(keyFile, 'utf8')).toContain('BEGIN PUBLIC KEY');
  });
});

function headOf(line: string): object {
  const { document, sha256 } = JSON.parse(line);
  return { sequence: JSON.parse(document).sequence, sha256 };
}
