/** Why a target cannot be reached, with the nearest moments that can, and only advice that helps. */
import type { Moment, RecoveryWindow } from '../../../domain/backup-chain.ts';
import { TargetError } from '../../../domain/errors.ts';
import { formatLsn } from '../../../domain/lsn.ts';
import type { RecoveryMaterial } from '../../catalog/recovery-material.ts';

const CODES = { before: 'before-window', after: 'after-window', gap: 'target-in-gap' } as const;

export interface OutsideWindow {
  readonly outside: keyof typeof CODES;
  /** The nearest recoverable moments. */
  readonly before?: Moment | undefined;
  readonly after?: Moment | undefined;
  /** Shipping the log cannot reach it yet. */
  readonly isFuture?: boolean;
}

export function targetRefusal(what: string, window: RecoveryWindow, where: OutsideWindow): TargetError {
  const { outside, before, after, isFuture = false } = where;
  const details = {
    before: before && { lsn: formatLsn(before.lsn), time: before.time },
    after: after && { lsn: formatLsn(after.lsn), time: after.time },
  };
  const gap = window.gaps.find(candidate => before && candidate.from.lsn === before.lsn);
  const messages = {
    before: `${what} lies before the recovery window.`,
    after: isFuture ? `${what} is in the future.` : `${what} lies after the newest recoverable moment.`,
    gap: `${what} lies in a gap of the change log (${gap?.reason ?? 'log-missing'}).`,
  };
  const newest = `The newest moment is ${before ? shown(before) : 'unknown'}`;
  const hints = {
    before: `The earliest moment is ${after ? shown(after) : 'unknown'}.`,
    after:
      gap && gap.to === null
        ? `The log is broken there (${gap.reason}): take a snapshot and ship. ${newest}.`
        : isFuture
          ? `${newest}; \`latest\` means it.`
          : `Run \`holdfast ship\` to move it forward. ${newest}.`,
    gap: `The nearest moments are ${before ? shown(before) : 'none'} and ${after ? shown(after) : 'none'}.`,
  };
  return new TargetError(CODES[outside], messages[outside], { hint: hints[outside], details });
}

export function nothingRecoverable(at: RecoveryMaterial): TargetError {
  const snapshot = at.backups.some(item => item.kind === 'snapshot');
  return new TargetError('nothing-recoverable', 'No moment of this tenant can be recovered yet.', {
    hint: snapshot
      ? 'Its snapshot needs the change log up to its end: run `holdfast ship`.'
      : 'Take a snapshot with `holdfast snapshot`, then run `holdfast ship`.',
  });
}

const shown = (moment: Moment): string => `${moment.time} (${formatLsn(moment.lsn)})`;
