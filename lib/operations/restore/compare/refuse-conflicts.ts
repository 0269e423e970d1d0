/** A restore with conflicts that block it is refused before anything is asked for or written. */
import { ConflictError } from '../../../domain/errors.ts';
import { blockingConflicts, type Preview } from '../../../domain/preview.ts';

/** ConflictError `conflicts`, with the list in its details. */
export function refuseConflicts(preview: Preview): void {
  const blocking = blockingConflicts(preview);
  if (blocking.length === 0) return;
  const list = blocking.map(conflict => `${conflict.table}: ${conflict.explanation}`).join(' ');
  throw new ConflictError('conflicts', `The restore is refused, nothing was written. ${list}`, {
    hint: 'Resolve the conflicts, or restore fewer rows (--table, --rows, --keys), only missing rows (--mode missing-only), or side by side.',
    details: { conflicts: blocking },
  });
}
