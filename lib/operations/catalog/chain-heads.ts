/**
 * Where every chain of the audit trail ends, found by listing: independent of the catalog. One pass in key order, which
 * remembers one chain at a time.
 */
import { auditPlaceOf } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Vault } from '../../ports.ts';

/** The last place of each chain below the prefix. `onForeign`: called with each key that is no place of a chain. */
export async function* chainHeads(
  vault: Pick<Vault, 'keys'>,
  prefix: string,
  onForeign: (key: string) => void = () => {},
): AsyncGenerator<{ readonly tenant: TenantRef; readonly sequence: number }> {
  let head: { tenant: TenantRef; sequence: number } | undefined;
  for await (const key of vault.keys(prefix)) {
    const place = auditPlaceOf(key);
    if (place === undefined) onForeign(key);
    else {
      if (head && head.tenant !== place.tenant) yield head;
      head = place;
    }
  }
  if (head) yield head;
}
