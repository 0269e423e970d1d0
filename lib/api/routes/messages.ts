/** Alarms that people were told of and that are not over, who looks after each, and a test to each recipient. */
import * as z from 'zod';
import { InputError } from '../../domain/errors.ts';
import { acknowledgeAlarm, listAlarms } from '../../operations/telling/kept-alarms.ts';
import { countWaiting } from '../../operations/telling/kept-messages.ts';
import { testRecipients } from '../../operations/telling/test-recipients.ts';
import { AcknowledgeDocument, AlarmsDocument, TestedDocument } from '../documents/message-documents.ts';
import { route } from '../route.ts';

const group = 'messages';
/** More are not counted. */
const COUNTED = 10_000;

const seeAlarms = route(
  {
    ...{
      id: 'listAlarms',
      method: 'get',
      path: '/alarms',
      group,
      summary: 'Alarms of the last days that are not over',
    },
    ...{ needs: { permission: 'seeStatus', on: 'installation' }, answer: AlarmsDocument },
  },
  async ({ deps: { storage } }) => ({
    alarms: await listAlarms(storage),
    waiting: await countWaiting(storage.catalog, COUNTED),
  }),
);

const Acknowledgement = z.strictObject({
  alarm: z.string().min(1).max(300).describe('Its id.'),
  reason: z.string().max(1000).default('').describe('What you do about it.'),
});

const acknowledge = route(
  {
    ...{ id: 'acknowledgeAlarm', method: 'post', path: '/alarms/acknowledgement', group, body: Acknowledgement },
    ...{ summary: 'Somebody looks after it: it is not escalated for a day', answer: AcknowledgeDocument },
    needs: { permission: 'protect', on: 'installation', isRecorded: true },
  },
  async ({ deps, principal, body: { alarm, reason } }) =>
    acknowledgeAlarm(deps.storage, { id: alarm, by: principal.name, reason }),
);

const test = route(
  {
    ...{ id: 'testRecipients', method: 'post', path: '/recipients/test', group, answer: TestedDocument },
    ...{ summary: 'Send a test to each webhook and address', needs: { permission: 'protect', on: 'installation' } },
    body: z.strictObject({ recipient: z.string().max(100).optional().describe('Only to this one.') }),
  },
  async ({ deps, body: { recipient } }) => {
    const sinks = await deps.operating.recipients();
    const chosen = sinks.filter(({ name }) => recipient === undefined || name === recipient);
    if (recipient !== undefined && chosen.length === 0)
      throw new InputError('unknown-recipient', 'The configuration has no such recipient.', {
        hint: '`messages` in the configuration lists the recipients: docs/messages.md.',
      });
    return { tested: await testRecipients(deps.storage, chosen) };
  },
);

export const MESSAGE_ROUTES = [seeAlarms, acknowledge, test];
