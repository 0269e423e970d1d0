import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { manifestKey, packKey } from '../../../lib/domain/object-key.ts';
import { parseTenantRef, SYSTEM, TenantRef, tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

describe('a tenant reference', () => {
  it('is 26 characters that are safe in any path and reveal nothing about the id', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 4 }), (installation, id) => {
        const ref = tenantRef(installation, tenantId(id));
        expect(ref).toMatch(/^[a-z2-7]{26}$/);
        expect(ref).not.toBe(SYSTEM);
        expect(packKey(ref, 'b', 1)).toBe(`tenants/${ref}/packs/b-0001`);
      }),
    );
  });

  it('is always the same, and differs by installation and tenant', () => {
    expect(tenantRef('one', tenantId('acme'))).toBe(tenantRef('one', tenantId('acme')));
    expect(tenantRef('one', tenantId('acme'))).not.toBe(tenantRef('two', tenantId('acme')));
    expect(tenantRef('one', tenantId('acme'))).not.toBe(tenantRef('one', tenantId('acme2')));
    expect(tenantRef('a', tenantId('bc'))).not.toBe(tenantRef('ab', tenantId('c')));
  });

  it('is parsed from documents, and any other text is refused', () => {
    fc.assert(
      fc.property(fc.string(), id => {
        const ref = tenantRef('one', tenantId(id));
        expect(TenantRef.parse(ref)).toBe(ref);
        expect(parseTenantRef(ref)).toBe(ref);
        // A `*` or a slash in a reference would be everyone in a policy, or another place in the vault.
        for (const other of [id, `${ref}*`, `${ref}/`, ref.slice(1), ref.toUpperCase(), `${ref}\n`])
          expect(TenantRef.safeParse(other).success).toBe(other === SYSTEM);
      }),
    );
  });

  it('can be the system’s in stored documents, and never where a person names a tenant', () => {
    expect(TenantRef.parse('system')).toBe(SYSTEM);
    expect(parseTenantRef('system')).toBeUndefined();
  });

  it('never changes its formula: stored paths depend on it', () => {
    expect(tenantRef('11111111-2222-3333-4444-555555555555', tenantId('42'))).toMatchInlineSnapshot(
      `"ivuvmhmhhgyk4yelrvqbpjrw7b"`,
    );
    expect(manifestKey(SYSTEM, 'snapshot', 'x')).toBe('system/manifests/snapshot/x.json');
  });
});
