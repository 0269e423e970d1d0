/**
 * The status page for people: one file without script and without a request to anywhere, light and dark, on a phone and on
 * paper. Invariants: every text is escaped; it says nothing that the document does not.
 */
import { escapedHtml, htmlDocument } from '../html-text.ts';
import { momentText, secondsText, shareText } from '../report/numbers-text.ts';
import { dataTable, pageSection, paragraph } from '../report/report-parts.ts';
import { REPORT_STYLE } from '../report/report-style.ts';
import { DAY_WORDS, statusBars } from './status-bars.ts';
import { type ComponentState, type PageComponent, type StatusPage, worstOf } from './status-page.ts';
import { COMPONENT_NAMES, type IncidentState, type StatusIncident } from './status-post.ts';
import { STATUS_STYLE } from './status-style.ts';

export const STATE_WORDS: Readonly<Record<ComponentState, string>> = {
  up: 'Operational',
  degraded: 'Degraded',
  down: 'Down',
  unknown: 'Not known',
};

const INCIDENT_WORDS: Readonly<Record<IncidentState, string>> = {
  investigating: 'Investigating',
  identified: 'Identified',
  monitoring: 'Monitoring',
  resolved: 'Resolved',
};

/** Signs beside the words. */
const SIGNS: Readonly<Record<ComponentState, string>> = { up: '✓', degraded: '!', down: '✗', unknown: '?' };

/** A complete HTML document. */
export function statusHtml(page: StatusPage): string {
  const { title, at, newestMoment, objective, components, incidents, unverifiedPosts } = page;
  const open = incidents.filter(({ resolvedAt }) => resolvedAt === null);
  const past = incidents.filter(({ resolvedAt }) => resolvedAt !== null);
  const missing = unverifiedPosts === 0 ? '' : paragraph('Some posts could not be verified and are not shown.', 'note');
  const body = [
    pageSection('open', 'Open incidents', open.map(incidentArticle)),
    pageSection('components', 'Components', [legend(), ...components.map(each => componentArticle(each, objective))]),
    pageSection('past', 'Past incidents', [
      past.length === 0 ? paragraph('None in the last 90 days.') : '',
      ...past.map(incidentArticle),
      missing,
    ]),
  ];
  return htmlDocument(
    title,
    `${REPORT_STYLE}${STATUS_STYLE}`,
    `<header>
<h1>${escapedHtml(title)}</h1>
${banner(components)}
<p class="lead">As of ${timeElement(at)}, from data until ${newestMoment === null ? 'no moment' : timeElement(newestMoment)}. Days are in UTC.</p>
</header>
<main>
${body.filter(section => section !== '').join('\n')}
</main>
<footer>
<p>Log shipping is down while the newest recoverable moment is more than an hour old, or moments are lost. The other components count what succeeded of what was due. What nobody knows counts neither as up nor as down. The objective is ${shareText(objective)}.</p>
<p>The same for programs: <a href="status.json">status.json</a>.</p>
</footer>`,
  );
}

function banner(components: readonly PageComponent[]): string {
  const known = components.filter(({ state }) => state !== 'unknown');
  const worst = known.length === 0 ? 'unknown' : worstOf(known.map(({ state }) => state));
  const text = known.length === 0 ? 'The state is not known.' : bannerText(components, worst);
  return `<p class="banner ${worst}"><span aria-hidden="true">${SIGNS[worst]}</span> ${escapedHtml(text)}</p>`;
}

function bannerText(components: readonly PageComponent[], worst: ComponentState): string {
  if (worst === 'up' && components.every(({ state }) => state === 'up')) return 'All components are operational.';
  const named = (state: ComponentState) => {
    const names = components.filter(each => each.state === state).map(each => COMPONENT_NAMES[each.component]);
    return names.length === 0 ? [] : [`${STATE_WORDS[state]}: ${names.join(', ').toLowerCase()}.`];
  };
  return (['down', 'degraded', ...(worst === 'up' ? ['up' as const] : []), 'unknown'] as const)
    .flatMap(named)
    .join(' ');
}

function legend(): string {
  const words = Object.entries(DAY_WORDS).map(([state, word]) => `<li class="${state}">${word}</li>`);
  return `<ul class="legend days">${words.join('')}</ul>`;
}

function componentArticle(component: PageComponent, objective: number): string {
  const { state, days, uptime } = component;
  const bad = days.filter(each => each.state === 'degraded' || each.state === 'down').reverse();
  const isTimed = bad.some(({ downSeconds }) => downSeconds !== null);
  const rows = bad.map(each => [
    ...[each.day, DAY_WORDS[each.state]],
    ...(isTimed ? [secondsText(each.downSeconds)] : []),
  ]);
  const heads = ['Day', 'State', ...(isTimed ? ['Down for'] : [])];
  const list =
    rows.length === 0
      ? ''
      : `<details><summary>Days with trouble: ${rows.length}</summary>${dataTable(heads, rows)}</details>`;
  return `<article class="component">
<h3>${COMPONENT_NAMES[component.component]} <span class="state ${state}"><span aria-hidden="true">${SIGNS[state]}</span> ${STATE_WORDS[state]}</span></h3>
${statusBars(component)}
<p class="scale"><span>${days[0]?.day ?? ''}</span><span class="uptime${uptime !== null && uptime < objective ? ' missed' : ''}">${uptimeText(component, objective)}</span><span>today</span></p>
${list}
</article>`;
}

function uptimeText({ uptime }: PageComponent, objective: number): string {
  if (uptime === null) return 'uptime not known';
  const verdict = uptime < objective ? 'below' : 'meets';
  return `${shareText(uptime)} uptime, ${verdict} ${shareText(objective)}`;
}

function incidentArticle({ id, component, state, startedAt, resolvedAt, updates }: StatusIncident): string {
  const items = updates.map(
    update =>
      `<li><strong>${INCIDENT_WORDS[update.state]}</strong> ${timeElement(update.at)}${update.text
        .split(/\n+/)
        .map(line => paragraph(line))
        .join('')}</li>`,
  );
  const until = resolvedAt === null ? '' : ` to ${timeElement(resolvedAt)}`;
  return `<article class="incident" id="incident-${escapedHtml(id)}">
<h3>${COMPONENT_NAMES[component]}: ${INCIDENT_WORDS[state].toLowerCase()}</h3>
<p class="note">${timeElement(startedAt)}${until}. Incident <code>${escapedHtml(id)}</code></p>
<ol class="updates">
${items.join('\n')}
</ol>
</article>`;
}

function timeElement(at: string): string {
  return `<time datetime="${escapedHtml(at)}">${escapedHtml(momentText(at))}</time>`;
}
