/** Tenants have names: accepted beside their ids, shown beside them, and never preferred to an id. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { labelsOf } from '../../lib/operations/model/tenant-labels.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS, testDatabase } from '../support/postgres.ts';
import { type StagedWorld, stagedWorld } from '../support/staged-world.ts';

const model = (label?: string) =>
  TenantModel.parse({
    format: 'holdfast.tenant-model/1',
    ...(label && { label }),
    tables: [
      { kind: 'root', table: 'public.firms', column: 'id' },
      { kind: 'direct', table: 'public.jobs', column: 'firm_id' },
    ],
  });

describe.each(PG_VERSIONS)('the names of tenants on PostgreSQL %i', version => {
  let world: StagedWorld;

  beforeAll(async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE firms (id int PRIMARY KEY, "Display Name" text);
      CREATE TABLE jobs (id int PRIMARY KEY, firm_id int NOT NULL REFERENCES firms);
      INSERT INTO firms VALUES (1, 'Acme'), (2, 'Beta'), (3, 'Beta'), (4, NULL), (5, '1'), (6, 'ACME Ltd'), (7, 'acme ltd'), (8, 'Zeta')`);
    world = await stagedWorld(db, model('public.firms."Display Name"'));
    for (const id of ['1', '2', '5', '8']) await takeSnapshot(world.ctx, tenantId(id));
  });
  afterAll(() => world.dispose());

  it.each([
    ['1', '1', 'an id comes before the same text as a name'],
    ['Acme', '1', 'a name'],
    ['zETA', '8', 'a name in another case, where no other is spelled so'],
    ['ACME Ltd', '6', 'a name in exactly this spelling before one in another'],
    ['4', '4', 'an id of the database that has no backup yet'],
    ['nobody', 'nobody', 'what is neither stays as it was typed'],
  ])('%s is tenant %s: %s', async (typed, id) => {
    expect(await spellTenant(world.ctx, typed)).toBe(id);
  });

  it('refuses the name of several with their ids, and does not repeat the name', async () => {
    const error = await spellTenant(world.ctx, 'Beta').catch(caught => caught);
    expect(error).toMatchObject({ code: 'ambiguous-tenant', hint: 'Give the id: 2, 3.' });
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toContain('Beta');
  });

  it('are read of one tenant or of all, and are absent where there is none', async () => {
    expect([...(await labelsOf(world.ctx, tenantId('1')))]).toEqual([['1', 'Acme']]);
    const all = await labelsOf(world.ctx);
    expect([all.get('2'), all.has('4'), all.size]).toEqual(['Beta', false, 7]);
  });

  it.each([[undefined], ['public.firms.gone'], ['public.gone.name'], ['public.jobs.id']])(
    'are not known by the label %s, which stops nothing',
    async label => {
      const ctx = { ...world.ctx, model: model(label) };
      expect(await spellTenant(ctx, 'Acme')).toBe('Acme');
      expect((await labelsOf(ctx)).size).toBe(0);
    },
  );

  it('are not asked for where the database cannot be reached', async () => {
    const ctx = { ...world.ctx, source: { url: 'postgres://nobody@127.0.0.1:1/none' } };
    expect((await labelsOf(ctx)).size).toBe(0);
    expect(await spellTenant(ctx, 'Acme')).toBe('Acme');
  });
});
