/**
 * Sends one e-mail through an SMTP server. Invariants: never without TLS to another machine, and never to a server whose
 * certificate cannot be verified; no error contains an address or the password.
 */
import { createTransport } from 'nodemailer';
import type { Mail } from '../domain/email-message.ts';
import { StorageError } from '../domain/errors.ts';

export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly security: 'starttls' | 'tls' | 'none';
  /** Address that messages come from. */
  readonly from: string;
  readonly user?: string | undefined;
  readonly password?: string;
  /** PEM of the authorities to trust. @default - those of Node.js */
  readonly ca?: string;
}

const TIMEOUT_MS = 10_000;

/** StorageError `message-undelivered`: also where one of several addresses is refused. */
export async function smtpMail(server: SmtpServer, { to, subject, text, html }: Mail): Promise<void> {
  const { host, port, security, from, user, password, ca } = server;
  const transport = createTransport({
    ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
    ...{ connectionTimeout: TIMEOUT_MS, greetingTimeout: TIMEOUT_MS, socketTimeout: TIMEOUT_MS },
    ...(user !== undefined && { auth: { user, pass: password ?? '' } }),
    tls: { minVersion: 'TLSv1.2', ...(ca !== undefined && { ca }) },
    // A message is text that is here: nothing is read from files or from the network for it.
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  try {
    const headers = { 'Auto-Submitted': 'auto-generated' };
    const { rejected } = await transport.sendMail({ from, to: [...to], subject, text, html, headers });
    if (rejected.length > 0) throw refused('an address was refused');
  } catch (error) {
    if (error instanceof StorageError) throw error;
    const { code } = error as { readonly code?: unknown };
    // What the client says can quote an address.
    throw refused(typeof code === 'string' && /^E[A-Z]+$/.test(code) ? code : 'unexpected');
  } finally {
    transport.close();
  }
}

function refused(why: string): StorageError {
  return new StorageError('message-undelivered', `An e-mail was not accepted by the mail server: ${why}.`, {
    hint: 'Check the server, its login and the address that messages come from: docs/messages.md.',
  });
}
