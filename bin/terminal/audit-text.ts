/** The audit trail for people: events as a table, and what a verification found. */
import type { AuditEvent } from '../../lib/domain/audit-event.ts';
import type { AnchoredAudit } from '../../lib/operations/governance/anchor-audit.ts';
import type { AuditVerification } from '../../lib/operations/governance/verify-audit.ts';
import { count, moment, momentAgo, plural, printable } from './format.ts';
import type { Session } from './session.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';

type Look = Pick<Session, 'style' | 'zone' | 'now' | 'columns'>;

const BAD: readonly AuditEvent['outcome'][] = ['denied', 'refused', 'failed'];
/** Without an anchor for longer than this, a person is told. */
const ANCHOR_AGE_MS = 2 * 24 * 3600 * 1000;
const SHOWN_PROBLEMS = 50;

export interface ListedEvents {
  readonly events: readonly AuditEvent[];
  readonly more: boolean;
}

/** `nameOf`: the tenant's id; undefined where all events are of one chain. */
export function renderEvents(
  { events, more }: ListedEvents,
  nameOf: ((event: AuditEvent) => string) | undefined,
  { style, zone, columns }: Look,
): string {
  if (events.length === 0) return 'No events.\n';
  const rows = events.map(event => [
    moment(event.at, zone()),
    printable(event.action, 20),
    outcomeOf(event, style),
    ...(nameOf ? [printable(nameOf(event), 14)] : []),
    event.code ?? '',
    event.request ?? '',
    shortName(event.who.name),
  ]);
  const heads = [
    ...[{ head: 'time' }, { head: 'action' }, { head: 'outcome' }],
    ...(nameOf ? [{ head: 'tenant' }] : []),
    ...[{ head: 'code', optional: true }, { head: 'request', optional: true }, { head: 'who' }],
  ];
  const rest = more ? style.dim('\nOlder events follow: raise --limit, or narrow with --from and --to.\n') : '';
  return `${renderTable(heads, rows, { style, columns })}${rest}`;
}

/** Of an ARN the session's name; --json has all of it. */
function shortName(name: string): string {
  return printable(name.startsWith('arn:') ? name.slice(name.lastIndexOf('/') + 1) : name, 40);
}

function outcomeOf({ outcome, brokeGlass }: AuditEvent, style: Style): string {
  const said = `${outcome}${brokeGlass ? ', broke glass' : ''}`;
  if (BAD.includes(outcome)) return style.bad(said);
  return brokeGlass ? style.warn(said) : said;
}

export function renderAuditVerification({ chains, anchors, problems }: AuditVerification, look: Look): string {
  const { style } = look;
  const events = chains.reduce((sum, chain) => sum + chain.events, 0);
  const open = chains.reduce((sum, chain) => sum + chain.notAnchored, 0);
  const shown = problems.slice(0, SHOWN_PROBLEMS).map(({ what, message }) => `${style.bad('✗')} ${what}: ${message}\n`);
  const hidden = problems.length - shown.length;
  const more = hidden > 0 ? style.dim(`  ${count(hidden)} more: see --json.\n`) : '';
  const verdict =
    problems.length === 0 ? style.good('✓ Verified') : style.bad(`✗ ${plural(problems.length, 'problem')}`);
  const what = `${plural(events, 'event')} in ${plural(chains.length, 'chain')}`;
  return `${verdict}: ${what}\n${shown.join('')}${more}${anchorText(anchors, open, look)}`;
}

function anchorText({ last }: AuditVerification['anchors'], open: number, { style, zone, now }: Look): string {
  if (last === undefined)
    return `${style.warn('!')} There is no anchor yet: a chain whose last events were removed cannot\n  be told from a shorter one. Run \`holdfast audit anchor\` daily.\n`;
  const age = now().getTime() - new Date(last.at).getTime();
  const old =
    age > ANCHOR_AGE_MS
      ? `${style.warn('!')} No anchor was made for two days: run \`holdfast audit anchor\` daily.\n`
      : '';
  const later = open === 0 ? '' : `  ${plural(open, 'event')} after it: whether more followed is not proved yet.\n`;
  return `  Last anchor: ${last.sequence}, ${momentAgo(last.at, zone(), now())}\n${later}${old}`;
}

export function renderAnchored(
  { sequence, chains, events, grown, contradictions }: AnchoredAudit,
  style: Style,
): string {
  const wrong = contradictions.map(each => `${style.bad('✗')} ${each}\n`).join('');
  return `${style.good('✓ Anchored')} ${plural(events, 'event')} in ${plural(chains, 'chain')}, ${count(grown)} of them new or longer (anchor ${sequence})\n${wrong}`;
}
