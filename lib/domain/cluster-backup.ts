/**
 * What a restore from the cluster's own backup says of itself: which moment, which server, what is proved, and what is not.
 * The preview, which is approved, and the record have the same sentence.
 */
import type { Note } from './preview.ts';
import type { SourceIdentity } from './source-epoch.ts';

/** Days for which what was read of a copy is kept: for approvals, and to look again. */
export const CLUSTER_READ_DAYS = 7;

const SOURCE = "The source is the cluster's own backup";

/** `moment`: to which the copy was restored, as asked of it, ISO 8601 UTC. */
export function clusterBackupText(moment: string, source: SourceIdentity | undefined): string {
  const server = source === undefined ? '' : `, on server ${source.system}/${source.timeline}`;
  return `${SOURCE}, restored to ${moment}${server}. Proved: these are the rows that were read there, sealed and signed since. Not proved: that they were the rows of that moment, because no change log of Holdfast leads there.`;
}

/** Notes of a preview. `planned`: of the plan. */
export function clusterBackupNotes(planned: readonly string[]): Note[] {
  return planned
    .filter(text => text.startsWith(SOURCE))
    .map(text => ({ code: 'cluster-backup' as const, table: null, text }));
}
