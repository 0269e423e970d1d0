/**
 * Texts about an incident for three audiences, for people to complete and send. Invariants: facts come from the incident and
 * from the page alone; what only people know is a blank in brackets; no tenant is named.
 */

import { momentText } from '../report/numbers-text.ts';
import { COMPONENT_NAMES, type IncidentState, type StatusComponent, type StatusIncident } from './status-post.ts';

export const AUDIENCES = ['customers', 'stakeholders', 'media'] as const;
export type Audience = (typeof AUDIENCES)[number];

/** What the part does, for somebody who does not know it. */
const MEANING: Readonly<Record<StatusComponent, string>> = {
  'log-shipping': 'It brings the newest changes into the backups.',
  snapshots: 'It makes the daily backups. Earlier backups are kept.',
  verification: 'It checks that stored backups can be restored.',
  restores: 'It restores data from backups.',
};

const STAGE: Readonly<Record<IncidentState, string>> = {
  investigating: 'We are looking for the cause.',
  identified: 'The cause is known, and we are correcting it.',
  monitoring: 'It is corrected, and we are watching it.',
  resolved: 'It is resolved.',
};

/** By audience. */
export function incidentTexts(incident: StatusIncident): Record<Audience, string> {
  return {
    customers: customersText(incident),
    stakeholders: stakeholdersText(incident),
    media: mediaText(incident),
  };
}

function customersText({ component, state, startedAt, resolvedAt, updates }: StatusIncident): string {
  const closing =
    resolvedAt === null
      ? 'You do not have to do anything. The next update is at [TIME, UTC], and sooner if something changes.'
      : 'You do not have to do anything. [WHAT WE CHANGE SO THAT IT DOES NOT RECUR]';
  return `Subject: Backups: ${COMPONENT_NAMES[component].toLowerCase()}, ${state}

Hello,

${beganText(startedAt, resolvedAt, 'our backups')}

${MEANING[component]} ${STAGE[state]}

Latest update, ${momentText(updates[0]!.at)}:
${quoted(updates[0]!.text)}

Whether the application is affected: [NO, OR HOW]
Whether it concerns your data: [YES OR NO, AND WHAT EXACTLY]
${closing}

Status: [LINK TO THE STATUS PAGE]
[NAME, CONTACT]`;
}

function stakeholdersText({ id, component, state, startedAt, resolvedAt, updates }: StatusIncident): string {
  const history = [...updates]
    .reverse()
    .map(({ at, state: was, text }) => `- ${momentText(at)}, ${was}:\n${quoted(text)}`);
  return `Subject: Incident ${id}: ${COMPONENT_NAMES[component].toLowerCase()}, ${state}

Component:    ${COMPONENT_NAMES[component]}
State:        ${state}. ${STAGE[state]}
Began:        ${momentText(startedAt)}
Resolved:     ${resolvedAt === null ? 'not yet' : momentText(resolvedAt)}
Effect:       [WHAT DOES NOT WORK] ${MEANING[component]}
Application:  [NOT AFFECTED, OR HOW]
Data at risk: [NONE, OR FROM WHEN TO WHEN]
Cause:        [CAUSE, OR NOT KNOWN YET]
Obligations:  [CONTRACTS, REGULATORS AND THEIR DEADLINES, OR NONE]
Decision:     [WHAT IS WANTED FROM THE READER, OR NONE]
Next update:  [TIME, UTC]

What happened:
${history.join('\n')}

[NAME, CONTACT]`;
}

function mediaText({ component, state, startedAt, resolvedAt }: StatusIncident): string {
  return `Statement of [COMPANY], [DATE]

${beganText(startedAt, resolvedAt, 'our backup system')} ${MEANING[component]} ${resolvedAt === null ? STAGE[state] : ''}

[WHETHER THE SERVICE IS AFFECTED, AND DATA OF CUSTOMERS LOST OR DISCLOSED: SAY ONLY WHAT IS ESTABLISHED]

We inform our customers directly, and publish updates at [LINK TO THE STATUS PAGE].

Contact for the media: [NAME, TELEPHONE, E-MAIL]`.replaceAll(/ +\n/g, '\n');
}

function beganText(startedAt: string, resolvedAt: string | null, of: string): string {
  if (resolvedAt === null)
    return `Since ${momentText(startedAt)}, one part of ${of} has not been working as it should.`;
  return `From ${momentText(startedAt)} to ${momentText(resolvedAt)}, one part of ${of} did not work as it should.`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map(line => `  ${line}`.trimEnd())
    .join('\n');
}
