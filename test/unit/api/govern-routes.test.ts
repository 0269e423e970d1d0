/** Holds, destruction, the audit trail and evidence by the API alone: what each answers is what the vault then says. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tarEntries } from '../../../lib/codec/tar.ts';
import { SYSTEM } from '../../../lib/domain/tenant.ts';
import { appendEvent } from '../../../lib/operations/governance/audit-trail.ts';
import { verifyEvidence } from '../../../lib/operations/governance/evidence/verify-evidence.ts';
import { executeAction } from '../../../lib/operations/governance/execute-action.ts';
import { standingHolds } from '../../../lib/operations/storage/standing-holds.ts';
import { ACTION_KINDS } from '../../../lib/runtime/action-kinds.ts';
import { type ApiWorld, apiWorld, governingParts } from '../../support/api-world.ts';
import { acme, anna, bert, other, person, root } from '../../support/governed.ts';

const lena = person('lena', ['legal-officer']);
const ada = person('ada', ['auditor']);
const T = `/tenants/${acme}`;
const why = { reason: 'case 17' };

let api: ApiWorld;
beforeEach(async () => {
  api = await apiWorld({ known: ['acme', 'other'], parts: governingParts });
  api.rule = {};
});
afterEach(() => api.deps.dispose());

interface Requested {
  readonly request: string;
  readonly state: string;
}

async function placed(more: object = {}): Promise<string> {
  const { body } = await api.call<Requested>(lena, `${T}/holds`, { ...why, matter: 'Smith v. Acme', ...more });
  await executeAction(api.deps, ACTION_KINDS, { principal: lena, tenant: acme, id: body.request });
  return body.request;
}

describe('a hold', () => {
  it('is a request, and nothing is held before it is executed', async () => {
    const { status, body } = await api.call<Requested>(lena, `${T}/holds`, { ...why, matter: 'Smith v. Acme' });
    expect([status, body.state]).toEqual([200, 'approved']);
    expect(await standingHolds(api.deps, acme)).toEqual([]);
  });

  it('is listed, shown with its matter and proved; each read is in the audit trail', async () => {
    const hold = await placed();
    const listed = await api.call<{ holds: object[] }>(ada, '/holds');
    expect(listed.body.holds).toMatchObject([{ hold, matter: 'Smith v. Acme', tenantId: 'acme', signed: true }]);
    const matter = await api.call<{ holds: object[] }>(ada, `/matters/${hold}`);
    expect(matter.body).toMatchObject({ matter: 'Smith v. Acme', holds: [{ requestedBy: 'lena', reason: 'case 17' }] });
    const { body } = await api.call<{ id: string; tenant: string }>(ada, `${T}/holds/verify`, {});
    expect(await api.result(ada, body)).toMatchObject({ tenants: [{ holds: [hold] }] });
    expect(await api.last()).toMatchObject({ action: 'readHolds', outcome: 'allowed', who: 'ada' });
    expect(await api.last(SYSTEM)).toMatchObject({ action: 'readHolds', outcome: 'allowed', who: 'ada' });
  });

  it('waits for two others before it is released', async () => {
    const hold = await placed();
    const { body } = await api.call<Requested & { approvals: number }>(lena, `${T}/holds/${hold}/release`, why);
    expect(body).toMatchObject({ state: 'waiting', approvals: 2 });
    for (const approver of [anna, bert]) await api.decide(approver, body.request);
    await executeAction(api.deps, ACTION_KINDS, { principal: root, tenant: acme, id: body.request });
    expect(await standingHolds(api.deps, acme)).toEqual([]);
  });

  it('forbids destroying while it stands', async () => {
    await placed();
    const asked = await api.call(root, `${T}/destruction`, { ...why, confirm: acme });
    expect(asked).toMatchObject({ status: 403, body: { details: { policies: ['held-is-not-destroyed'] } } });
  });
});

describe('work that a request began', () => {
  it('is followed by who began it, below its tenant alone', async () => {
    await placed();
    const { body } = await api.call<{ id: string }>(ada, `${T}/holds/verify`, {});
    await api.apiDeps.executions.settled();
    expect((await api.call(ada, `${T}/executions/${body.id}`)).status).toBe(200);
    expect((await api.call(lena, `${T}/executions/${body.id}`)).status).toBe(404);
    expect((await api.call(ada, `/tenants/${other}/executions/${body.id}`)).status).toBe(404);
  });
});

describe('a destruction', () => {
  it.each(['', 'acme', other, acme.slice(0, 25)])('is not requested when %j is typed', async confirm => {
    const asked = await api.call(root, `${T}/destruction`, { ...why, confirm });
    expect(asked.body).toMatchObject({ code: 'not-confirmed' });
    expect((await api.trail()).filter(({ outcome }) => outcome === 'requested')).toEqual([]);
  });

  it('is requested with the reference typed again, and its countdown can be cancelled', async () => {
    await api.deps.keyring.ensureKey(acme);
    const plan = await api.call<{ planHash: string; sentences: string[] }>(root, `${T}/destruction/plan?days=9`);
    expect(plan.body.sentences.length).toBeGreaterThan(0);
    const asked = await api.call<Requested>(root, `${T}/destruction`, { ...why, confirm: acme, days: 9 });
    await executeAction(api.deps, ACTION_KINDS, { principal: root, tenant: acme, id: asked.body.request });
    const shown = await api.call(ada, `${T}/destruction`);
    expect(shown.body).toMatchObject({ destruction: { stage: 'counting', requestedBy: 'rosa' } });
    expect((await api.call(ada, '/destructions')).body).toMatchObject({ destructions: [{ tenant: acme }] });
    expect((await api.call(root, `${T}/destruction/cancel`, why)).body).toMatchObject({
      destruction: { stage: 'cancelled' },
    });
    expect((await api.call(ada, `${T}/destruction/certificate`)).body).toEqual({ certified: null });
  });
});

interface Page {
  readonly events: { tenant: string; sequence: number; at: string }[];
  readonly next: string | null;
}

describe('the audit trail', () => {
  it('is given page by page, of all chains and of one', async () => {
    const { deps } = api;
    for (const chain of [acme, other, SYSTEM, acme])
      await appendEvent(deps, chain, { who: ada, action: 'restore', outcome: 'done' });
    for (const [path, count] of [
      ['/audit', 4],
      [`${T}/audit`, 2],
    ] as const) {
      const whole = await api.call<Page>(ada, path);
      const first = await api.call<Page>(ada, `${path}?limit=1`);
      const rest = await api.call<Page>(ada, `${path}?limit=200&cursor=${first.body.next}`);
      expect([...first.body.events, ...rest.body.events]).toEqual(whole.body.events);
      expect([whole.body.events.length, rest.body.next]).toEqual([count, null]);
    }
    expect(await api.call(ada, '/audit?cursor=bm90')).toMatchObject({ status: 400, body: { code: 'bad-cursor' } });
  });

  it('is filtered by who, action and outcome', async () => {
    await api.call(lena, '/evidence');
    await placed();
    const denied = await api.call<Page>(ada, '/audit?outcome=denied&who=LEN');
    expect(denied.body.events).toMatchObject([{ tenant: 'system', action: 'exportEvidence', outcome: 'denied' }]);
    expect((await api.call<Page>(ada, '/audit?action=hold&outcome=done')).body.events).toHaveLength(1);
    expect((await api.call(ada, '/audit?outcome=unheard')).status).toBe(400);
  });

  it('is exported as a file with its proof, and the export is in it', async () => {
    await placed();
    const { response, status } = await api.call(ada, `${T}/audit/export`);
    expect(status).toBe(200);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="audit-${acme}.jsonl"`);
    const lines = (await response.text())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { kind: string });
    expect([lines[0]!.kind, lines.at(-1)!.kind]).toEqual(['header', 'end']);
    expect(lines).toHaveLength((await api.trail()).length + 2);
    expect(await api.last()).toMatchObject({ action: 'readAudit', outcome: 'allowed' });
  });

  it('breaks off the file, or answers with a problem, where the chain is broken', async () => {
    await placed();
    await api.deps.tamper(`audit/${acme}/0000000001`, bytes => bytes.reverse());
    const { response } = await api.call(ada, `${T}/audit/export`);
    await expect(response.text()).rejects.toThrow();
    expect(await api.call(ada, `${T}/audit/export?format=ocsf`)).toMatchObject({
      body: { code: 'audit-chain-broken' },
    });
  });
});

describe('evidence', () => {
  it('is made, listed, shown and downloaded with every file as it was signed', async () => {
    const asked = await api.call<{ id: string; tenant: string }>(ada, '/evidence', {
      ...{ framework: 'soc2', from: '2026-01-01T00:00:00Z', to: '2026-02-01T00:00:00Z' },
    });
    expect(asked.status).toBe(202);
    const { id } = await api.result<{ id: string }>(ada, asked.body);
    const listed = await api.call(ada, '/evidence');
    expect(listed.body).toMatchObject({ bundles: [{ id, framework: 'soc2', isKept: true }] });
    const shown = await api.call<{ verification: { problems: unknown[] }; files: object[] }>(ada, `/evidence/${id}`);
    expect(shown.body.verification).toMatchObject({ ok: true, problems: [] });
    expect(shown.body.files).toHaveLength(4);
    const { response } = await api.call(ada, `/evidence/${id}/files`);
    const files = new Map<string, Uint8Array>();
    const body = new Uint8Array(await response.arrayBuffer());
    for await (const { name, bytes } of tarEntries(onePiece(body))) files.set(name, await whole(bytes));
    expect(verifyEvidence(files, await api.deps.signer.publicKey())).toMatchObject({ ok: true });
  });
});

async function* onePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}
