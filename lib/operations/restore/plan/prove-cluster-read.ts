/**
 * A plan from what was read of a copy of the database: the signed manifest is the whole chain. It depends on no log and on no
 * other backup, since it is for moments that those do not have. What that leaves unproved is told wherever it is used.
 */
import type { BackupChain } from '../../../domain/backup-chain.ts';
import { clusterBackupText } from '../../../domain/cluster-backup.ts';
import { TargetError } from '../../../domain/errors.ts';
import { parseLsn } from '../../../domain/lsn.ts';
import type { RecoveryTarget } from '../../../domain/recovery-target.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { clusterReads } from '../../catalog/cluster-reads.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';
import type { LoggedRunsDeps } from '../../log/logged-runs.ts';
import type { ResolvedTarget } from '../target/resolve-target.ts';
import { type VerifiedChain, verifySnapshot } from './verify-chain.ts';

export interface ProvedClusterRead {
  /** Gaps of the log do not concern it. */
  readonly at: Pick<RecoveryMaterial, 'gaps' | 'backups'>;
  readonly resolved: ResolvedTarget;
  readonly chosen: BackupChain | undefined;
  readonly chain: VerifiedChain;
}

/** TargetError `unknown-backup`; IntegrityError naming the object. */
export async function proveClusterRead(
  deps: LoggedRunsDeps,
  tenant: TenantRef,
  id: string,
): Promise<ProvedClusterRead> {
  const item = await clusterReads.get(deps.catalog, tenant, id);
  if (item === undefined)
    throw new TargetError('unknown-backup', `Nothing of this tenant was read of a copy as ${id}, or it has expired.`, {
      hint: 'Read it again: `holdfast restore TENANT --to MOMENT --from cluster-backup`.',
      retry: 'never',
    });
  const chain = await verifySnapshot(deps, tenant, item);
  const resolved = { lsn: parseLsn(item.to), time: item.toTime, snapshot: item };
  return { at: { gaps: [], backups: [] }, resolved, chosen: undefined, chain };
}

/** For the record of what is only staged; a preview has the same as a note. */
export function clusterNotes({ snapshot }: VerifiedChain, asked: RecoveryTarget): string[] {
  if (asked.kind !== 'cluster-read') return [];
  const { toTime, source } = snapshot.header;
  return [clusterBackupText(toTime, source)];
}
