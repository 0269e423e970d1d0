/** Failures stay open until they are mended or acknowledged: the state that alarms tell. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LsnText } from '../../../lib/domain/lsn.ts';
import { failureId } from '../../../lib/domain/open-failure.ts';
import { type TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type BackupItem, backups, restores, runs, tenants } from '../../../lib/operations/catalog/catalog-index.ts';
import { acknowledgeFailure } from '../../../lib/operations/fleet/acknowledge-failure.ts';
import { recordFleetRun } from '../../../lib/operations/fleet/fleet-runs.ts';
import { countByKind, openFailure, openFailures, sweepFailures } from '../../../lib/operations/fleet/open-failures.ts';
import { silentSeconds } from '../../../lib/operations/fleet/watch-primary.ts';
import { type LocalDeps, localDeps } from '../../support/local-deps.ts';

const HERE = 'eu-central-1';
const THERE = 'eu-west-1';
const acme = tenantRef('test', tenantId('acme'));
const globex = tenantRef('test', tenantId('globex'));
const MINUTE = 60_000;

let deps: LocalDeps;
beforeEach(async () => {
  deps = await localDeps();
});
afterEach(() => deps.dispose());

const now = () => deps.clock.now().toISOString();
const later = () => deps.clock.advance(MINUTE);
type Of = Parameters<typeof openFailure>[1];
const backupFailed: Of = {
  kind: 'backup-failed',
  workflow: 'back-up-fleet',
  tenant: acme,
  code: 'cannot-read',
  region: HERE,
};

async function fails(change: Partial<Of> = {}): Promise<void> {
  await openFailure(deps, { ...backupFailed, ...change });
  later();
}
const open = async () => (await sweepFailures(deps, HERE)).map(failureId);

type Change = Partial<Omit<BackupItem, 'to'>> & { readonly to?: string };
async function backedUp(tenant: TenantRef, { to = '0/2', ...change }: Change = {}): Promise<void> {
  const item: BackupItem = {
    ...{
      id: `b-${deps.clock.now().getTime()}`,
      kind: 'snapshot',
      key: 'k',
      sha256: 'x',
      from: LsnText.parse('0/1'),
      to: LsnText.parse(to),
    },
    ...{ fromTime: now(), toTime: now(), createdAt: now(), rows: 1, bytes: 1, storedBytes: 1, chunks: 1 },
    ...{ reusedChunks: 0, durationMs: 1, reason: 'schedule', ...change },
  };
  await deps.catalog.write([backups.put(tenant, item)]);
  later();
}

async function runEnds(workflow: string): Promise<void> {
  const startedAt = now();
  later();
  await recordFleetRun(deps, { workflow, reason: 'schedule', startedAt });
}

describe('an open failure', () => {
  it('stays open, however much time passes, until the same tenant has a later backup', async () => {
    await backedUp(acme);
    await fails();
    deps.clock.advance(30 * 24 * 60 * MINUTE);
    await backedUp(globex);
    expect(await open()).toEqual([`backup-failed/back-up-fleet/${acme}`]);
    await backedUp(acme, { kind: 'incremental' });
    expect(await open()).toHaveLength(1);
    await backedUp(acme);
    expect(await open()).toEqual([]);
  });

  it('is one, however often the same work fails, and is open again after it was mended', async () => {
    for (const code of ['cannot-read', 'cannot-connect']) await fails({ code });
    expect(await openFailures(deps)).toMatchObject([{ code: 'cannot-connect' }]);
    await backedUp(acme);
    expect(await open()).toEqual([]);
    await fails();
    expect(await open()).toHaveLength(1);
  });

  it.each(['back-up-fleet', 'fold-incrementals', 'verify-fleet', 'expire-backups'])(
    'of a whole run of %s is mended by a run that began later, not by the end of the one that failed',
    async workflow => {
      const startedAt = now();
      later();
      await fails({ workflow, tenant: null });
      await recordFleetRun(deps, { workflow, reason: 'schedule', startedAt });
      expect(await open()).toHaveLength(1);
      await runEnds('another');
      expect(await open()).toHaveLength(1);
      await runEnds(workflow);
      expect(await open()).toEqual([]);
    },
  );

  it.each([
    ['fold-incrementals', () => backedUp(acme, { kind: 'incremental' })],
    ['expire-backups', () => runEnds('expire-backups')],
    ['verify-fleet', () => backedUp(acme, { verified: { at: now(), ok: true } })],
  ])('of a tenant in %s is mended by the same work', async (workflow, mend) => {
    await fails({ workflow });
    await mend();
    expect(await open()).toEqual([]);
  });

  it('of integrity is mended by a verification that passes, and by no backup alone', async () => {
    const before = now();
    later();
    await fails({ kind: 'integrity-failed', code: 'object-altered' });
    await backedUp(acme);
    await backedUp(acme, { to: '0/3', verified: { at: before, ok: true } });
    await backedUp(acme, { to: '0/4', verified: { at: now(), ok: false } });
    expect(await open()).toHaveLength(1);
    await backedUp(acme, { to: '0/5', verified: { at: now(), ok: true } });
    expect(await open()).toEqual([]);
  });

  it('of the shipper is mended when it ships again', async () => {
    await fails({ kind: 'integrity-failed', workflow: 'ship-log', tenant: null, code: 'catalog-behind' });
    expect(await open()).toHaveLength(1);
    await shipped();
    expect(await open()).toEqual([]);
  });

  it('of a restore is mended by a later restore of the tenant, and not by an earlier one', async () => {
    const failed = { kind: 'restore-failed', workflow: 'restore-tenant', code: 'staging-lost' } as const;
    const done = () => deps.catalog.write([restores.put(acme, `r-${now()}`, { id: 'r', state: 'done', at: now() })]);
    await done();
    later();
    await fails(failed);
    expect(await open()).toHaveLength(1);
    await done();
    expect(await open()).toEqual([]);
  });

  it.each(['approval-refused', 'approval-late', 'bad-request', 'requester-unverified', 'unknown-tenant'])(
    'is none where a restore ended with %s: nothing failed, and nothing would mend it',
    async code => {
      await fails({ kind: 'restore-failed', workflow: 'restore-tenant', code });
      expect(await open()).toEqual([]);
    },
  );

  it('of a tenant that left the database is over', async () => {
    await fails();
    await deps.catalog.write([tenants.put({ ref: acme, tenantId: 'acme', firstSeen: now(), left: true })]);
    expect(await open()).toEqual([]);
  });

  it('is told by the region in which it happened', async () => {
    await fails({ kind: 'restore-failed', workflow: 'restore-tenant', code: 'staging-lost', region: THERE });
    expect(await open()).toEqual([]);
    expect(countByKind(await openFailures(deps, THERE))).toEqual({
      ...{ 'backup-failed': 0, 'integrity-failed': 0, 'restore-failed': 1 },
    });
  });

  it('is counted without writing anything, for a region that may only read', async () => {
    await fails();
    await backedUp(acme);
    const readOnly = { clock: deps.clock, catalog: { ...deps.catalog, write: () => Promise.reject(new Error('no')) } };
    Object.setPrototypeOf(readOnly.catalog, Object.getPrototypeOf(deps.catalog));
    expect(await openFailures({ clock: deps.clock, catalog: deps.catalog })).toEqual([]);
    expect(await openFailures(readOnly)).toEqual([]);
  });
});

describe('an acknowledgement', () => {
  const acknowledge = (at: string, id = failureId(backupFailed)) =>
    acknowledgeFailure(deps, { id, at, by: 'ann', reason: 'known' });

  it('closes this occurrence, twice as once, until the same work fails again', async () => {
    await fails();
    const { at } = (await openFailures(deps))[0]!;
    await acknowledge(at);
    await acknowledge(at);
    expect(await open()).toEqual([]);
    await fails();
    expect(await open()).toHaveLength(1);
  });

  it('is refused for what is not open, or has happened again since it was seen', async () => {
    await fails();
    const { at } = (await openFailures(deps))[0]!;
    await expect(acknowledge(at, 'backup-failed/none')).rejects.toMatchObject({ code: 'unknown-failure' });
    await fails();
    await expect(acknowledge(at)).rejects.toMatchObject({ code: 'unknown-failure' });
    expect(await open()).toHaveLength(1);
  });
});

describe('the watch of the primary', () => {
  it('measures the silence since the newest run, and nothing before there was one', async () => {
    expect(await silentSeconds(deps)).toBeUndefined();
    await shipped();
    deps.clock.advance(10 * MINUTE);
    expect(await silentSeconds(deps)).toBe(600);
  });
});

async function shipped(): Promise<void> {
  await deps.catalog.write([
    runs.put({
      ...{
        id: 'run',
        key: 'k',
        sha256: 'x',
        from: LsnText.parse('0/1'),
        to: LsnText.parse('0/2'),
        fromTime: now(),
        toTime: now(),
      },
      previous: null,
      ...{ transactions: 0, changes: 0, storedBytes: 0, tenants: 0, xmin: '1' },
    }),
  ]);
}
