/** `messages`: the alarms that people were told of, a test to each recipient, and what is due now. */
import type { Command } from 'commander';
import type { Alarm } from '../../lib/domain/alarm.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { listAlarms } from '../../lib/operations/telling/kept-alarms.ts';
import { countWaiting } from '../../lib/operations/telling/kept-messages.ts';
import { testRecipients } from '../../lib/operations/telling/test-recipients.ts';
import { printable, relative } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';

export function registerMessages(program: Command): void {
  const messages = program.command('messages').description('whom alarms and other notices are sent to');
  messages
    .command('list')
    .description('alarms of the last days that are not over, and who acknowledged them')
    .addHelpText('after', LIST_HELP)
    .action(inSession(list));
  messages
    .command('test')
    .description('send a test to each webhook and address of the configuration')
    .argument('[recipient]', 'only to this one')
    .addHelpText('after', TEST_HELP)
    .action(inSession(test));
  messages
    .command('send')
    .description('send what was held back, counted or not acknowledged, and is due')
    .addHelpText('after', SEND_HELP)
    .action(inSession(send));
}

const LIST_HELP = `
Examples:
  $ holdfast messages list
  $ holdfast --profile prod messages list

holdfast acknowledge ALARM stops the escalation of one.`;

const TEST_HELP = `
Examples:
  $ holdfast messages test
  $ holdfast messages test on-call

Contacts of tenants get no test. Exit code 7 if a recipient did not accept it.`;

const SEND_HELP = `
Example, for a scheduler that runs every five minutes:
  $ holdfast messages send

holdfast ship --follow does the same. On AWS a schedule does.`;

/** More are not counted. */
const COUNTED = 10_000;
const NOT_DELIVERED = 7;

async function list(session: Session): Promise<void> {
  const { remote } = session;
  if (remote) {
    const { deployedAlarms } = await import('../../lib/runtime/failure-call.ts');
    return show(session, await deployedAlarms(await remote.installation()), null);
  }
  await session.ready();
  const deps = await session.deps();
  return show(session, await listAlarms(deps), await countWaiting(deps.catalog, COUNTED));
}

function show(session: Session, alarms: readonly Alarm[], waiting: number | null): void {
  session.emit({ alarms, waiting }, () => {
    const { style, columns } = session;
    const held = waiting === null || waiting === 0 ? '' : `${waiting} messages wait to be sent.\n`;
    if (alarms.length === 0) return `${style.good('✓')} No alarm.\n${held}`;
    const rows = alarms.map(({ id, severity, count, lastAt, acknowledged }) => [
      severity === 'critical' ? style.bad(printable(id)) : style.warn(printable(id)),
      String(count),
      acknowledged === null ? 'not acknowledged' : printable(acknowledged.by),
      relative(lastAt, session.now()),
    ]);
    const heads = [{ head: 'alarm' }, { head: 'raised', right: true }, { head: 'acknowledged' }, { head: 'last' }];
    return `${renderTable(heads, rows, { style, columns })}${held}`;
  });
}

async function test(session: Session, name: string | undefined): Promise<void> {
  const config = await session.config();
  const { configuredRecipients } = await import('../../lib/runtime/configured-recipients.ts');
  const { sinks } = configuredRecipients(config);
  const chosen = sinks.filter(sink => name === undefined || sink.name === name);
  if (chosen.length === 0)
    throw new InputError('unknown-recipient', 'The configuration has no such recipient.', {
      hint: '`messages` in the configuration lists the recipients: docs/messages.md.',
    });
  const tested = await testRecipients(await session.deps(), chosen);
  session.emit({ tested }, () =>
    tested
      .map(({ recipient, failed }) =>
        failed === null
          ? `${session.style.good('✓')} ${recipient}\n`
          : `${session.style.bad('✗')} ${recipient}: ${printable(failed)}\n`,
      )
      .join(''),
  );
  if (tested.some(({ failed }) => failed !== null)) session.exitWith(NOT_DELIVERED);
}

async function send(session: Session): Promise<void> {
  await session.config();
  const { notifier, catalog } = await session.deps();
  const before = await countWaiting(catalog, COUNTED);
  await notifier.sendDue?.();
  const waiting = await countWaiting(catalog, COUNTED);
  session.emit({ waiting }, () => `${before - waiting} of ${before} messages were due.\n`);
}
