/** Who reads the trail beside the auditor: the command for all tenants, a SIEM, and a catalog that is rebuilt. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUDIT_OUTCOMES } from '../../../../lib/domain/audit-event.ts';
import { merkleProof, merkleRoot } from '../../../../lib/domain/merkle-tree.ts';
import { tenantId, tenantRef } from '../../../../lib/domain/tenant.ts';
import { appendEvent } from '../../../../lib/operations/governance/audit-trail.ts';
import { exportAudit } from '../../../../lib/operations/governance/export-audit.ts';
import { readAllAudit } from '../../../../lib/operations/governance/read-all-audit.ts';
import { rebuildAuditHeads } from '../../../../lib/operations/rebuild/rebuild-audit.ts';
import { AUDITOR, auditWorld } from '../../../support/audit-world.ts';

const TENANTS = Array.from({ length: 12 }, (_, number) => tenantRef('audited', tenantId(String(number))));
const draft = { who: AUDITOR, action: 'restore', outcome: 'done' as const };

describe('the events of all tenants', () => {
  it('are shown newest first, and only chains that can have a shown one are opened', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(TENANTS.length - 1), { maxLength: 60 }), fc.nat(20), async (order, limit) => {
        const world = auditWorld();
        for (const [request, index] of order.entries()) {
          world.clock.advance(1000);
          await appendEvent(world, TENANTS[index]!, { ...draft, request: String(request) });
        }
        const opened = new Set<string>();
        const get = (key: string) => {
          opened.add(key.split('/')[1]!);
          return world.vault.get(key);
        };
        const shown: string[] = [];
        for await (const { event } of readAllAudit({ ...world, vault: { ...world.vault, get } })) {
          if (shown.length === limit) break;
          shown.push(event.request!);
        }
        const expected = [...order.keys()].map(String).reverse().slice(0, limit);
        expect(shown).toEqual(expected);
        expect(opened.size).toBeLessThanOrEqual(limit + 1);
      }),
      { numRuns: 40 },
    );
  });
});

describe('an export for a SIEM', () => {
  it('has what OCSF requires of API Activity, for every outcome', async () => {
    const world = auditWorld();
    for (const [index, outcome] of AUDIT_OUTCOMES.entries()) {
      const who = index % 2 ? { ...AUDITOR, from: index % 3 ? '10.1.2.3' : 'bastion' } : AUDITOR;
      await appendEvent(world, TENANTS[0]!, { ...draft, who, outcome, action: index % 2 ? 'approve' : 'destroy' });
    }
    const lines: string[] = [];
    for await (const line of exportAudit(world, 'ocsf', TENANTS[0])) lines.push(line);
    expect(lines).toHaveLength(AUDIT_OUTCOMES.length);
    const events = lines.map(line => JSON.parse(line));
    for (const event of events) {
      // https://schema.ocsf.io/1.3.0/classes/api_activity: required attributes and constraints.
      expect(event).toMatchObject({ class_uid: 6003, category_uid: 6, type_uid: 600300 + event.activity_id });
      expect(event).toMatchObject({ metadata: { version: '1.3.0', product: { vendor_name: 'Holdfast' } } });
      expect([1, 2, 3, 4, 99]).toContain(event.activity_id);
      expect(event.time).toBe(world.clock.now().getTime());
      expect(event.actor.user.name).toBe('ada');
      expect(event.api.operation).toMatch(/^approve|destroy$/);
      expect(event.src_endpoint.ip ?? event.src_endpoint.hostname ?? event.src_endpoint.name).toBeTruthy();
      expect(event.resources).toEqual([{ type: 'tenant', uid: TENANTS[0] }]);
    }
    const failed = events.filter(event => event.status_id === 2).map(event => event.status_detail);
    expect(failed).toEqual(['denied', 'refused', 'failed']);
    expect(new Set(events.map(event => event.metadata.uid)).size).toBe(events.length);
  });
});

describe('a rebuilt catalog', () => {
  it('knows again where every chain ends', async () => {
    const world = auditWorld();
    for (const [index, tenant] of TENANTS.entries())
      for (let time = 0; time <= index % 4; time++) await appendEvent(world, tenant, draft);
    const before = [...world.items.values()].map(({ sort, value }) => [sort, value]).sort();
    world.items.clear();
    expect(await rebuildAuditHeads(world)).toBe(TENANTS.length);
    expect([...world.items.values()].map(({ sort, value }) => [sort, value]).sort()).toEqual(before);
  });
});

describe('a Merkle tree', () => {
  const hash = (...parts: (string | Buffer)[]) =>
    parts.reduce((made, part) => made.update(part), createHash('sha256')).digest();

  it('has the roots of RFC 9162', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(leaf => hash(Buffer.of(0), leaf)) as [Buffer, Buffer, Buffer];
    const ab = hash(Buffer.of(1), a, b);
    expect(merkleRoot([])).toBe(hash().toString('hex'));
    expect(merkleRoot(['a'])).toBe(a.toString('hex'));
    expect(merkleRoot(['a', 'b', 'c'])).toBe(hash(Buffer.of(1), ab, c).toString('hex'));
    expect(merkleProof(['a', 'b', 'c'], 2)).toEqual([ab.toString('hex')]);
    expect(merkleProof(['a', 'b', 'c'], 1)).toEqual([a, c].map(each => each.toString('hex')));
  });
});
