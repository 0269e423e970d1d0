/** When a tenant's backups and log were last compared with its live rows, and what came of it. */
import { z } from 'zod';
import { LsnText } from '../../domain/manifest.ts';
import type { Deps } from '../../ports.ts';

const PARTITION = 'live-proofs';

export const LiveProof = z.object({
  ref: z.string(),
  /** Server clock of the database snapshot that was compared. */
  at: z.string(),
  ok: z.boolean(),
  lsn: LsnText,
});
export type LiveProof = z.infer<typeof LiveProof>;

export async function recordLiveProof(deps: Pick<Deps, 'catalog'>, proof: LiveProof): Promise<void> {
  await deps.catalog.write([{ put: { partition: PARTITION, sort: proof.ref, value: proof } }]);
}

export async function lastLiveProof(deps: Pick<Deps, 'catalog'>, ref: string): Promise<LiveProof | undefined> {
  const item = await deps.catalog.get(PARTITION, ref);
  return item && LiveProof.parse(item.value);
}
