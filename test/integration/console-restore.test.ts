/**
 * A restore through the API alone, by several people: preview, its rows, a request, another person's approval, applied,
 * proved, undone. What the preview shows is compared with what SQL says of the rows before and after the accident.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { approvalRuleFor } from '../../lib/domain/approval-rule.ts';
import { newId } from '../../lib/domain/new-id.ts';
import type { Principal, Role } from '../../lib/domain/principal.ts';
import { type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { appendEvent } from '../../lib/operations/governance/audit-trail.ts';
import { authorizer } from '../../lib/operations/governance/authorize.ts';
import { readAudit } from '../../lib/operations/governance/read-audit.ts';
import { keepPlan } from '../../lib/operations/restore/compare/kept-plan.ts';
import { ACTION_KINDS } from '../../lib/runtime/action-kinds.ts';
import { type CalledApi, calledApi } from '../support/api-world.ts';
import { testDatabase } from '../support/postgres.ts';
import { type ProtectedDatabase, protect } from '../support/protected-database.ts';

const SCHEMA = `
  CREATE TABLE tenants (id text PRIMARY KEY, name text NOT NULL);
  CREATE TABLE orders (tenant_id text NOT NULL REFERENCES tenants, id int NOT NULL, note text, secret text, amount numeric(8,2),
    PRIMARY KEY (tenant_id, id));
  INSERT INTO tenants VALUES ('acme', 'Acme'), ('other', 'Other');
  INSERT INTO orders SELECT t.id, i, 'note ' || i, 'secret ' || i, i FROM tenants t, generate_series(1, 60) i`;
const ACCIDENT = `
  UPDATE orders SET amount = amount + 1, secret = 'x' WHERE tenant_id = 'acme' AND id <= 25;
  UPDATE orders SET note = NULL WHERE tenant_id = 'acme' AND id BETWEEN 20 AND 30;
  DELETE FROM orders WHERE tenant_id = 'acme' AND id BETWEEN 31 AND 45;
  INSERT INTO orders SELECT 'acme', i, 'born after', 's', i FROM generate_series(100, 110) i`;

const person = (name: string, roles: Role[], tenants: TenantRef[] = []): Principal => ({
  ...{ name, proof: 'operating-system', roles, tenants },
});
const olga = person('olga', ['operator']);
const anna = person('anna', ['approver']);
const rosa = person('rosa', ['system-administrator']);

type Row = Record<string, string | null>;

describe('a restore through the API', () => {
  let protectedDb: ProtectedDatabase;
  let world: CalledApi;
  let tenant: TenantRef;
  let moment: string;
  let before: Row[];
  let after: Row[];

  const rowsNow = () =>
    protectedDb.db.query<Row>(
      `SELECT tenant_id, id::text, note, secret, amount::text FROM orders WHERE tenant_id = 'acme' ORDER BY orders.id`,
    );
  const at = (path: string) => `/tenants/${tenant}${path}`;
  const done = async (who: Principal, path: string, body?: unknown) => {
    const begun = await world.call(who, at(path), body ?? {});
    expect({ path, status: begun.status, problem: begun.body.detail }).toEqual({
      path,
      status: 202,
      problem: undefined,
    });
    await world.apiDeps.executions.settled();
    const { body: ended } = await world.call(who, at(`/executions/${begun.body.id}`));
    expect(ended).toMatchObject({ state: 'done', problem: null });
    return ended.result;
  };
  const readPreview = async (id: string) => (await world.call(olga, at(`/previews/${id}`))).body;
  const request = async (preview: string) => {
    const { hash } = (await readPreview(preview)).preview;
    return world.call(olga, at('/restores'), { preview, hash, reason: 'a mistake' });
  };

  beforeAll(async () => {
    const db = await testDatabase(18);
    await db.query(SCHEMA);
    protectedDb = await protect(db, {
      review: model => ({
        ...model,
        tables: model.tables.map(each => (each.table === 'public.orders' ? { ...each, sensitive: ['secret'] } : each)),
      }),
    });
    const { ctx } = protectedDb;
    const rules = {
      actions: {
        restore: { approvals: 1, from: ['approver' as const], tenantAdministrator: 'no' as const, expiresHours: 24 },
      },
      tenants: {},
    };
    const deps = {
      ...{ ...ctx, authorize: authorizer() },
      record: (ref: TenantRef, draft: Parameters<typeof appendEvent>[2]) => appendEvent(ctx, ref, draft),
      policyFor: (action: Parameters<typeof approvalRuleFor>[1], ref: TenantRef) => approvalRuleFor(rules, action, ref),
    };
    world = calledApi(deps, {
      ...{ context: async () => deps, governance: async () => deps, kinds: async () => ACTION_KINDS },
      command: words => `holdfast ${words.join(' ')}`,
    });
    tenant = refOf(ctx, tenantId('acme'));
    before = await rowsNow();
    moment = (await protectedDb.moment()).time;
    await db.query(ACCIDENT);
    after = await rowsNow();
    await protectedDb.ship();
  });
  afterAll(() => protectedDb?.dispose());

  it('shows exactly what SQL says has changed, page by page, to who may read rows', async () => {
    const { preview } = await done(olga, '/previews', { target: moment });
    const shown = await readPreview(preview);
    expect(shown.preview.request.requestedBy).toBe('olga');
    expect(JSON.stringify(shown)).not.toContain('note 3');
    expect(shown.command).toBe(`holdfast restore acme --to ${shown.preview.request.target}`);

    const pages: { rows: never[]; columns: { name: string; isMasked: boolean }[]; next: string | null }[] = [];
    for (let cursor = ''; ; ) {
      const path = at(`/previews/${preview}/rows?table=public.orders&limit=7${cursor}`);
      const { status, body } = await world.call(rosa, path);
      expect(status).toBe(200);
      pages.push(body);
      if (body.next === null) break;
      cursor = `&cursor=${body.next}`;
    }
    const names = pages[0]!.columns.map(({ name }) => name);
    expect(pages[0]!.columns.filter(({ isMasked }) => isMasked).map(({ name }) => name)).toEqual(['secret']);
    expect(pages.flatMap(({ rows }) => rows).map(row => plain(row, names))).toEqual(differences(after, before));

    const reads = await auditOf('readRows');
    expect(reads.filter(outcome => outcome === 'allowed')).toHaveLength(pages.length);
  });

  it('narrows the rows by kind and by column', async () => {
    const { preview } = await done(olga, '/previews', { target: moment });
    const ids = async (query: string) => {
      const path = at(`/previews/${preview}/rows?table=public.orders&limit=200&${query}`);
      const { rows, columns } = (await world.call(rosa, path)).body;
      const place = columns.findIndex(({ name }: { name: string }) => name === 'id');
      return rows.map((row: { before: Row; after: Row }) => Number((row.after ?? row.before)[place]));
    };
    const series = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
    expect(await ids('kind=delete')).toEqual(series(100, 110));
    expect(await ids('kind=insert')).toEqual(series(31, 45));
    expect(await ids('column=note')).toEqual(series(20, 30));
    expect((await world.call(olga, at(`/previews/${preview}/rows?table=public.orders`))).status).toBe(403);
    const samples = await world.call(olga, at(`/previews/${preview}/samples?table=public.orders`));
    expect(samples.body.rows).toHaveLength(3);
    expect(await world.call(olga, at(`/previews/${preview}/drop`), {})).toMatchObject({ status: 200 });
    expect(await world.call(rosa, at(`/previews/${preview}/rows?table=public.orders`))).toMatchObject({
      ...{ status: 409, body: { code: 'preview-gone' } },
    });
  });

  it('lists the previews, the newest first, and apart those that can still be asked for', async () => {
    const dropped = (await done(olga, '/previews', { target: moment })).preview;
    const newest = (await done(rosa, '/previews', { target: moment })).preview;
    await world.call(olga, at(`/previews/${dropped}/drop`), {});
    const broken = newId(protectedDb.ctx);
    await keepPlan(protectedDb.ctx, tenant, broken, 'no plan');

    const { previews, unreadable, next } = (await world.call(olga, at('/previews?limit=200'))).body;
    expect(next).toBeNull();
    expect(unreadable).toEqual([{ id: broken, code: 'bad-plan' }]);
    expect(JSON.stringify(previews)).not.toContain('note 3');
    const ids: string[] = previews.map(({ id }: { id: string }) => id);
    expect(ids).toEqual([...ids].sort().reverse());
    expect(previews.slice(0, 2)).toMatchObject([
      { id: newest, requestedBy: 'rosa', isOwn: false, isKept: true, mode: 'exact', takesBack: null, undoes: null },
      { id: dropped, requestedBy: 'olga', isOwn: true, isKept: false, keptUntil: null },
    ]);
    for (const each of previews) {
      const { createdAt, isKept, keptUntil, preview } = await readPreview(each.id);
      const { targetTime, totals } = preview;
      expect(each).toMatchObject({ createdAt, isKept, keptUntil, targetTime, totals, target: preview.request.target });
    }

    const kept: string[] = [];
    for (let cursor = ''; ; ) {
      const page = (await world.call(olga, at(`/previews?kept=true&limit=1${cursor}`))).body;
      kept.push(...page.previews.map(({ id }: { id: string }) => id));
      if (page.next === null) break;
      cursor = `&cursor=${page.next}`;
    }
    expect(kept.length).toBeGreaterThan(1);
    expect(kept).toEqual(ids.filter((_, place) => previews[place].isKept));
  });

  it('applies what a second person approved, proves it, and undoes it', async () => {
    const { preview } = await done(olga, '/previews', { target: moment });
    const other = await world.call(olga, at('/restores'), { preview, hash: '0'.repeat(64), reason: 'x' });
    expect(other).toMatchObject({ status: 409, body: { code: 'other-preview' } });
    expect(await world.call(rosa, at('/restores'), { preview, hash: '0'.repeat(64), reason: 'x' })).toMatchObject({
      status: 409,
    });

    const asked = (await request(preview)).body;
    expect(asked).toMatchObject({ state: 'waiting', isOwn: true, preview, steps: { decide: { may: false } } });
    const place = `/requests/${asked.id}`;
    const approval = { planHash: asked.planHash, comment: 'seen' };
    expect((await world.call(olga, at(`${place}/approve`), approval)).body.code).toBe('own-request');
    expect((await world.call(olga, at(`${place}/execute`), {})).body.code).toBe('not-approved');
    const wrong = await world.call(anna, at(`${place}/approve`), { planHash: '0'.repeat(64) });
    expect(wrong).toMatchObject({ status: 409, body: { code: 'other-preview' } });
    const mine = (await world.call(anna, '/requests?state=waiting')).body.requests;
    expect(mine).toMatchObject([{ id: asked.id, steps: { decide: { may: true } } }]);
    const approved = await world.call(anna, at(`${place}/approve`), approval);
    expect(approved.body).toMatchObject({
      state: 'approved',
      decisions: [{ by: 'anna', agrees: true, comment: 'seen' }],
    });

    const { restore } = await done(olga, `${place}/execute`);
    expect(await rowsNow()).toEqual(before);
    const opened = (await world.call(olga, at(`/restores/${restore}`))).body;
    expect(opened).toMatchObject({
      canUndo: true,
      summary: { proof: 'same', reason: 'a mistake' },
      record: { requestedBy: 'olga', approvedBy: ['anna'], totals: { inserted: 15, updated: 30, deleted: 11 } },
    });

    const undo = await done(olga, '/previews', { undo: { restore } });
    const again = (await request(undo.preview)).body;
    await world.call(anna, at(`/requests/${again.id}/approve`), { planHash: again.planHash });
    await done(olga, `/requests/${again.id}/execute`);
    expect(await rowsNow()).toEqual(after);
    const listed = (await world.call(olga, at('/restores?limit=1'))).body;
    expect(listed.restores).toHaveLength(1);
    const older = (await world.call(olga, at(`/restores?limit=1&cursor=${listed.next}`))).body;
    expect(older).toMatchObject({ restores: [{ id: restore }], next: null });
  });

  async function auditOf(action: string): Promise<string[]> {
    const outcomes: string[] = [];
    for await (const { event } of readAudit(protectedDb.ctx, tenant))
      if (event.action === action) outcomes.push(event.outcome);
    return outcomes;
  }
});

/** A row as the API shows it, by name of the column; masked values are not there. */
function plain(
  row: { kind: string; before: (string | null)[] | null; after: (string | null)[] | null; changed: number[] },
  names: string[],
) {
  const named = (values: (string | null)[] | null) =>
    values && Object.fromEntries(names.map((name, place) => [name, values[place]!]));
  return {
    ...{ kind: row.kind, before: named(row.before), after: named(row.after) },
    changed: row.changed.map(place => names[place]!).sort(),
  };
}

/** By key: what has to change so that the rows now become those of then. */
function differences(now: readonly Row[], then: readonly Row[]) {
  const keys = [...new Set([...now, ...then].map(({ id }) => Number(id)))].sort((a, b) => a - b);
  const masked = (row: Row | undefined) => (row ? { ...row, secret: null } : null);
  return keys.flatMap(key => {
    const [live, target] = [now, then].map(rows => rows.find(({ id }) => Number(id) === key));
    const changed =
      live && target
        ? Object.keys(live)
            .filter(name => live[name] !== target[name])
            .sort()
        : [];
    if (live && target && changed.length === 0) return [];
    const kind = !live ? 'insert' : target ? 'update' : 'delete';
    return [{ kind, before: masked(live), after: masked(target), changed }];
  });
}
