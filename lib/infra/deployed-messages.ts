/** The recipients of messages as their function reads them beside its code; undefined where the deployment has none. */
import type { MessagesSettings } from '../domain/message-delivery.ts';
import type { Deployment } from './deployment.ts';
import { sendsMessages } from './message-recipients.ts';
import { awsRegion, messagesTableName } from './names.ts';

export function deployedMessages(deployment: Deployment): MessagesSettings | undefined {
  const { messages, mail, contacts } = deployment.alarms;
  if (!sendsMessages(deployment.alarms)) return undefined;
  return {
    ...{ table: messagesTableName(deployment), region: awsRegion(deployment, 'primary') },
    sinks: messages.map(({ secretArn, secretKeyArn: _, busArn, ...sink }) => ({
      ...sink,
      ...(secretArn !== undefined && { secret: secretArn }),
      ...(busArn !== undefined && { bus: busArn }),
    })),
    ...(mail && { from: mail.from }),
    ...(contacts && { contacts: contacts.secretArn }),
  };
}
