/** What the commands of the status page print. The page and status.json have all of it. */
import { shareText } from '../../lib/domain/report/numbers-text.ts';
import { STATE_WORDS } from '../../lib/domain/status-page/status-html.ts';
import type { StatusPage } from '../../lib/domain/status-page/status-page.ts';
import { COMPONENT_NAMES, type StatusIncident } from '../../lib/domain/status-page/status-post.ts';
import type { StoredPost } from '../../lib/operations/reporting/post-status.ts';
import { moment, plural } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

interface Place {
  readonly style: Style;
  readonly columns: number;
}

interface Listing extends Place {
  readonly zone: () => string;
}

interface BuiltPage {
  readonly folder: string;
  readonly page: StatusPage;
  readonly altered: readonly string[];
}

export function renderBuiltPage({ folder, page, altered }: BuiltPage, { style, columns }: Place): string {
  const rows = page.components.map(({ component, state, uptime }) => [
    ...[
      COMPONENT_NAMES[component],
      STATE_WORDS[state].toLowerCase(),
      uptime === null ? 'not known' : shareText(uptime),
    ],
  ]);
  const heads = [{ head: 'component' }, { head: 'now' }, { head: 'uptime, 90 days', right: true }];
  const open = page.incidents.filter(({ resolvedAt }) => resolvedAt === null);
  return [
    renderTable(heads, rows, { style, columns }).trimEnd(),
    `${plural(open.length, 'open incident')}${open.length > 0 ? `: ${open.map(({ id }) => id).join(', ')}` : ''}.`,
    ...altered.map(key => alteredText(key, style)),
    `Written to ${folder}: index.html and status.json.`,
    '',
  ].join('\n');
}

function alteredText(key: string, style: Style): string {
  return `${style.bad('✗')} ${key} is not what this installation signed; it is not shown.`;
}

interface ListedIncidents {
  readonly incidents: readonly StatusIncident[];
  readonly altered: readonly string[];
}

export function renderIncidents({ incidents, altered }: ListedIncidents, { style, columns, zone }: Listing): string {
  const rows = incidents.map(({ id, component, state, startedAt, updates }) => [
    ...[id, COMPONENT_NAMES[component], state, moment(startedAt, zone()), moment(updates[0]!.at, zone())],
  ]);
  const heads = ['incident', 'component', 'state', 'since', 'last update'].map(head => ({ head }));
  const table = rows.length === 0 ? 'No incident.\n' : renderTable(heads, rows, { style, columns });
  return [table, ...altered.map(key => `${alteredText(key, style)}\n`)].join('');
}

export function renderPosted({ post: { incident, id, state } }: StoredPost, { style }: Place): string {
  const what = incident === id ? 'opened' : 'updated';
  return `${style.good('✓')} Incident ${style.bold(incident)} ${what}: ${state}. The next build of the page shows it.\n`;
}

export function renderTexts(texts: Readonly<Record<string, string>>, { style }: Place): string {
  const parts = Object.entries(texts).map(([audience, text]) => `${style.bold(`For ${audience}`)}\n\n${text}\n`);
  return parts.join('\n');
}
