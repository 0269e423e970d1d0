/**
 * Sends notices through SNS: alarms and notes have separate topics, so that people on call can subscribe to alarms only.
 * A notice that cannot be sent is an error of the run: silence would look like health.
 */
import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import { runbookPage } from '../domain/runbook.ts';
import type { Notifier } from '../ports.ts';
import { serviceFailure } from './transient.ts';

export interface SnsNotifierOptions {
  readonly client: SNSClient;
  readonly installation: string;
  /** Topic ARNs by severity. */
  readonly topics: { readonly alarm: string; readonly info: string };
  /** URL of the runbook: docs/runbook as you publish it. */
  readonly runbookUrl?: string;
}

/** SNS limits: 100 printable ASCII characters per subject, 256 KB per message. */
const SUBJECT_CHARACTERS = 100;
const MESSAGE_BYTES = 200_000;

export function snsNotifier({ client, installation, topics, runbookUrl }: SnsNotifierOptions): Notifier {
  return {
    async notify({ severity, code, message, details }) {
      const text = {
        installation,
        severity,
        code,
        message,
        ...(runbookUrl === undefined ? {} : { runbook: `${runbookUrl}/${runbookPage(code)}.md` }),
      };
      let body = JSON.stringify({ ...text, details }, null, 2);
      if (Buffer.byteLength(body) > MESSAGE_BYTES)
        body = JSON.stringify({ ...text, details: 'left out: too long' }, null, 2);
      try {
        await client.send(
          new PublishCommand({
            TopicArn: topics[severity],
            Subject: subject(`Holdfast ${severity === 'alarm' ? 'ALARM' : 'note'} ${code}: ${message}`),
            Message: body,
            MessageAttributes: {
              severity: { DataType: 'String', StringValue: severity },
              code: { DataType: 'String', StringValue: code },
            },
          }),
        );
      } catch (cause) {
        throw serviceFailure('notice-not-sent', `The ${severity} topic`, cause);
      }
    },
  };
}

function subject(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, SUBJECT_CHARACTERS);
}
