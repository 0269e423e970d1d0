/** Requests for people: what waits for whom, what was executed without approvals, and what became of the others. */
import type { RequestDocument } from '../../lib/api/request-document.ts';
import type { RequestState } from '../../lib/domain/governed-request.ts';
import { moment, momentAgo, printable } from './format.ts';
import type { Session } from './session.ts';
import type { Style } from './style.ts';

type Place = Pick<Session, 'style' | 'zone' | 'now' | 'command'>;

export function renderRequests(found: readonly RequestDocument[], session: Place): string {
  if (found.length === 0) return 'No requests.\n';
  return found.map(each => renderRequest(each, session)).join('\n');
}

const SIGNS: Readonly<Record<RequestState, string>> = {
  ...{ waiting: '·', approved: '!', executing: '!', done: '✓', refused: '✗', expired: '✗', cancelled: '✗' },
};

/** A few lines each: an id is never broken. */
function renderRequest(each: RequestDocument, session: Place): string {
  const { style } = session;
  const { id, tenant, action, state, requestedBy, reason, ticket } = each;
  const unreviewed = each.brokeGlass && each.reviewedBy === null;
  const sign = unreviewed ? style.bad('!') : paint(state, style)(SIGNS[state]);
  const decided = each.decisions.map(({ by, agrees }) => `${agrees ? 'approved' : 'refused'} by ${printable(by, 60)}`);
  const lines = [
    `${sign} ${style.bold(id)}  ${action}  ${paint(state, style)(state)}`,
    `    tenant ${tenant}`,
    `    requested by ${printable(requestedBy, 60)}, ${moment(each.askedAt, session.zone())}`,
    `    ${printable(reason, 200)}${ticket === null ? '' : ` (${printable(ticket, 60)})`}`,
    ...decided.map(line => `    ${line}`),
    ...(each.executedBy === null ? [] : [`    executed by ${printable(each.executedBy, 60)}`]),
    ...(each.brokeGlass ? [`    ${glassText(each, style)}`] : []),
    ...nextOf(each, session).map(line => `    ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function glassText({ reviewedBy }: RequestDocument, style: Style): string {
  if (reviewedBy !== null) return `without approvals; reviewed by ${printable(reviewedBy, 60)}`;
  return style.bad('without approvals, and not reviewed by another person');
}

function nextOf(
  { id, tenant, state, approvals, decisions, until, ...rest }: RequestDocument,
  session: Place,
): string[] {
  const { style } = session;
  if (rest.brokeGlass && rest.reviewedBy === null)
    return [style.bold(session.command(`requests --review ${id} --reason "…"`))];
  if (state === 'approved' || state === 'executing') return [style.bold(session.command(`requests --execute ${id}`))];
  if (state !== 'waiting') return [];
  const agreed = decisions.filter(({ agrees }) => agrees).length;
  return [
    `${agreed} of ${approvals} approvals, until ${momentAgo(until, session.zone(), session.now())}; decide with`,
    style.bold(session.command(`approve ${tenant} \\`)),
    style.bold(`  ${id}`),
  ];
}

function paint(state: RequestState, style: Style): (text: string) => string {
  if (state === 'done') return style.good;
  return state === 'waiting' || state === 'approved' || state === 'executing' ? style.warn : style.bad;
}
