/**
 * `restore --from cluster-backup`: first reads the tenant of a copy of the database, which the cluster's own backups gave, then
 * restores what was read like anything else in the vault. On AWS a state machine has the copy made, reads it and deletes it.
 */
import { CLUSTER_READ_DAYS } from '../../lib/domain/cluster-backup.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { readClusterBackup } from '../../lib/operations/snapshot/read-cluster-backup.ts';
import { otherDatabaseUrl } from '../../lib/runtime/config.ts';
import { type ClusterReadAsked, readClusterBackupThere } from '../aws/remote-cluster-backup.ts';
import { plural } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';
import { contextHere } from './restore-options.ts';

export interface CopyOptions {
  readonly from?: 'cluster-backup';
  readonly clusterUrl?: string;
  readonly to?: string;
  readonly exclude?: string[];
  readonly mode?: string;
}

/** The same options with the target of what was read. InputError `usage`; and what reading throws. */
export async function withCopyRead<O extends CopyOptions>(session: Session, tenant: string, options: O): Promise<O> {
  const { from, clusterUrl, exclude = [], mode } = options;
  if (from === undefined) {
    if (clusterUrl !== undefined)
      throw usage('--cluster-url belongs to --from cluster-backup.', 'Add it, or leave both out.');
    return options;
  }
  if (mode === 'merge')
    throw usage('--mode merge takes back what the log has, and a copy has no log.', 'Leave --mode or --from out.');
  await session.ready();
  const moment = momentOf(session, options.to);
  const read =
    session.remote && clusterUrl === undefined
      ? await readClusterBackupThere(session.remote, { tenant, moment, exclude })
      : await readGiven(session, clusterUrl, { tenant, moment, exclude });
  const target = formatTarget({ kind: 'cluster-read', backup: read.backup });
  session.remark(
    `Read ${plural(read.rows, 'row')} of the copy, kept for ${CLUSTER_READ_DAYS} days as ${target}. The copy is not needed any more.`,
  );
  return { ...options, to: target };
}

async function readGiven(
  session: Session,
  clusterUrl: string | undefined,
  { tenant, ...asked }: ClusterReadAsked,
): Promise<{ readonly backup: string; readonly rows: number }> {
  if (clusterUrl === undefined)
    throw usage(
      '--from cluster-backup needs --cluster-url.',
      'Restore the backup of your cluster to that moment on a server of its own, and give its URL. On AWS leave --direct out: RDS restores it.',
    );
  const ctx = await contextHere(session);
  const copy = { url: otherDatabaseUrl(clusterUrl, 'CLUSTER') };
  const item = await readClusterBackup(ctx, copy, { tenant: await spellTenant(ctx, tenant), ...asked });
  return { backup: item.id, rows: item.rows };
}

function momentOf(session: Session, to: string | undefined): string {
  const target = to === undefined ? undefined : parseTarget(to, { now: session.now(), timeZone: session.zone() });
  if (target?.kind === 'time') return target.time;
  throw usage('--from cluster-backup needs a time.', 'Write it with --to, for example --to 2026-03-01T10:04:59Z.');
}

function usage(message: string, hint: string): InputError {
  return new InputError('usage', message, { hint });
}
