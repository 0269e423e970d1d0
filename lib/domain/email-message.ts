/**
 * An event as an e-mail, in plain words: for the team with what to do, for a customer in fixed words. Invariants: text and
 * HTML say the same; what comes from data is escaped in HTML and is no header; a mail to a customer contains nothing of the
 * notice but that it happened, when, and how often.
 */
import { approvalFacts, messageLinks, titleOf } from './chat-message.ts';
import { escapedHtml, htmlDocument } from './html-text.ts';
import { type OutgoingMessage, repeatsOf, toldOfMessage } from './outgoing-message.ts';

export interface Mail {
  readonly to: readonly string[];
  /** One line of at most 200 characters. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Sends one mail, or throws StorageError `message-undelivered`. */
export type SendMail = (mail: Mail) => Promise<void>;

interface Letter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly facts?: readonly (readonly [string, string])[];
  readonly links?: readonly (readonly [string, string])[];
  readonly closing: string;
}

/** For the team. */
export function teamMail(to: readonly string[], message: OutgoingMessage): Mail {
  const { event } = message;
  const told = toldOfMessage(message);
  const { command } = event.details;
  return mailOf(to, {
    subject: titleOf(told),
    paragraphs: [told.message],
    facts: [
      ...approvalFacts(told),
      ...(typeof command === 'string' ? [['Command', command] as const] : []),
      ['At', timeText(event.at)],
    ],
    links: messageLinks(told),
    closing: `Sent by Holdfast, installation ${event.installation}. This message links and decides nothing.`,
  });
}

/** For a tenant's contacts. Only for an event that customers are told of. */
export function customerMail(to: readonly string[], message: OutgoingMessage): Mail {
  const { customer, at } = message.event;
  if (customer === null) throw new Error('This event is not for customers.');
  const when = repeatsOf(message) ?? timeText(at);
  return mailOf(to, {
    subject: customer.subject,
    paragraphs: ['Hello,', customer.text],
    facts: [['When', when.replace(/^\((.*)\)$/, '$1')]],
    closing: 'You receive this message because your address is a contact for your backups.',
  });
}

function mailOf(to: readonly string[], letter: Letter): Mail {
  const subject = oneLine(letter.subject).slice(0, 200);
  return { to, subject, text: textOf(letter), html: htmlOf(subject, letter) };
}

function textOf({ paragraphs, facts = [], links = [], closing }: Letter): string {
  return [
    ...paragraphs,
    ...(facts.length > 0 ? [facts.map(([name, value]) => `${name}: ${oneLine(value)}`).join('\n')] : []),
    ...(links.length > 0 ? [links.map(([name, url]) => `${name}: ${url}`).join('\n')] : []),
    `-- \n${closing}\n`,
  ].join('\n\n');
}

const STYLE =
  'body{font:15px/1.5 system-ui,sans-serif;max-width:40em;margin:2em auto;padding:0 1em}th{text-align:left;padding-right:1em;vertical-align:top}footer{color:#777;font-size:13px;margin-top:2em}';

function htmlOf(subject: string, { paragraphs, facts = [], links = [], closing }: Letter): string {
  const rows = facts.map(
    ([name, value]) => `<tr><th>${escapedHtml(name)}</th><td>${escapedHtml(oneLine(value))}</td></tr>`,
  );
  const anchors = links.map(([name, url]) => `<a href="${escapedHtml(url)}">${escapedHtml(name)}</a>`);
  return htmlDocument(
    subject,
    STYLE,
    [
      ...paragraphs.map(text => `<p>${escapedHtml(text)}</p>`),
      ...(rows.length > 0 ? [`<table>${rows.join('')}</table>`] : []),
      ...(anchors.length > 0 ? [`<p>${anchors.join(' · ')}</p>`] : []),
      `<footer>${escapedHtml(closing)}</footer>`,
    ].join('\n'),
  );
}

function timeText(at: string): string {
  return `${at.slice(0, 16).replace('T', ' ')} UTC`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: nothing of a notice becomes a line of a header
const BREAKS = /[\u0000-\u001f\u007f\u2028\u2029]+/g;

function oneLine(text: string): string {
  return text.replaceAll(BREAKS, ' ').trim();
}
