/**
 * An export that functions carry out is the export of one machine, byte for byte, however often it was interrupted; until it is
 * fetched every byte of it is sealed, and afterwards it expires. Staged on a real server, with the local adapters.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { approvalRuleFor } from '../../../lib/domain/approval-rule.ts';
import { EXPORT_FORMS, type ExportForm } from '../../../lib/domain/export-document.ts';
import { exportPartKey, exportsPrefix } from '../../../lib/domain/object-key.ts';
import { EXPORT_KEPT_DAYS, ExportAttempt } from '../../../lib/domain/sealed-export.ts';
import { type TenantRef, tenantId } from '../../../lib/domain/tenant.ts';
import { exportPlace } from '../../../lib/local/export-directory.ts';
import { exportTenant } from '../../../lib/operations/archive/export-tenant.ts';
import { exportToVault } from '../../../lib/operations/archive/export-to-vault.ts';
import { planExport } from '../../../lib/operations/archive/plan-export.ts';
import { refOf } from '../../../lib/operations/context.ts';
import type { ActionKind } from '../../../lib/operations/governance/action-kind.ts';
import { askedExportKind } from '../../../lib/operations/governance/asked-export-kind.ts';
import { appendEvent } from '../../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../../lib/operations/governance/authorize.ts';
import { carryOutRequest, requestUnfinished } from '../../../lib/operations/governance/carry-out-request.ts';
import { sealedExportKind } from '../../../lib/operations/governance/export-tenant-kind.ts';
import { fetchExport } from '../../../lib/operations/governance/fetch-export.ts';
import { readAudit } from '../../../lib/operations/governance/read-audit.ts';
import { type GovernanceDeps, requestAction } from '../../../lib/operations/governance/request-action.ts';
import { eraseSubject } from '../../../lib/operations/retention/erase-subject.ts';
import { expireTenant, planTenantExpiry } from '../../../lib/operations/retention/expire-tenant.ts';
import { readDocument } from '../../../lib/operations/storage/sealed-document.ts';
import type { StoredObject } from '../../../lib/ports.ts';
import { dropStagingArea } from '../../../lib/postgres/staging/staging-area.ts';
import { type ExportedWorld, exportedWorld } from '../../support/exported-world.ts';
import { olga, person } from '../../support/governed.ts';
import { hold, release } from '../../support/held-tenant.ts';

const DAY_MS = 24 * 3600 * 1000;
const POLICY = { dailyDays: 30, weeklyDays: 30, monthlyDays: 365, annualDays: 2557, logDays: 30 };
/** Tables of the world have some kilobytes: each has several parts. */
const PART_BYTES = 1200;

let w: ExportedWorld;
let tenant: TenantRef;
let deps: GovernanceDeps & ExportedWorld['ctx'];
beforeAll(async () => {
  w = await exportedWorld(18);
  w.deps.clock.set(new Date());
  tenant = refOf(w.ctx, tenantId('1'));
  deps = {
    ...w.ctx,
    authorize: authorizer(),
    record: (of, draft) => appendEvent(w.ctx, of, draft),
    policyFor: (action, of) => ({ ...approvalRuleFor({ actions: {}, tenants: {} }, action, of), approvals: 0 }),
  };
});
afterAll(() => w?.dispose());

const owner = () => person('tina', ['tenant-administrator'], [tenant]);
const directory = (name: string) => join(w.deps.dir, name);
const kinds = (kind: object) => [kind] as readonly ActionKind[];
const input = (form: ExportForm) => ({ target: w.moment, form, exclude: ['keyless'] });

async function asked(form: ExportForm, principal = owner()): Promise<string> {
  const request = { principal, action: 'export', tenant, input: input(form), reason: 'Article 20' } as const;
  // Whoever asks has no database.
  const { source: _, ...without } = deps;
  w.deps.clock.advance(1);
  return (await requestAction(without, kinds(askedExportKind), request)).id;
}

/** A call that is told to stop after it asked so many times. */
const few = (times: number) => {
  let left = times;
  return { isUsed: () => left-- <= 0 };
};

