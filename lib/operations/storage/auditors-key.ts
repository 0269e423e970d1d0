/**
 * The key of the audit trail. On AWS most functions that write events can make no key, so what runs before the first
 * backup makes it: the examination of a new installation, and the shipper.
 */
import { AUDITORS } from '../../domain/tenant.ts';
import type { Deps, MemoryPart } from '../../ports.ts';

const MADE: MemoryPart<{ made: boolean }> = { make: () => ({ made: false }) };

/** Makes the key unless it exists; asks once in this process. Throws what the keyring throws. */
export async function ensureAuditorsKey({ keyring, memory }: Pick<Deps, 'keyring' | 'memory'>): Promise<void> {
  const known = memory.of(MADE);
  if (known.made) return;
  await keyring.ensureKey(AUDITORS);
  known.made = true;
}
