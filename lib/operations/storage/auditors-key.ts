/**
 * The key of the audit trail. On AWS most functions that write events can make no key, so what runs before the first
 * backup makes it: the examination of a new installation, and the shipper.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { AUDITORS } from '../../domain/tenant.ts';
import type { Deps, Keyring, MemoryPart } from '../../ports.ts';
import { sealText } from './sealed-document.ts';

const MADE: MemoryPart<{ made: boolean }> = { make: () => ({ made: false }) };

/** Makes the key unless it exists; asks once in this process. Throws what the keyring throws. */
export async function ensureAuditorsKey({ keyring, memory }: Pick<Deps, 'keyring' | 'memory'>): Promise<void> {
  const known = memory.of(MADE);
  if (known.made) return;
  await keyring.ensureKey(AUDITORS);
  known.made = true;
}

/** Seals for auditors, and makes their key with the first text. Throws what the keyring throws. */
export async function sealForAuditors(keyring: Keyring, text: string): Promise<Uint8Array> {
  try {
    return await sealText(keyring, AUDITORS, text);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'no-key')) throw error;
    await keyring.ensureKey(AUDITORS);
    return sealText(keyring, AUDITORS, text);
  }
}
