/** `archive`: self-contained copies of tenants for years, made by hand or by a schedule; listed and verified. */
import { type Command, Option } from 'commander';
import { ARCHIVE_CLASSES, type ArchiveClass, dueArchive } from '../../lib/domain/archive.ts';
import { HoldfastError, InputError } from '../../lib/domain/errors.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import type { TenantId } from '../../lib/domain/tenant.ts';
import { archiveTenant } from '../../lib/operations/archive/archive-tenant.ts';
import { archivesDue, reportFailedArchive, reportLateArchives } from '../../lib/operations/archive/archives-due.ts';
import { listArchives, verifyArchives } from '../../lib/operations/archive/listed-archives.ts';
import { type ArchiveItem, archives, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { knownTenant } from '../../lib/operations/catalog/known-tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { mostUrgentFirst } from '../../lib/operations/fleet/in-priority.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { refuseOptions, remoteFleet } from '../aws/remote-fleet.ts';
import { errorDocument, exitCodeOf } from '../terminal/error-text.ts';
import { count, moment, plural, printable, size } from '../terminal/format.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';

const HELP = `
Examples:
  $ holdfast archive acme --keep annual
  $ holdfast archive acme --to '2026-12-31 23:59' --keep annual
  $ holdfast archive --all --due
  $ holdfast archive list acme
  $ holdfast archive verify acme

--due makes what a schedule owes: the first archive of a year is kept as annual,
the first of a month as monthly. docs/archives.md says how to open one without
Holdfast.`;

export function registerArchive(program: Command): void {
  const archive = program
    .command('archive')
    .description('keep a self-contained copy of tenants for years')
    .argument('[tenant...]', 'tenant ids')
    .option('--all', 'every tenant')
    .option('--due', 'only where this month or year has no archive yet')
    .addOption(new Option('--keep <class>', 'retention').choices([...ARCHIVE_CLASSES]))
    .option('--to <target>', 'the moment, as for a restore (default: the newest)')
    .option('--reason <text>', 'for the manifest', 'manual')
    .addHelpText('after', HELP)
    .action(inSession(archiveRows));
  archive
    .command('list')
    .description('list archives, and until when they are kept')
    .argument('[tenant]', 'only of this tenant')
    .action(inSession(list));
  archive.command('due').description('show which archives are due; a late one raises an alarm').action(inSession(due));
  archive
    .command('verify')
    .description('read archives back, and compare every file with its digest')
    .argument('<tenant>', 'tenant id')
    .argument('[archive]', 'only this one')
    .action(inSession(verify));
}

interface AskedArchive {
  readonly all?: true;
  readonly due?: true;
  readonly keep?: ArchiveClass;
  readonly to?: string;
  readonly reason: string;
}

async function archiveRows(session: Session, named: string[], asked: AskedArchive): Promise<void> {
  requireOne(named.length > 0 !== (asked.all === true), 'Name tenants, or pass --all.');
  requireOne((asked.keep !== undefined) !== (asked.due === true), 'Pass --keep monthly or annual, or --due.');
  if (session.remote) {
    refuseOptions({ '--to': asked.to });
    const reason = asked.reason.slice(0, 64);
    const input = { tenants: asked.all ? 'all' : named, reason, ...(asked.keep && { keep: asked.keep }) };
    return remoteFleet(session, session.remote, { workflow: 'archive-fleet', input, tenants: [] });
  }
  const ctx = await session.context();
  const ids = asked.all
    ? await mostUrgentFirst(ctx, await everyTenant(session), 'archive')
    : await Promise.all(named.map(name => spellTenant(ctx, name)));
  const done = { ok: [] as (ArchiveItem & { tenant: string })[], failed: [] as FailedArchive[] };
  for (const id of ids) {
    const ref = refOf(ctx, id);
    try {
      const keep = asked.keep ?? dueArchive(await archives.list(ctx.catalog, ref), ctx.clock.now());
      if (keep === undefined) continue;
      const how = { keep, reason: asked.due ? 'schedule' : asked.reason, policy: (await session.retentionOf())(ref) };
      const target = targetOf(session, asked.to);
      done.ok.push({ ...(await archiveTenant(ctx, id, { ...how, ...(target && { target }) })), tenant: id });
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      if (asked.due) await reportFailedArchive(ctx, ref, error);
      if (ids.length === 1) throw error;
      session.exitWith(exitCodeOf(error));
      done.failed.push({ tenant: id, failure: error });
    }
  }
  const failed = done.failed.map(({ tenant, failure }) => ({ tenant, ...errorDocument(failure) }));
  session.emit({ ok: done.ok, failed }, () => renderDone(session, done));
}

interface FailedArchive {
  readonly tenant: string;
  readonly failure: HoldfastError;
}

function requireOne(holds: boolean, hint: string): void {
  if (!holds) throw new InputError('usage', 'The command does not say what to archive.', { hint });
}

function targetOf(session: Session, to: string | undefined): string | undefined {
  return to === undefined ? undefined : formatTarget(parseTarget(to, { now: session.now(), timeZone: session.zone() }));
}

/** Those that are there: what left or was destroyed has no newer rows. */
async function everyTenant(session: Session): Promise<TenantId[]> {
  const { catalog } = await session.deps();
  const listed = (await tenants.list(catalog)).filter(
    ({ left, departed, destruction }) => !left && !departed && !destruction,
  );
  return Promise.all(listed.map(({ ref }) => knownTenant({ catalog }, ref)));
}

function renderDone(
  session: Session,
  {
    ok,
    failed,
  }: { readonly ok: readonly (ArchiveItem & { tenant: string })[]; readonly failed: readonly FailedArchive[] },
): string {
  const { style } = session;
  const problems = failed.map(
    ({ tenant, failure }) => `${style.bad('✗')} ${printable(tenant, 40)}: ${failure.message}\n`,
  );
  if (ok.length === 0) return `Nothing was due.\n${problems.join('')}`;
  const rows = ok.map(item => [printable(item.tenant, 40), ...cells(session, item)]);
  return `${renderTable([{ head: 'tenant' }, ...HEADS], rows, { style, columns: session.columns })}${problems.join('')}`;
}

const HEADS = [
  ...[{ head: 'archive' }, { head: 'moment' }, { head: 'kept as' }],
  ...[
    { head: 'rows', right: true },
    { head: 'size', right: true },
  ],
];

function cells({ zone }: Session, { id, toTime, keep, rows, storedBytes }: ArchiveItem): string[] {
  return [id, moment(toTime, zone()), keep, rows === null ? '' : count(rows), size(storedBytes)];
}

async function list(session: Session, tenant: string | undefined): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const retentionOf = await session.retentionOf();
  const refs =
    tenant === undefined
      ? (await tenants.list(deps.catalog)).map(({ ref }) => ref)
      : [(await askedTenant(session, tenant)).ref];
  const found = await listArchives(deps, refs, retentionOf);
  session.emit({ archives: found }, () => {
    if (found.length === 0) return 'There are no archives.\n';
    const rows = found.map(item => [item.tenant, ...cells(session, item), moment(item.until, session.zone())]);
    const heads = [{ head: 'tenant' }, ...HEADS, { head: 'kept until' }];
    return renderTable(heads, rows, { style: session.style, columns: session.columns });
  });
}

async function due(session: Session): Promise<void> {
  await session.ready();
  const deps = await session.deps();
  const found = await archivesDue(deps);
  await reportLateArchives(deps, found);
  session.emit({ due: found }, () => {
    if (found.length === 0) return 'No archive is due.\n';
    const { style, columns } = session;
    const rows = found.map(each => [each.tenant, each.due, each.late ? style.bad('late') : '']);
    return renderTable([{ head: 'tenant' }, { head: 'due' }, { head: '' }], rows, { style, columns });
  });
}

async function verify(session: Session, tenant: string, id: string | undefined): Promise<void> {
  const { ref } = await askedTenant(session, tenant);
  const deps = { ...(await session.deps()), progress: session.ports.progress };
  const verified = await verifyArchives(deps, ref, id);
  session.emit(
    { tenant: ref, verified },
    () => `${session.style.good('✓')} ${plural(verified.length, 'archive')}: every file is as it was written.\n`,
  );
}
