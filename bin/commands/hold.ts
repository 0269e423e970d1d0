/**
 * `hold`: legal holds. Placing and releasing one go the way of every request (governed-command.ts); list, show and verify
 * read the signed records in the vault.
 */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { parseTime } from '../../lib/domain/target-time.ts';
import {
  holdProblems,
  type VerifiedHolds,
  verifyHolds,
  verifyTenantHolds,
} from '../../lib/operations/governance/holds/keep-holds.ts';
import type { HoldInput } from '../../lib/operations/governance/holds/place-hold.ts';
import {
  type ListedHold,
  listHeld,
  type ShownHold,
  showHold,
} from '../../lib/operations/governance/holds/show-holds.ts';
import { verifyHoldsThere } from '../aws/remote-holds.ts';
import { count, moment, plural, printable } from '../terminal/format.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderFacts, renderTable } from '../terminal/table.ts';
import { runGoverned } from './governed-command.ts';

export function registerHold(program: Command): void {
  const hold = program
    .command('hold')
    .description('place a legal hold on a tenant; list, verify and release holds')
    .argument('[tenant]', 'tenant id')
    .option('--matter <name>', 'the matter that it is for')
    .option('--reason <text>', 'why, for the records')
    .option('--ticket <reference>', 'reference in your own system')
    .option('--from <time>', 'first moment that must stay recoverable (default: everything)')
    .option('--review <date>', 'when somebody must decide whether it is still needed')
    .option('--hidden', "do not show it to the tenant's administrator")
    .option('--break-glass', 'execute at once, without approvals; it alarms')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText('after', HELP)
    .action(inSession(place));
  hold
    .command('list')
    .description('list the holds that stand')
    .argument('[tenant]', 'only of this tenant')
    .action(inSession(list));
  hold
    .command('show')
    .description('show a hold and its last certificate')
    .argument('<tenant>', 'tenant id')
    .argument('<matter>', 'name of the matter, or id of the hold')
    .action(inSession(show));
  hold
    .command('verify')
    .description('prove that everything is held; repair and report what is not')
    .argument('[tenant]', 'only of this tenant')
    .action(inSession(verify));
  hold
    .command('release')
    .description('ask for the release of a hold: two other people approve it')
    .argument('<tenant>', 'tenant id')
    .option('--matter <name>', 'name of the matter, or id of the hold')
    .option('--reason <text>', 'why, for the records')
    .option('--ticket <reference>', 'reference in your own system')
    .option('-y, --yes', 'do not ask for confirmation')
    .action(inSession(release));
}

const HELP = `
Examples:
  $ holdfast hold acme --matter 'Smith v. Acme' --reason 'letter of 3 May'
  $ holdfast hold list
  $ holdfast hold verify acme
  $ holdfast hold release acme --matter 'Smith v. Acme' --reason 'settled'

While a hold stands nothing of the tenant expires, and its key is not destroyed.
docs/legal-hold.md says what is held and how it is proved.`;

interface AskedHold {
  readonly matter?: string;
  readonly reason?: string;
  readonly ticket?: string;
  readonly from?: string;
  readonly review?: string;
  readonly hidden?: true;
  readonly breakGlass?: true;
  readonly yes?: true;
}

/** A day begins in UTC. InputError `usage`. */
async function momentOf(session: Session, text: string | undefined): Promise<string | null> {
  if (text === undefined) return null;
  await session.ready();
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const time = isDay ? `${text}T00:00:00Z` : parseTime(text, { now: session.now(), timeZone: session.zone() });
  const found = new Date(time ?? '');
  if (!Number.isNaN(found.getTime())) return found.toISOString();
  throw new InputError('usage', `The time ${JSON.stringify(text)} cannot be read.`, {
    hint: 'Write a date like 2027-01-31, or a time like 2026-05-03T14:00:00Z.',
  });
}

async function place(session: Session, tenant: string | undefined, options: AskedHold): Promise<void> {
  const input: HoldInput = {
    matter: given(options.matter, '--matter'),
    from: await momentOf(session, options.from),
    reviewBy: await momentOf(session, options.review),
    hidden: options.hidden ?? false,
  };
  await governed(session, 'hold', given(tenant, 'a tenant'), { input, options });
}

/** The options of the parent command are its own: commander gives `--matter` to whichever is first. */
async function release(session: Session, tenant: string, _options: AskedHold, command: Command): Promise<void> {
  const options = command.optsWithGlobals<AskedHold>();
  await governed(session, 'release', tenant, { input: { matter: given(options.matter, '--matter') }, options });
}

