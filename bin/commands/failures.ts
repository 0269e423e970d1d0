/** `failures`: what failed on AWS and is not mended yet; `--acknowledge` closes what nothing will mend by itself. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { failureId, type OpenFailure } from '../../lib/domain/open-failure.ts';
import { openFailures } from '../../lib/operations/fleet/open-failures.ts';
import { printable, relative } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { remoteOf } from './start.ts';

interface FailuresOptions {
  readonly acknowledge?: string;
  readonly reason?: string;
}

export function registerFailures(program: Command): void {
  program
    .command('failures')
    .description('on AWS: list failures that are not mended, or acknowledge one')
    .option('--acknowledge <id>', 'close this failure, as listed, until the same work fails again')
    .option('--reason <text>', 'why it needs no more attention')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast --profile prod failures\n  $ holdfast --profile prod failures \\\n      --acknowledge restore-failed/restore-tenant --reason "withdrawn"\n\nA failure closes by itself once the same work succeeds for the same tenant.',
    )
    .action(inSession(failures));
}

async function failures(session: Session, { acknowledge, reason }: FailuresOptions): Promise<void> {
  const remote = remoteOf(session);
  const open = await openFailures(await session.deps());
  if (acknowledge === undefined) return list(session, open);
  const failure = open.find(each => failureId(each) === acknowledge);
  if (failure === undefined) {
    throw new InputError('unknown-failure', 'No failure with this id is open.', {
      hint: '`holdfast --profile PROFILE failures` lists the open ones.',
    });
  }
  const { sendAcknowledgement } = await import('../../lib/runtime/failure-call.ts');
  const body = { id: acknowledge, at: failure.at, reason: reason ?? '' };
  const answer = await sendAcknowledgement(await remote.installation(), body);
  session.emit(
    answer,
    () => `${session.style.good('Acknowledged.')} Its alarm closes within minutes unless others are open.\n`,
  );
}

function list(session: Session, open: readonly OpenFailure[]): void {
  const { style } = session;
  session.emit({ failures: open.map(each => ({ id: failureId(each), ...each })) }, () =>
    open.length === 0
      ? `${style.good('✓')} No open failure.\n`
      : renderTable(
          [{ head: 'failure' }, { head: 'error' }, { head: 'region' }, { head: 'since', right: true }],
          open.map(each => [
            style.bad(failureId(each)),
            printable(each.code),
            each.region,
            relative(each.at, session.now()),
          ]),
          { style, columns: session.columns },
        ),
  );
}
