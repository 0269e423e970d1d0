/**
 * What a restore from the cluster's own backup says of itself: which moment, which server, what is proved, and what is not.
 * The preview, which is approved, and the record have the same sentence. And, on AWS, by which name and tags a scratch
 * database, to which RDS restores that backup, is known.
 */
import * as z from 'zod';
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

/** Tag of every scratch database; its value is the name of the installation's resources. */
export const SCRATCH_TAG = 'holdfast:scratch';
/** When the sweeper deletes it, ISO 8601. */
export const SCRATCH_EXPIRES_TAG = 'holdfast:scratch-expires';

/** How the names of an installation's scratch databases begin: nothing else may be created or deleted. */
export function scratchPrefix(installation: string): string {
  // RDS allows no two hyphens in a row.
  return `${installation}-scratch-`.replaceAll(/-+/g, '-');
}

/** The source of an installation on AWS, as RDS names it, whose own backups are read. */
export const ClusterBackupSettings = z.strictObject({
  kind: z.enum(['cluster', 'instance']),
  identifier: z.string(),
});
export type ClusterBackupSettings = z.infer<typeof ClusterBackupSettings>;
