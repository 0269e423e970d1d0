/** Plans what no live backup needs and whose lock has ended, then removes exactly that. `planOnly` removes nothing. */
import { z } from 'zod';
import { expireBackups, planExpiry } from '../lib/operations/expire-backups.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';

const Event = z.object({ input: z.object({ planOnly: z.boolean().default(false) }).prefault({}) });

/** Holds are the vault's: what is held cannot be deleted there, and shows as kept. */
const heldByTheVault = () => false;

export const handler = storageHandler(Event, async ({ input }, { ctx, aws, count }) => {
  const plan = await planExpiry(ctx, aws.retentionOf, heldByTheVault);
  const decisions = plan.owners.flatMap(owner => owner.decisions);
  const leaving = decisions.filter(decision => !decision.keep).length;
  if (input.planOnly) return { keep: decisions.length - leaving, remove: leaving, removed: 0 };
  const done = await expireBackups(ctx, plan, heldByTheVault);
  count('ExpiredBytes', done.freedBytes, 'Bytes');
  return {
    keep: decisions.length - leaving,
    remove: leaving,
    removed: done.removedManifests,
    locked: done.kept.length,
  };
});
