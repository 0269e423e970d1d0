/** Copies of the log under legal hold: what expires, what does not, and that a copy is only trusted as far as it is signed. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lsn } from '../../../lib/domain/lsn.ts';
import { LOG_MANIFESTS_PREFIX, manifestPrefix, packPrefix } from '../../../lib/domain/object-key.ts';
import type { TenantRef } from '../../../lib/domain/tenant.ts';
import { processMemory } from '../../../lib/local/process-memory.ts';
import { runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { heldRuns, withCopies } from '../../../lib/operations/catalog/held-log-items.ts';
import type { Context } from '../../../lib/operations/context.ts';
import { readRunsBetween } from '../../../lib/operations/log/logged-runs.ts';
import { copyHeldLog } from '../../../lib/operations/retention/copy-held-log.ts';
import { expireBackups, planExpiry } from '../../../lib/operations/retention/expire-backups.ts';
import { expireLog, planLogExpiry } from '../../../lib/operations/retention/expire-log.ts';
import { timeBudget } from '../../../lib/operations/time-budget.ts';
import { payloadOf } from '../../support/held-payload.ts';
import { hold, release } from '../../support/held-tenant.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';
import { addRun, madeContext, refNamed } from '../../support/made-log.ts';

const POLICY = { dailyDays: 1, weeklyDays: 1, monthlyDays: 1, annualDays: 1, logDays: 1 };
const DAY = 24 * 3600 * 1000;
const END = lsn(1n << 40n);

let deps: LocalDeps;
let ctx: Context;
let held: TenantRef;
beforeEach(async () => {
  deps = await localDeps({ now: '2026-03-20T12:00:00Z' });
  ctx = madeContext(deps, { retentionDays: { log: 1 } });
  held = refNamed(deps, 'held');
  for (const name of ['held', 'other']) {
    const ref = refNamed(deps, name);
    await deps.keyring.ensureKey(ref);
    await deps.catalog.write([tenants.put({ ref, tenantId: name, firstSeen: '2026-01-01T00:00:00Z' })]);
  }
  for (let run = 0; run < 6; run++) await addRun(ctx, deps, { held: run, other: 100 + run });
});
afterEach(() => deps.dispose());

const runsOf = async (tenant: TenantRef) =>
  withCopies(await runs.list(deps.catalog), await heldRuns.list(deps.catalog, tenant));

const expire = async (from = deps) => {
  from.clock.advance(400 * DAY);
  return expireBackups(from, await planExpiry(from, () => POLICY));
};
const keysOf = async (prefix: string) => {
  const keys: string[] = [];
  for await (const key of deps.vault.keys(prefix)) keys.push(key);
  return keys;
};

describe('the log of a held tenant', () => {
  it('is read from its copy once the run has expired: the same changes, and no other tenant’s', async () => {
    const before = await payloadOf(deps, held);
    await hold(deps, held);
    await expire();
    expect(await runs.list(deps.catalog)).toEqual([]);
    expect(await keysOf(LOG_MANIFESTS_PREFIX)).toEqual([]);
    expect(await payloadOf({ ...deps, memory: processMemory() }, held)).toEqual(before);
    const { runs: read } = await readRunsBetween({ ...deps, memory: processMemory() }, held, lsn(0n), END);
    expect(read).toHaveLength(6);
    expect(read.flatMap(run => run.body.segments.map(({ tenant }) => tenant))).toEqual(Array(6).fill(held));
    expect(read.flatMap(run => run.header.objects).every(({ key }) => key.startsWith(packPrefix(held)))).toBe(true);
    // Nobody else has it any more.
    expect(await runsOf(refNamed(deps, 'other'))).toEqual([]);
  });

  it('is copied as it arrives, before it expires', async () => {
    await hold(deps, held);
    for (let run = 6; run < 9; run++) await addRun(ctx, deps, { held: run });
    const before = await payloadOf(deps, held);
    await expire();
    expect(await payloadOf({ ...deps, memory: processMemory() }, held)).toEqual(before);
  });

  it('stays where it is as long as it is not copied: expiry of the log alone removes nothing', async () => {
    await hold(deps, held);
    await addRun(ctx, deps, { other: 7 });
    await addRun(ctx, deps, { held: 8 });
    deps.clock.advance(400 * DAY);
    const plan = await planLogExpiry(deps, () => POLICY);
    const { kept } = await expireLog(
      deps,
      plan.map(each => ({ ...each, keep: false })),
    );
    const left = await runs.list(deps.catalog);
    expect(left).toHaveLength(2);
    expect(kept).toMatchObject(left.map(({ key }) => ({ key })));
  });

  it('whatever the catalog says of copies', async () => {
    await hold(deps, held);
    const [key] = await keysOf(manifestPrefix(held, 'held-log'));
    // As an attacker outside the vault: the vault itself refuses.
    await deps.tamper(key!, () => undefined);
    expect(await heldRuns.list(deps.catalog, held)).toHaveLength(6);
    await expire();
    const before = await payloadOf({ ...deps, memory: processMemory() }, held);
    expect(before).toHaveLength(6);
    expect(await keysOf(manifestPrefix(held, 'held-log'))).toHaveLength(1);
  });

  it('does not expire for a copy that does not verify', async () => {
    await hold(deps, held);
    const [key] = await keysOf(manifestPrefix(held, 'held-log'));
    await deps.tamper(key!, bytes => Buffer.from(bytes.toString().replace('held-log', 'held-fog')));
    await expect(expire()).rejects.toMatchObject({ code: 'manifest-invalid' });
    expect(await runs.list(deps.catalog)).toHaveLength(6);
  });

  it('is refused where the copy was altered', async () => {
    await hold(deps, held);
    await expire();
    for (const key of await keysOf(packPrefix(held))) await deps.tamper(key, bytes => bytes.reverse());
    await expect(payloadOf({ ...deps, memory: processMemory() }, held)).rejects.toMatchObject({
      code: 'object-altered',
    });
  });

  it('is copied in as many calls as needed', async () => {
    // A hole makes two stretches.
    const second = (await runs.list(deps.catalog))[2]!;
    await deps.catalog.write([runs.remove(second)]);
    const first = await copyHeldLog(deps, held, timeBudget(0));
    expect(first).toEqual({ copied: 2, done: false });
    expect(await copyHeldLog(deps, held, timeBudget(0))).toEqual({ copied: 3, done: true });
    expect(await copyHeldLog(deps, held)).toEqual({ copied: 0, done: true });
  });

  it('loses its copies after the release, and nothing before', async () => {
    await hold(deps, held);
    await expire();
    expect(await runsOf(held)).toHaveLength(6);
    await release(deps, held);
    await expire();
    expect(await runsOf(held)).toEqual([]);
    expect(await keysOf(manifestPrefix(held, 'held-log'))).toEqual([]);
    expect(await keysOf(packPrefix(held))).toEqual([]);
  });
});
