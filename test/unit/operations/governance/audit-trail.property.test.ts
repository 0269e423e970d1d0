/**
 * The promise of the audit trail to who calls it: an acknowledged event is in the chain for good, whoever writes at the
 * same time, whatever fails, wherever a writer dies, and whatever the catalog says.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StorageError } from '../../../../lib/domain/errors.ts';
import { auditEventKey } from '../../../../lib/domain/governance-key.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { type AuditDeps, appendEvent } from '../../../../lib/operations/governance/audit-trail.ts';
import { readAudit } from '../../../../lib/operations/governance/read-audit.ts';
import { verifyAudit } from '../../../../lib/operations/governance/verify-audit.ts';
import type { CatalogItem } from '../../../../lib/ports.ts';
import { AUDITOR, type AuditWorld, auditWorld } from '../../../support/audit-world.ts';

const ACME = tenantRef('audited', tenantId('acme'));
const OTHER = tenantRef('audited', tenantId('other'));
const draft = (request: string) => ({ who: AUDITOR, action: 'restore', outcome: 'requested' as const, request });

async function requestsOf(world: AuditWorld, tenant: TenantRef): Promise<string[]> {
  const found: string[] = [];
  for await (const { event } of readAudit(world, tenant)) found.push(event.request!);
  return found;
}

/** Lets the scheduler decide when each request is answered, and the plan which of them fail, before or after their effect. */
function unreliable(world: AuditWorld, scheduler: fc.Scheduler, faults: Iterator<string>): AuditDeps {
  const call = <T>(name: string, work: () => Promise<T>): Promise<T> =>
    scheduler.schedule(Promise.resolve(), name).then(async () => {
      const fault = faults.next().value;
      if (fault === 'before') throw unreachable();
      const result = await work();
      if (fault === 'after') throw unreachable();
      return result;
    });
  return {
    ...world,
    vault: {
      ...world.vault,
      head: key => call(`head ${key}`, () => world.vault.head(key)),
      put: (key, body, options) => call(`put ${key}`, () => world.vault.put(key, body, options)),
    },
    catalog: {
      ...world.catalog,
      get: (partition, sort) => call('hint', () => world.catalog.get(partition, sort)),
      write: writes => call('note', () => world.catalog.write(writes)),
    },
  };
}

function unreachable(): StorageError {
  return new StorageError('vault-unreachable', 'The vault is not available.', { hint: 'Run it again.' });
}

function* endless(plan: readonly string[]): Generator<string> {
  yield* plan;
  for (;;) yield 'none';
}

