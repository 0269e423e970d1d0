/**
 * Reading a tenant of the cluster's own backup on AWS: the state machine read-cluster-backup has a scratch database restored,
 * reads it and deletes it. Ctrl-C stops following, never the deletion.
 */
import * as z from 'zod';
import { InputError } from '../../lib/domain/errors.ts';
import type { Remote } from './remote.ts';

export interface ClusterReadAsked {
  /** Its id. */
  readonly tenant: string;
  /** ISO 8601 UTC. */
  readonly moment: string;
  readonly exclude: readonly string[];
}

const Output = z.object({ backup: z.string(), rows: z.number() });

/** The read, and how many rows it has. InputError `no-cluster-backups`; fails as the execution fails. */
export async function readClusterBackupThere(
  remote: Pick<Remote, 'installation' | 'run'>,
  asked: ClusterReadAsked,
): Promise<z.infer<typeof Output>> {
  const { description } = await remote.installation();
  if (description.workflows['read-cluster-backup'] === undefined)
    throw new InputError('no-cluster-backups', `There is no read-cluster-backup in ${description.functions.region}.`, {
      hint: 'Add the section `clusterBackups` to the deployment (docs/restore.md), or name the primary region with --region. With --direct and --cluster-url, a copy that you restored is read.',
    });
  const { output } = await remote.run('read-cluster-backup', asked);
  return Output.parse(output);
}
