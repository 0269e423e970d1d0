/**
 * A notice as the services show it to which teams subscribe: Slack (Block Kit), Microsoft Teams (Adaptive Card), or as JSON for
 * a program, signed. Invariant: a message links; no button of it decides anything.
 *
 * Sources: https://docs.slack.dev/reference/block-kit/blocks, https://docs.slack.dev/messaging/formatting-message-text (what
 * is escaped), https://adaptivecards.io/explorer/ (version 1.4), https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors
 */
import * as z from 'zod';

export const WEBHOOK_KINDS = ['slack', 'teams', 'signed'] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

/** What a sink is sent: requests that wait for approval, alarms, and everything else. */
export const SUBJECTS = ['approvals', 'alarms', 'notes'] as const;
export type Subject = (typeof SUBJECTS)[number];

export const SinkName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'expected 1 to 40 lower-case letters, digits and dashes')
  .describe('Name in alarms about messages that could not be delivered.');

/** A notice, and what is known beside it. */
export interface Told {
  readonly installation: string;
  readonly severity: 'info' | 'alarm';
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** URL of its page in the runbook. */
  readonly runbook?: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** True: an alarm that is over. */
  readonly ended?: boolean;
}

export function subjectOf({ severity, code }: Pick<Told, 'severity' | 'code'>): Subject {
  if (code === 'approval-wanted') return 'approvals';
  return severity === 'alarm' ? 'alarms' : 'notes';
}

/** The body to post, as a JSON value. */
export function messageFor(kind: WebhookKind, told: Told): object {
  if (kind === 'slack') return slackMessage(told);
  return kind === 'teams' ? teamsMessage(told) : { format: 'holdfast.message/1', ...told };
}

/** One line: what it is, and of which installation. */
export function titleOf({ severity, code, installation }: Told): string {
  const what = code === 'approval-wanted' ? 'Approval wanted' : `${severity === 'alarm' ? 'ALARM' : 'Note'}: ${code}`;
  return `${what} (${installation})`;
}

const FACTS = { action: 'Action', tenant: 'Tenant', requestedBy: 'Requested by', until: 'Expires' } as const;

/** Of a request that waits for approval: names and values, as people read them. */
export function approvalFacts({ details = {} }: Told): [string, string][] {
  return Object.entries(FACTS).flatMap(([name, title]) => {
    const value = details[name];
    return typeof value === 'string' ? [[title, shortened(value, 200)] as [string, string]] : [];
  });
}

function commandOf({ details }: Told): string | undefined {
  return typeof details?.command === 'string' ? shortened(details.command, 1000) : undefined;
}

/** Names and URLs. */
export function messageLinks({ details, runbook }: Told): [string, string][] {
  const link = details?.link;
  return [
    ...(typeof link === 'string' && link.startsWith('https://')
      ? [['Open the preview', link] as [string, string]]
      : []),
    ...(runbook === undefined ? [] : [['Runbook', runbook] as [string, string]]),
  ];
}

/** Slack's limits: 150 characters of a header, 3,000 of a section's text. */
function slackMessage(told: Told): object {
  const title = titleOf(told);
  const facts = approvalFacts(told);
  const command = commandOf(told);
  const links = messageLinks(told).map(([text, url]) => `<${escaped(url)}|${text}>`);
  const lines = [
    ...facts.map(([name, value]) => `*${name}:* ${escaped(value)}`),
    ...(facts.length === 0 ? [escaped(shortened(told.message, 2000))] : []),
    ...(command === undefined ? [] : [`\`${escaped(command)}\``]),
    ...(links.length === 0 ? [] : [links.join(' · ')]),
  ];
  return {
    // Shown in notifications, and where blocks are not.
    text: escaped(shortened(`${title}: ${told.message}`, 2000)),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: shortened(title, 150), emoji: false } },
      { type: 'section', text: { type: 'mrkdwn', text: lines.join('\n') } },
    ],
  };
}

/** Of Slack's markup: nothing that a person is called becomes a mention, a link or a format. */
function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[*_~`](?=\S)/g, '\u200b$&');
}

function teamsMessage(told: Told): object {
  const facts = approvalFacts(told).map(([title, value]) => ({ title, value: plain(value) }));
  const command = commandOf(told);
  const text = (value: string, more: object = {}) => ({ type: 'TextBlock', text: plain(value), wrap: true, ...more });
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          ...{ type: 'AdaptiveCard', version: '1.4' },
          body: [
            text(titleOf(told), { weight: 'Bolder', size: 'Medium' }),
            ...(facts.length > 0 ? [{ type: 'FactSet', facts }] : [text(shortened(told.message, 2000))]),
            ...(command === undefined ? [] : [text(command, { fontType: 'Monospace' })]),
          ],
          actions: messageLinks(told).map(([title, url]) => ({ type: 'Action.OpenUrl', title, url })),
        },
      },
    ],
  };
}

/** Without the Markdown that cards read: a backslash before each of its characters. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_[\]()#>]/g, '\\$&');
}

function shortened(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters - 1)}…`;
}
