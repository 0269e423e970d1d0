/** The record of a restore is the signed one: a catalog that names another, or an edited one, is refused everywhere. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LsnText } from '../../../lib/domain/lsn.ts';
import type { RestoreRecord } from '../../../lib/domain/restore-record.ts';
import { parseRestoreRequest } from '../../../lib/domain/restore-request.ts';
import { TableName } from '../../../lib/domain/table-schema.ts';
import { tenantId } from '../../../lib/domain/tenant.ts';
import { restores, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { type Context, refOf } from '../../../lib/operations/context.ts';
import { attestRestore } from '../../../lib/operations/governance/attest-restore.ts';
import { allRestores } from '../../../lib/operations/restore/apply/all-restores.ts';
import { recordRestore } from '../../../lib/operations/restore/apply/record-restore.ts';
import { undoRecorded } from '../../../lib/operations/restore/apply/undo-restore.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { madeContext } from '../../support/made-log.ts';

const ACME = tenantId('acme');
const WHO = { requestedBy: 'test' };

let deps: LocalDeps;
let ctx: Context;
beforeEach(async () => {
  deps = await localDeps();
  ctx = madeContext(deps);
  await deps.catalog.write([
    tenants.put({ ref: refOf(ctx, ACME), tenantId: ACME, firstSeen: '2026-01-15T12:00:00.000Z' }),
  ]);
});
afterEach(() => deps.dispose());

function made(id: string, table: string): RestoreRecord {
  const request = parseRestoreRequest({ tenant: ACME, target: 'latest', ...WHO });
  return {
    ...{ format: 'holdfast.restore-record/1', id, tenantId: ACME, place: 'in-place', request, ...WHO },
    ...{ approvedBy: [], previewHash: 'h', approvedPlan: false, target: LsnText.parse('0/1'), targetTime: null },
    ...{ chain: null, tables: [{ table: TableName.parse(table), inserted: 1, updated: 0, deleted: 0 }] },
    ...{ totals: { inserted: 1, updated: 0, deleted: 0 }, conflicts: [], notes: [], sequences: [], attempts: 1 },
    ...{ phases: { planMs: 0, stageMs: 0, diffMs: 0, applyMs: 0, proveMs: 0 }, transaction: '1', schema: null },
    ...{ proof: { left: {}, brokenReferences: 0, rows: {} } },
    ...{ startedAt: '2026-01-15T12:00:00.000Z', committedAt: '2026-01-15T12:00:01.000Z' },
  };
}

const undone = async (id: string) => (await undoRecorded(ctx, ACME, id, WHO)).tables;
const listed = () => allRestores(ctx, { tenant: { ref: refOf(ctx, ACME), tenantId: ACME }, limit: 10 });

describe('the record of a restore', () => {
  it('is read the same way to list it and to undo it', async () => {
    await recordRestore(ctx, refOf(ctx, ACME), made('one', 'public.a'));
    await recordRestore(ctx, refOf(ctx, ACME), made('two', 'public.b'));
    expect([await undone('one'), await undone('two')]).toEqual([['public.a'], ['public.b']]);
    expect((await listed()).restores.map(({ id, asked }) => [id, asked])).toEqual([
      ['two', 'latest'],
      ['one', 'latest'],
    ]);
  });

  it.each(['another restore’s', 'a digest that is not its own'])('is refused where the catalog names %s', async how => {
    const one = await recordRestore(ctx, refOf(ctx, ACME), made('one', 'public.a'));
    const two = await recordRestore(ctx, refOf(ctx, ACME), made('two', 'public.b'));
    const other = how.startsWith('another') ? { key: two.key!, sha256: two.sha256! } : { sha256: two.sha256! };
    await deps.catalog.write([restores.put(refOf(ctx, ACME), 'one', { ...one, ...other })]);
    const code = how.startsWith('another') ? 'catalog-differs' : expect.any(String);
    await expect(undone('one')).rejects.toMatchObject({ name: 'IntegrityError', code });
    await expect(listed()).rejects.toMatchObject({ name: 'IntegrityError', code });
    expect(await undone('two')).toEqual(['public.b']);
  });

  it('is attested for others by its digest, without the tenant’s id', async () => {
    const ref = refOf(ctx, ACME);
    const one = await recordRestore(ctx, ref, made('one', 'public.a'));
    const two = await recordRestore(ctx, ref, made('two', 'public.b'));
    const { payload } = await attestRestore(ctx, 'one');
    const text = Buffer.from(payload, 'base64').toString();
    expect(JSON.parse(text)).toMatchObject({
      subject: [{ name: one.key, digest: { sha256: one.sha256 } }],
      predicate: { id: 'one', tenant: ref, ...WHO, totals: { inserted: 1 }, proof: { left: {} } },
    });
    expect(text).not.toContain(ACME);
    await deps.catalog.write([restores.put(ref, 'one', { ...one, key: two.key!, sha256: two.sha256! })]);
    await expect(attestRestore(ctx, 'one')).rejects.toMatchObject({ code: 'catalog-differs' });
  });

  it('does not exist for a restore that did not finish', async () => {
    await deps.catalog.write([restores.put(refOf(ctx, ACME), 'open', { id: 'open', state: 'committing' })]);
    await expect(undone('open')).rejects.toMatchObject({ code: 'unknown-restore' });
    expect((await listed()).restores).toMatchObject([{ id: 'open', state: 'committing', asked: null, proof: null }]);
  });
});