/** Call after call, each interrupted early. How many calls it took. */
async function inCalls(id: string, between: (call: number) => Promise<void> = async () => {}): Promise<number> {
  const kind: typeof sealedExportKind = {
    ...sealedExportKind,
    async execute(ctx, of, plan, { request }) {
      const { budget } = ctx;
      const part = { request, plan, budget: budget!, unfinished: requestUnfinished, partBytes: PART_BYTES };
      return exportToVault({ ...ctx, source: w.ctx.source }, of, part);
    },
  };
  for (let call = 1; ; call++) {
    const done = await carryOutRequest({ ...deps, budget: few(1 + (call % 5)) }, kinds(kind), { tenant, id });
    if (done) return call;
    await between(call);
  }
}

async function carriedOut(form: ExportForm): Promise<string> {
  const id = await asked(form);
  expect(await carryOutRequest(deps, kinds(sealedExportKind), { tenant, id })).toBeDefined();
  return id;
}

const fetched = (request: string, name: string) =>
  fetchExport(w.ctx, { principal: olga, tenant, request, directory: directory(name), place: exportPlace });

/** Every file below it, by its path. */
async function filesIn(name: string): Promise<Record<string, string>> {
  const entries = await readdir(directory(name), { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
  const read = async (file: string) => [file.slice(directory(name).length), (await readFile(file)).toString('hex')];
  return Object.fromEntries(await Promise.all(files.sort().map(read)));
}

async function onOneMachine(form: ExportForm, request: string, name: string): Promise<void> {
  const plan = await planExport(w.ctx, tenant, { ...input(form), directory: directory(name) });
  await exportTenant(w.ctx, tenant, plan, { request, place: exportPlace });
}

async function stored(): Promise<StoredObject[]> {
  const objects: StoredObject[] = [];
  for await (const object of w.ctx.vault.list(exportsPrefix(tenant))) objects.push(object);
  return objects;
}

async function outcomes(request: string): Promise<string[]> {
  const said: string[] = [];
  for await (const { event } of readAudit(w.ctx, tenant))
    if (event.request === request) said.push(`${event.who.name} ${event.action} ${event.outcome}`);
  return said;
}

it.each(EXPORT_FORMS)('as %s it has the bytes of an export on one machine, in however many calls', async form => {
  const id = await asked(form);
  expect(await inCalls(id)).toBeGreaterThan(10);
  const proof = await fetched(id, `fetched-${form}`);
  await onOneMachine(form, id, `local-${form}`);
  expect(await filesIn(`fetched-${form}`)).toEqual(await filesIn(`local-${form}`));
  expect(proof.files.length).toBeGreaterThan(8);
});

it('begun again where its staging schema is lost, it has the same bytes', async () => {
  const id = await asked('csv');
  const lost = async (call: number) => {
    if (call !== 12) return;
    const first = await readDocument(w.ctx, tenant, exportPartKey(tenant, id, 'attempt-0001'), ExportAttempt);
    await dropStagingArea(w.ctx.source, first.staging.id);
  };
  await inCalls(id, lost);
  expect((await stored()).some(({ key }) => key === exportPartKey(tenant, id, 'attempt-0002'))).toBe(true);
  await fetched(id, 'again');
  await onOneMachine('csv', id, 'again-local');
  expect(await filesIn('again')).toEqual(await filesIn('again-local'));
});

it('opens under no other key than the tenant’s, and is locked for the days that its plan names', async () => {
  const id = await carriedOut('ndjson');
  const objects = (await stored()).filter(({ key }) => key.startsWith(exportPartKey(tenant, id, '')));
  expect(objects.length).toBeGreaterThan(10);
  for (const { key, retainUntil } of objects) {
    const sealed = await w.ctx.vault.get(key);
    await w.ctx.keyring.open(tenant, sealed);
    const opened = w.ctx.keyring.open(refOf(w.ctx, tenantId('2')), sealed);
    await expect(opened, key).rejects.toMatchObject({ code: 'cannot-open' });
    const days = (retainUntil.getTime() - w.deps.clock.now().getTime()) / DAY_MS;
    expect(days).toBeCloseTo(EXPORT_KEPT_DAYS, 1);
  }
});

it('says in the audit trail who asked for it, and who read it', async () => {
  const id = await carriedOut('sql');
  await fetched(id, 'recorded');
  expect(await outcomes(id)).toEqual([
    ...['tina export requested', 'tina export started', 'tina export done', 'olga export-read allowed'],
  ]);
});

it('is opened by nobody where the audit trail cannot be written', async () => {
  const id = await carriedOut('sql');
  const vault: typeof w.ctx.vault = {
    ...w.ctx.vault,
    head: key => w.ctx.vault.head(key),
    get: (key, range) => w.ctx.vault.get(key, range),
    list: (prefix, after) => w.ctx.vault.list(prefix, after),
    keys: (prefix, after) => w.ctx.vault.keys(prefix, after),
    put: async () => {
      throw new Error('no');
    },
  };
  const place = { principal: olga, tenant, request: id, directory: directory('unrecorded'), place: exportPlace };
  await expect(fetchExport({ ...w.ctx, vault }, place)).rejects.toMatchObject({ code: 'audit-unwritable' });
  expect(Object.keys(await filesIn('unrecorded'))).toEqual(['/.holdfast-export']);
});

it('is not requested by an operator, and not fetched before it is written', async () => {
  await expect(asked('sql', olga)).rejects.toMatchObject({ code: 'not-permitted' });
  const id = await asked('sql');
  await expect(fetched(id, 'early')).rejects.toMatchObject({ code: 'export-unfinished' });
});

it('with a part or a list that was altered or exchanged, no file is taken for an export', async () => {
  const [id, other] = [await carriedOut('csv'), await carriedOut('csv')];
  const list = exportPartKey(tenant, id, 'list');
  const theirs = await w.ctx.vault.get(exportPartKey(tenant, other, 'list'));
  const own = Buffer.from(await w.ctx.vault.get(list));
  await w.deps.tamper(list, () => theirs);
  await expect(fetched(id, 'exchanged')).rejects.toMatchObject({ code: 'object-altered' });
  await w.deps.tamper(list, () => own);
  const part = (await stored()).find(
    ({ key }) => key.startsWith(exportPartKey(tenant, id, '0001-')) && key.endsWith('-000000'),
  )!;
  await w.deps.tamper(part.key, bytes =>
    Buffer.from(bytes.map((byte, at) => (at === bytes.length - 5 ? byte ^ 1 : byte))),
  );
  await expect(fetched(id, 'altered')).rejects.toMatchObject({ code: 'object-altered' });
  await expect(readFile(join(directory('altered'), 'export.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});

it('that an erasure has overtaken is not opened, and the next one leaves the subject out', async () => {
  const id = await carriedOut('csv');
  const subject = { table: 'public.hard', keys: [['2']], requestedBy: 'dpo', reason: 'request' };
  await eraseSubject(w.ctx, tenantId('1'), subject);
  await expect(fetched(id, 'overtaken')).rejects.toMatchObject({ code: 'export-outdated' });
  const proof = await fetched(await carriedOut('csv'), 'without');
  expect(proof.leftOut).toContainEqual({ table: 'public.hard', what: '1 rows', why: 'their subject was erased' });
});

it('stays while it is locked or a legal hold stands, and is removed by the next expiry', async () => {
  const id = await carriedOut('sql');
  const expire = async () => expireTenant(w.ctx, await planTenantExpiry(w.ctx, tenant, POLICY));
  w.deps.clock.advance((EXPORT_KEPT_DAYS - 1) * DAY_MS);
  await expire();
  const all = (await stored()).length;
  expect((await fetched(id, 'in-time')).rows).toBeGreaterThan(0);
  w.deps.clock.advance(2 * DAY_MS);
  await hold(deps, tenant);
  await expire();
  expect(await stored()).toHaveLength(all);
  await release(deps, tenant);
  const { removedObjects } = await expire();
  expect([await stored(), removedObjects]).toEqual([[], all]);
  await expect(fetched(id, 'late')).rejects.toMatchObject({ code: 'export-expired' });
});
