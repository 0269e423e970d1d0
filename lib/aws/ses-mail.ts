/** Sends one e-mail through Amazon SES. Invariant: no error contains an address. */
import { type SESv2Client, SendEmailCommand } from '@aws-sdk/client-sesv2';
import type { SendMail } from '../domain/email-message.ts';
import { StorageError } from '../domain/errors.ts';
import { faultName } from './transient.ts';

const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' });

/** `from`: an address of a verified identity. StorageError `message-undelivered`, after the client's own attempts. */
export function sesMail(client: Pick<SESv2Client, 'send'>, from: string): SendMail {
  return async ({ to, subject, text, html }) => {
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [...to] },
      Content: { Simple: { Subject: utf8(subject), Body: { Text: utf8(text), Html: utf8(html) } } },
    });
    await client.send(command).catch(error => {
      // SES quotes addresses in its messages.
      throw new StorageError('message-undelivered', `An e-mail was not accepted by SES (${faultName(error)}).`, {
        hint: 'Verify the identity in SES, and move the account out of the sandbox: docs/messages.md.',
      });
    });
  };
}
