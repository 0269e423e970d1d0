/** JSON documents of `holdfast messages` and `holdfast acknowledge`. */
import * as z from 'zod';
import { Alarm } from '../../domain/alarm.ts';

const Waiting = z.number().int().nonnegative();

export const AlarmsDocument = z
  .object({
    alarms: z.array(Alarm),
    waiting: Waiting.nullable().describe('Messages that wait to be sent. Null on AWS.'),
  })
  .describe('`messages list`.');

export const TestedDocument = z
  .object({
    tested: z.array(
      z.object({ recipient: z.string(), failed: z.string().nullable().describe('Null: it accepted the test.') }),
    ),
  })
  .describe('`messages test`. Exit code 7 where a recipient did not accept it.');

export const MessagesDocument = z.union([
  AlarmsDocument,
  TestedDocument,
  z.object({ waiting: Waiting.describe('Messages that still wait.') }).describe('`messages send`.'),
]);

export const AcknowledgeDocument = Alarm.describe('The alarm, as acknowledged.');
