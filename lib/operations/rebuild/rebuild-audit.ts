/**
 * Notes again where each chain of the audit trail ends. Nothing is read but names: what the chains hold is proved by
 * `holdfast audit verify`, and a writer needs no more than a place to start from.
 */
import { AUDIT_PREFIX } from '../../domain/governance-key.ts';
import type { CatalogWrite, Deps } from '../../ports.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { writeAll } from '../catalog/typed-items.ts';

const BATCH = 100;

/** Returns the number of chains. Throws what the vault and the catalog throw. */
export async function rebuildAuditHeads({ vault, catalog }: Pick<Deps, 'vault' | 'catalog'>): Promise<number> {
  let count = 0;
  let writes: CatalogWrite[] = [];
  for await (const { tenant, sequence } of chainHeads(vault, AUDIT_PREFIX)) {
    count += 1;
    writes.push(auditHeads.put(tenant, sequence));
    if (writes.length < BATCH) continue;
    await writeAll(catalog, writes);
    writes = [];
  }
  await writeAll(catalog, writes);
  return count;
}