async function governed(
  session: Session,
  action: 'hold' | 'release',
  tenant: string,
  { input, options }: { input: unknown; options: AskedHold },
): Promise<void> {
  const { ref } = await askedTenant(session, tenant);
  const { ticket, yes = false, breakGlass = false } = options;
  await runGoverned(session, {
    ...{ action, tenant: ref, input, reason: given(options.reason, '--reason'), yes, breakGlass },
    ...(ticket !== undefined && { ticket }),
  });
}

function given(value: string | undefined, what: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new InputError('usage', `A hold needs ${what}.`, { hint: 'See `holdfast hold --help`.' });
}

async function list(session: Session, tenant: string | undefined): Promise<void> {
  const deps = await session.deps();
  const ref = tenant === undefined ? undefined : (await askedTenant(session, tenant)).ref;
  const holds = await listHeld(deps, await session.principal(), ref);
  session.emit({ holds }, () => renderList(session, holds));
}

function renderList(session: Session, holds: readonly ListedHold[]): string {
  if (holds.length === 0) return 'No hold stands.\n';
  const time = (text: string | null) => (text === null ? '' : moment(text, session.zone()));
  const rows = holds.map(each => [
    ...[each.tenant, printable(each.matter ?? '(record does not verify)', 40), time(each.at), time(each.reviewBy)],
    each.hold,
  ]);
  const heads = [{ head: 'tenant' }, { head: 'matter' }, { head: 'since' }, { head: 'review by' }, { head: 'hold' }];
  return renderTable(heads, rows, { style: session.style, columns: session.columns });
}

async function show(session: Session, tenant: string, matter: string): Promise<void> {
  const { ref } = await askedTenant(session, tenant);
  const found = await showHold(await session.deps(), await session.principal(), ref, matter);
  session.emit(found, () => renderHold(session, found));
}

function renderHold({ style, zone }: Session, found: ShownHold): string {
  const { certificate, matter, requestedBy, approvedBy, reason, at, reviewBy, from } = found;
  const time = (text: string | null, none: string) => (text === null ? none : moment(text, zone()));
  const objects = certificate?.regions.map(each => `${plural(each.objects, 'object')} in ${each.region}`).join(', ');
  const facts: [string, string][] = [
    ['hold', found.hold],
    ['matter', printable(matter ?? '(record does not verify: it stands)', 60)],
    ['since', time(at, 'unknown')],
    ['recoverable from', time(from, 'everything that there is')],
    ['review by', time(reviewBy, 'no date')],
    ['requested by', printable(requestedBy ?? 'unknown', 60)],
    ['approved by', printable(approvedBy.join(', ') || 'nobody', 60)],
    ['reason', printable(reason ?? 'unknown', 200)],
    ['proved', certificate ? `${time(certificate.at, '')}: ${objects}` : 'not yet'],
  ];
  return renderFacts(facts, { style });
}

async function verify(session: Session, tenant: string | undefined): Promise<void> {
  const { remote } = session;
  if (remote)
    return verifyHoldsThere(
      session,
      remote,
      tenant === undefined ? undefined : (await askedTenant(session, tenant)).ref,
    );
  const ctx = await session.context();
  const tenants =
    tenant === undefined
      ? (await verifyHolds(ctx)).tenants
      : [await verifyTenantHolds(ctx, (await askedTenant(session, tenant)).ref)];
  session.emit({ tenants }, () => renderVerified(session, tenants));
  if (tenants.some(each => each.failed || holdProblems(each) > 0)) session.exitWith(3);
}

function renderVerified({ style }: Session, tenants: readonly VerifiedHolds[]): string {
  if (tenants.length === 0) return 'No hold stands.\n';
  return tenants.map(each => `${lineOf(each, style)}\n`).join('');
}

function lineOf(each: VerifiedHolds, style: Session['style']): string {
  const { tenant, objects, repaired, keyMarked, unsigned, reviewDue, failed } = each;
  if (failed) return `${style.bad('✗')} ${tenant}: not proved (${failed})`;
  const wrong = [
    ...(repaired > 0 ? [`${plural(repaired, 'object')} had lost the hold; repaired`] : []),
    ...(keyMarked ? ['the key had lost its tag; repaired'] : []),
    ...(unsigned.length > 0 ? [`${plural(unsigned.length, 'record')} not signed here`] : []),
  ];
  const review = reviewDue.length > 0 ? `; ${plural(reviewDue.length, 'review')} due` : '';
  const sign = wrong.length > 0 ? style.warn('!') : style.good('✓');
  return `${sign} ${tenant}: ${[`${count(objects)} objects held`, ...wrong].join('; ')}${review}`;
}
