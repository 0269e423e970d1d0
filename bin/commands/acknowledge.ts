/** `acknowledge`: somebody looks after an alarm, so that nobody else is told of it for a day. */
import type { Command } from 'commander';
import type { Alarm } from '../../lib/domain/alarm.ts';
import { acknowledgeAlarm } from '../../lib/operations/telling/kept-alarms.ts';
import { inSession, type Session } from '../terminal/session.ts';

export function registerAcknowledge(program: Command): void {
  program
    .command('acknowledge')
    .description('acknowledge an alarm, so that it is not escalated')
    .argument('<alarm>', 'as `holdfast messages list` shows it')
    .option('--reason <text>', 'what you do about it', '')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast acknowledge log-gap --reason "looking into it"\n  $ holdfast --profile prod acknowledge backup-late\n\nAn alarm that is still raised a day later is escalated again.',
    )
    .action(inSession(acknowledge));
}

async function acknowledge(session: Session, id: string, { reason }: { readonly reason: string }): Promise<void> {
  const alarm = await acknowledged(session, id, reason);
  session.emit(alarm, () => `${session.style.good('Acknowledged.')} Nobody else is told of it for a day.\n`);
}

async function acknowledged(session: Session, id: string, reason: string): Promise<Alarm> {
  if (session.remote) {
    const { acknowledgeDeployedAlarm } = await import('../../lib/runtime/failure-call.ts');
    return acknowledgeDeployedAlarm(await session.remote.installation(), { alarm: id, reason });
  }
  await session.ready();
  return acknowledgeAlarm(await session.deps(), { id, by: await session.user(), reason });
}
