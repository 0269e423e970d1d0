/**
 * Reverts of transactions on what real schemas contain: each case has tables of its own, transactions to take back among
 * others, and the rows that must remain. Every case also shows that other tenants' rows stay, that the same revert twice
 * changes nothing more, and that its undo returns the rows as they were before it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import type { ProtectedDatabase } from '../support/protected-database.ts';
import { REVERT_CASES } from '../support/revert-schemas.ts';
import { leftOf, revertOf, rowsOfTenant, tenantsWith, transactionOf } from '../support/reverted-world.ts';
import { undoRestore } from '../support/undo-restore.ts';

const ONE = tenantId('1');

describe.each(PG_VERSIONS)('a revert on PostgreSQL %i', version => {
  let world: ProtectedDatabase;
  beforeAll(async () => {
    const owners = Object.fromEntries(REVERT_CASES.flatMap(({ table, owner }) => (owner ? [[table, owner]] : [])));
    world = await tenantsWith(version, REVERT_CASES.map(({ sql }) => sql).join(';'), owners);
  });
  afterAll(() => world?.dispose());

  it.each(REVERT_CASES.map(made => [made.name, made] as const))('of %s', async (_, made) => {
    const before = await rowsOfTenant(world, made, 1);
    const chosen: string[] = [];
    for (const step of made.steps) {
      const xid = await transactionOf(world, step.replace(/^!/, ''));
      if (step.startsWith('!')) chosen.push(xid);
    }
    const [damaged, others] = [await rowsOfTenant(world, made, 1), await rowsOfTenant(world, made, 2)];
    if (made.refused !== undefined) {
      await expect(revertOf(world, chosen, made.request)).rejects.toMatchObject({ code: made.refused });
      expect(await rowsOfTenant(world, made, 1)).toEqual(damaged);
      return;
    }
    const record = await revertOf(world, chosen, made.request);
    expect(await rowsOfTenant(world, made, 1)).toEqual(made.rows ?? before);
    expect(leftOf(record)).toBe(made.left ?? 0);
    const again = await revertOf(world, chosen, made.request);
    expect(again.totals).toEqual({ inserted: 0, updated: 0, deleted: 0 });
    expect(await rowsOfTenant(world, made, 1)).toEqual(made.rows ?? before);
    await world.ship();
    await undoRestore(world.ctx, ONE, record.id, { requestedBy: 'test' });
    expect(await rowsOfTenant(world, made, 1)).toEqual(damaged);
    expect(await rowsOfTenant(world, made, 2)).toEqual(others);
  });
});
