/** Whether an object that a manifest names is in the vault, with the size that the manifest has. */
import { IntegrityError } from '../../domain/errors.ts';
import type { Deps } from '../../ports.ts';

/** Its bytes. IntegrityError `object-missing`, `object-truncated`. */
export async function presentBytes(deps: Pick<Deps, 'vault'>, key: string, expected?: number): Promise<number> {
  const stored = await deps.vault.head(key);
  if (stored && (expected === undefined || stored.bytes === expected)) return stored.bytes;
  const [code, what] = stored
    ? (['object-truncated', `has ${stored.bytes} bytes where its manifest says ${expected}`] as const)
    : (['object-missing', 'is missing'] as const);
  throw new IntegrityError(code, `The object ${key} ${what}.`, {
    hint: 'Nothing was written. Bring the object back from a replica, or choose a target that another backup reaches.',
    details: { object: key },
  });
}
