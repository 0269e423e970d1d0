/**
 * The signed documents of a tenant's destructions, in the vault: what became of each is read from them and from nothing
 * else. Invariant: two people cannot both order a destruction, or one cancel what another makes final: each document is
 * written once, and whoever comes second reads what the first wrote.
 */
import type * as z from 'zod';
import {
  DestructionAppendix,
  DestructionCertificate,
  DestructionOrder,
  DestructionOutcome,
} from '../../domain/destruction.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { type DestructionPart, destructionKey, destructionOf, governancePrefix } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { putSigned, readSigned } from './signed-document.ts';

type ReadDeps = Pick<Deps, 'vault' | 'signer'>;
type WriteDeps = ReadDeps & Pick<Deps, 'clock'>;

/** Lock of the documents: longer than any object of the tenant is locked. */
const LOCK_MS = 10 * 366 * 24 * 3600 * 1000;

/** One destruction of a tenant, as far as it came. */
export interface Destruction {
  readonly number: number;
  readonly order: DestructionOrder;
  readonly outcome?: DestructionOutcome;
  readonly certificate?: DestructionCertificate;
  readonly appendix?: DestructionAppendix;
}

const SCHEMAS = {
  order: DestructionOrder,
  outcome: DestructionOutcome,
  certificate: DestructionCertificate,
  appendix: DestructionAppendix,
} as const;
type Documents = { [Part in DestructionPart]: z.infer<(typeof SCHEMAS)[Part]> };

/** In order. IntegrityError `object-altered` for a document that this installation did not sign for this place. */
export async function destructionsOf(deps: ReadDeps, tenant: TenantRef): Promise<Destruction[]> {
  const parts = new Map<number, Set<string>>();
  for await (const key of deps.vault.keys(governancePrefix('destructions', tenant))) {
    const found = destructionOf(key);
    if (found) parts.set(found.number, (parts.get(found.number) ?? new Set()).add(found.part));
  }
  const found: Destruction[] = [];
  for (const [number, present] of [...parts].sort(([a], [b]) => a - b)) {
    const read = <Part extends DestructionPart>(part: Part) => readPart(deps, tenant, number, part);
    found.push({
      number,
      order: await read('order'),
      ...(present.has('outcome') && { outcome: await read('outcome') }),
      ...(present.has('certificate') && { certificate: await read('certificate') }),
      ...(present.has('appendix') && { appendix: await read('appendix') }),
    });
  }
  return found;
}

/** The one that stands or was completed; undefined if there is none, or the last one was cancelled. */
export async function standingDestruction(deps: ReadDeps, tenant: TenantRef): Promise<Destruction | undefined> {
  const last = (await destructionsOf(deps, tenant)).at(-1);
  return last?.outcome?.outcome === 'cancelled' ? undefined : last;
}

/** What is stored then: the given document, or the one that another process wrote before. */
export async function putPart<Part extends DestructionPart>(
  deps: WriteDeps,
  part: Part,
  document: Documents[Part],
): Promise<Documents[Part]> {
  const { tenant, number } = document;
  const options = { retainUntil: new Date(deps.clock.now().getTime() + LOCK_MS) };
  try {
    await putSigned(deps, destructionKey(tenant, number, part), document, options);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'object-exists')) throw error;
  }
  return readPart(deps, tenant, number, part);
}

/** SHA-256 of the stored document. */
export async function partDigest(
  { vault }: Pick<Deps, 'vault'>,
  { tenant, number }: { tenant: TenantRef; number: number },
  part: DestructionPart,
): Promise<{ key: string; sha256: string }> {
  const key = destructionKey(tenant, number, part);
  return { key, sha256: (await vault.head(key))?.sha256 ?? '' };
}

async function readPart<Part extends DestructionPart>(
  deps: ReadDeps,
  tenant: TenantRef,
  number: number,
  part: Part,
): Promise<Documents[Part]> {
  return (await readSigned(deps, destructionKey(tenant, number, part), SCHEMAS[part])) as Documents[Part];
}