describe('the audit trail', () => {
  it('is one chain with every acknowledged event, however writers interleave, fail and die', async () => {
    const fault = fc.oneof({ weight: 8, arbitrary: fc.constant('none') }, fc.constantFrom('before', 'after'));
    const arbitrary = fc.tuple(
      fc.scheduler(),
      fc.array(fc.array(fc.nat(999), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      fc.array(fault, { maxLength: 60 }),
      fc.array(fc.integer({ min: -3, max: 30 }), { maxLength: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(arbitrary, async ([scheduler, writers, faults, hints]) => {
        const world = auditWorld();
        const deps = unreliable(world, scheduler, endless(faults));
        const acknowledged: string[] = [];
        const lies = hints.map(hint => scheduler.schedule(Promise.resolve(), 'lie').then(() => lie(world, ACME, hint)));
        const writing = writers.map(async (events, writer) => {
          for (const [index] of events.entries()) {
            const request = `${writer}-${index}`;
            const done = await appendEvent(deps, ACME, draft(request)).catch(error => error);
            if (done instanceof Error) expect(done).toMatchObject({ code: 'audit-unwritable', retry: 'operator' });
            else acknowledged.push(request);
          }
        });
        await scheduler.waitFor(Promise.all([...writing, ...lies]));
        // Whatever the last lie was: what counts is in the vault.
        world.items.clear();
        const requests = await requestsOf(world, ACME);
        for (const request of acknowledged) expect(requests).toContain(request);
        expect(world.objects.size).toBe(requests.length);
        expect((await verifyAudit(world)).problems).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });

  it('goes on after a writer that died when its event was durable, without a gap and without losing it', async () => {
    const world = auditWorld();
    const dying = { ...world, crash: () => Promise.reject(new Error('killed')) };
    await expect(appendEvent(dying, ACME, draft('first'))).rejects.toThrow();
    await appendEvent(world, ACME, draft('second'));
    expect(await requestsOf(world, ACME)).toEqual(['first', 'second']);
  });

  it('tells a person when the catalog knows of events that are gone, and still makes no gap', async () => {
    const world = auditWorld();
    for (const request of ['1', '2', '3']) await appendEvent(world, ACME, draft(request));
    world.objects.delete(auditEventKey(ACME, 3));
    const { event } = await appendEvent(world, ACME, draft('4'));
    expect(event.sequence).toBe(3);
    expect(world.notices).toMatchObject([{ severity: 'alarm', code: 'audit-chain-broken', details: { known: 3 } }]);
  });

  it('has a chain for each tenant and for the system', async () => {
    const world = auditWorld();
    for (const tenant of [ACME, OTHER, SYSTEM, ACME]) await appendEvent(world, tenant, draft(tenant));
    expect(await requestsOf(world, ACME)).toEqual([ACME, ACME]);
    expect(await requestsOf(world, OTHER)).toEqual([OTHER]);
    expect(await requestsOf(world, SYSTEM)).toEqual([SYSTEM]);
  });

  it('finds its end in a long chain without the catalog', async () => {
    const world = auditWorld();
    for (let number = 0; number < 300; number++) await appendEvent(world, ACME, draft(String(number)));
    world.items.clear();
    expect((await appendEvent(world, ACME, draft('last'))).event.sequence).toBe(301);
  });

  it('stops the action and alarms if an event cannot be written', async () => {
    const world = auditWorld();
    const full = { ...world, vault: { ...world.vault, put: () => Promise.reject(unreachable()) } };
    await expect(appendEvent(full, ACME, draft('x'))).rejects.toMatchObject({ code: 'audit-unwritable' });
    expect(world.notices).toMatchObject([{ severity: 'alarm', code: 'audit-unwritable' }]);
  });
});

describe('reading the audit trail', () => {
  async function filled(): Promise<AuditWorld> {
    const world = auditWorld();
    for (let day = 1; day <= 20; day++) {
      world.clock.set(`2026-01-${String(day).padStart(2, '0')}T12:00:00Z`);
      const who = { ...AUDITOR, name: day % 2 ? 'arn:aws:sts::1:assumed-role/ops/Ada' : 'bob' };
      const outcome = day % 3 ? ('allowed' as const) : ('denied' as const);
      await appendEvent(world, ACME, { who, action: day % 4 ? 'restore' : 'hold', outcome, request: String(day) });
    }
    return world;
  }

  it('shows what passes the filter, in either order', async () => {
    const world = await filled();
    const from = new Date('2026-01-05T00:00:00Z');
    const to = new Date('2026-01-15T00:00:00Z');
    const filter = { from, to, who: 'ada', action: 'restore', outcome: 'allowed' as const };
    const found = async (order: 'oldest-first' | 'newest-first') => {
      const requests: string[] = [];
      for await (const { event } of readAudit(world, ACME, filter, order)) requests.push(event.request!);
      return requests;
    };
    expect(await found('oldest-first')).toEqual(['5', '7', '11', '13']);
    expect(await found('newest-first')).toEqual(['13', '11', '7', '5']);
  });

  it('reads no further than needed', async () => {
    const world = await filled();
    let reads = 0;
    const get = (key: string) => {
      reads += 1;
      return world.vault.get(key);
    };
    const counted = { ...world.vault, get };
    for await (const _ of readAudit({ ...world, vault: counted }, ACME, {}, 'newest-first')) break;
    expect(reads).toBeLessThan(20);
  });

  it.each(['oldest-first', 'newest-first'] as const)('ends at a place that cannot be proved, %s', async order => {
    for (const damage of ['remove', 'alter', 'swap'] as const) {
      const world = await filled();
      world.items.clear();
      const key = auditEventKey(ACME, 10);
      if (damage === 'remove') world.objects.delete(key);
      if (damage === 'alter') world.objects.set(key, Buffer.from('something else'));
      if (damage === 'swap') world.objects.set(key, world.objects.get(auditEventKey(ACME, 11))!);
      const all = async () => {
        for await (const _ of readAudit(world, ACME, {}, order));
      };
      await expect(all(), damage).rejects.toMatchObject({ code: 'audit-chain-broken' });
    }
  });
});

function lie(world: AuditWorld, tenant: TenantRef, hint: number): void {
  const [partition, sort] = ['audit#heads', tenant];
  const value = hint < 0 ? 'damaged' : { sequence: hint };
  const item: CatalogItem = { partition, sort, revision: 1, value };
  world.items.set(`${partition}\n${sort}`, item);
}
