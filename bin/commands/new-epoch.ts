/** `new-epoch`: the installation goes on with another server, or with one that was restored. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { type BegunEpoch, beginEpoch, EpochRequest } from '../../lib/operations/log/begin-epoch.ts';
import { plural } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';

interface NewEpochOptions {
  readonly confirm: string;
  /** False with --no-snapshots. */
  readonly snapshots: boolean;
}

export function registerNewEpoch(program: Command): void {
  program
    .command('new-epoch')
    .description('continue on another database server, or on one that was restored')
    .requiredOption('--confirm <server>', 'the server, as holdfast ship names it when it refuses it')
    .option('--no-snapshots', 'do not take the snapshots that every tenant needs afterwards')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast new-epoch --confirm 7412345678901234567/2\n\nAfter a point-in-time restore, a Blue/Green switch-over, a major upgrade, a\nfailover that lost log, or a move to a new server. Earlier moments stay\nrecoverable; moments between the last shipped one and a tenant\u2019s new snapshot\ndo not exist.',
    )
    .action(inSession(newEpoch));
}

async function newEpoch(session: Session, options: NewEpochOptions): Promise<void> {
  const request = EpochRequest.safeParse({ confirm: options.confirm });
  if (!request.success) {
    throw new InputError('usage', 'This is not the name of a server.', {
      hint: 'Run holdfast ship: where a new epoch is needed, it shows the name, for example 7412345678901234567/2.',
    });
  }
  if (session.remote) {
    const { execution, output } = await session.remote.run('begin-epoch', request.data);
    return session.emit({ execution, ...(output as object) }, () => render(session, output as BegunEpoch));
  }
  const ctx = await session.context();
  const epoch = await beginEpoch(ctx, request.data);
  session.remark(render(session, epoch).trimEnd());
  const { snapshots } = await shipAndCloseGaps(ctx, options.snapshots);
  session.emit({ ...epoch, snapshots: snapshots.length }, () =>
    snapshots.length === 0 ? '' : `Took a new snapshot of ${plural(snapshots.length, 'tenant')}.\n`,
  );
}

function render({ style }: Session, { begun, gapFrom, to }: BegunEpoch): string {
  if (!begun) return `The log continues on this server, up to ${to}: no epoch was begun.\n`;
  return `${style.good('✓ Began')} a new source epoch at ${to}. Moments after ${gapFrom} can be recovered from each tenant\u2019s new snapshot on.\n`;
}
