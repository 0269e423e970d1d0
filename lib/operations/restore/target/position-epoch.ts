/**
 * Which server a written position is of. A person copies positions from the server, which does not write epochs: what two
 * servers may mean is not guessed.
 */
import { isReachable } from '../../../domain/backup-chain.ts';
import { TargetError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn } from '../../../domain/lsn.ts';
import type { RecoveryTarget } from '../../../domain/recovery-target.ts';
import { epochOf, positionIn, walOf } from '../../../domain/source-epoch.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';

type PositionTarget = Extract<RecoveryTarget, { readonly lsn: Lsn }>;

/** Throws TargetError `position-unclear`. */
export function mustBeOfOneEpoch(at: Pick<RecoveryMaterial, 'window'>, target: PositionTarget): void {
  if (target.named || epochOf(target.lsn) > 0) return;
  const wal = walOf(target.lsn);
  const epochs = new Set(at.window.stretches.map(({ to }) => epochOf(to.lsn)));
  const meant = [...epochs].filter(epoch => isReachable(at.window, positionIn(epoch, wal)));
  if (!meant.some(epoch => epoch > 0)) return;
  const written = formatLsn(target.lsn);
  const choices = meant.map(epoch => `${epoch}:${written}`);
  throw new TargetError('position-unclear', `The position ${written} can be that of several servers.`, {
    hint: `Write it with its source epoch (${choices.join(' or ')}), or give a time.`,
    details: { choices },
  });
}
