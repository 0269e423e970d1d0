/**
 * `destroy`: destroys a tenant's backups for good. Requesting goes the way of every request (governed-command.ts); the
 * countdown can be cancelled; finishing makes the certificate, which `destroy verify` checks.
 */
import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { COUNTDOWN_DAYS } from '../../lib/domain/key-destruction.ts';
import { SYSTEM } from '../../lib/domain/tenant.ts';
import { recordingDenials, requirePermitted } from '../../lib/operations/governance/audit.ts';
import { decideCancellation, decideFinish } from '../../lib/operations/governance/destruction/decide-destruction.ts';
import { destructionDeps } from '../../lib/operations/governance/destruction/destruction-deps.ts';
import {
  type DestructionStatus,
  destroyedTenants,
  destructionStatus,
} from '../../lib/operations/governance/destruction/destruction-status.ts';
import type { FinishedDestruction } from '../../lib/operations/governance/destruction/finish-destruction.ts';
import { superviseDestructions } from '../../lib/operations/governance/destruction/supervise-destructions.ts';
import { verifyDestruction } from '../../lib/operations/governance/destruction/verify-destruction.ts';
import { cancelThere, finishThere } from '../aws/remote-destruction.ts';
import { count, moment, plural, printable } from '../terminal/format.ts';
import { type AskedTenant, askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { typedLine } from '../terminal/typed-answer.ts';
import { runGoverned } from './governed-command.ts';

export function registerDestroy(program: Command): void {
  const destroy = program
    .command('destroy')
    .description("destroy a tenant's backups for good, after a countdown")
    .argument('[tenant]', 'tenant id')
    .option('--reason <text>', 'why, for the certificate')
    .option('--days <number>', 'length of the countdown, 7 to 30 (default: 7)', days)
    .option('--ticket <reference>', 'reference in your own system')
    .option('--confirm <tenant>', 'the tenant id again, in place of typing it')
    .option('--break-glass', 'execute at once, without approvals; it alarms')
    .addHelpText('after', HELP)
    .action(inSession(request));
  destroy
    .command('status')
    .description('show destructions, and how long they can be cancelled')
    .argument('[tenant]', 'only of this tenant')
    .action(inSession(status));
  destroy
    .command('cancel')
    .description('cancel a destruction while its countdown runs')
    .argument('<tenant>', 'tenant id')
    .option('--reason <text>', 'why, for the records')
    .action(inSession(cancel));
  destroy
    .command('finish')
    .description('after the countdown: destroy the key, prove it, certify it')
    .argument('[tenant]', 'tenant id (default: everything that is due)')
    .action(inSession(finish));
  destroy
    .command('verify')
    .description('verify a certificate of destruction')
    .argument('<file>', 'the certificate, as it is in the vault')
    .requiredOption('--key <file>', 'public key that it was signed with, as PEM')
    .option('--vault', 'compare it with this vault, too')
    .action(inSession(verify));
}

const HELP = `
Examples:
  $ holdfast destroy acme --reason 'contract ended, request of 3 May'
  $ holdfast destroy status
  $ holdfast destroy cancel acme --reason 'they stay'
  $ holdfast destroy finish
  $ holdfast destroy verify certificate.json --key public-key.pem --vault

From the order on nothing of the tenant opens, and nothing new is stored.
docs/destruction.md says what is destroyed, what stays, and how to prove it.`;

interface AskedDestruction {
  readonly reason?: string;
  readonly days?: number;
  readonly ticket?: string;
  readonly confirm?: string;
  readonly breakGlass?: true;
}

function days(text: string): number {
  const number = Number(text);
  const { least, most } = COUNTDOWN_DAYS;
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new InvalidArgumentError(`Write a whole number from ${least} to ${most}.`);
}

async function request(session: Session, tenant: string | undefined, options: AskedDestruction): Promise<void> {
  const asked = await askedTenant(session, given(tenant, 'a tenant'));
  const { days: length = COUNTDOWN_DAYS.default, ticket, breakGlass = false } = options;
  const reason = given(options.reason, '--reason');
  if (breakGlass) await confirmTyped(session, asked, options.confirm);
  await runGoverned(session, {
    ...{ action: 'destroy', tenant: asked.ref, input: { days: length }, reason, yes: breakGlass, breakGlass },
    ...(ticket !== undefined && { ticket }),
    confirm: () => confirmTyped(session, asked, options.confirm),
  });
}

/** InputError `not-confirmed` unless the tenant's id was given again. */
async function confirmTyped(session: Session, { id }: AskedTenant, given: string | undefined): Promise<void> {
  const typed =
    given ??
    (session.interactive
      ? await typedLine(`Type the tenant id ${printable(id, 60)} to destroy its backups: `)
      : undefined);
  if (typed?.trim() === id) return;
  throw new InputError('not-confirmed', 'The tenant id was not confirmed; nothing was destroyed.', {
    hint: 'Type the tenant id as the application spells it, or pass it with --confirm.',
  });
}

function given(value: string | undefined, what: string): string {
  if (value !== undefined && value.trim() !== '') return value;
  throw new InputError('usage', `A destruction needs ${what}.`, { hint: 'See `holdfast destroy --help`.' });
}

async function status(session: Session, tenant: string | undefined): Promise<void> {
  const deps = await session.deps();
  const refs = tenant === undefined ? await destroyedTenants(deps) : [(await askedTenant(session, tenant)).ref];
  const found: DestructionStatus[] = [];
  for (const ref of refs) {
    const one = await destructionStatus(deps, ref);
    if (one !== undefined) found.push(one);
  }
  session.emit({ destructions: found }, () => renderStatuses(session, found));
}

const STAGES: Readonly<Record<DestructionStatus['stage'], string>> = {
  interrupted: 'interrupted: execute it again, or cancel it',
  counting: 'counting down',
  due: 'due: holdfast destroy finish',
  certified: 'certified',
  complete: 'complete: nothing is left',
  cancelled: 'cancelled',
};

function renderStatuses(session: Session, found: readonly DestructionStatus[]): string {
  if (found.length === 0) return 'No tenant is being destroyed, or was.\n';
  const time = (text: string | null) => (text === null ? '' : moment(text, session.zone()));
  const rows = found.map(each => [
    ...[each.tenant, STAGES[each.stage], time(each.orderedAt), time(each.deletionDate)],
    ...[printable(each.requestedBy, 40), each.discarded > 0 ? count(each.discarded) : ''],
  ]);
  const heads = ['tenant', 'state', 'ordered', 'until', 'requested by', 'changes since'].map(head => ({ head }));
  return renderTable(heads, rows, { style: session.style, columns: session.columns });
}

/** The options of the parent command are its own: commander gives `--reason` to whichever is first. */
async function cancel(session: Session, tenant: string, _options: unknown, command: Command): Promise<void> {
  const { reason } = command.optsWithGlobals<AskedDestruction>();
  const { ref } = await askedTenant(session, tenant);
  const { remote } = session;
  if (remote !== undefined)
    return cancelThere(session, remote, { tenant: ref, name: tenant, reason: given(reason, '--reason') });
  const deps = destructionDeps(await session.governance());
  const principal = await session.principal();
  await decideCancellation(deps, { principal, tenant: ref }, given(reason, '--reason'));
  const found = await destructionStatus(deps, ref);
  session.emit({ destructions: found ? [found] : [] }, () => {
    const next = session.command(`snapshot ${tenant}`);
    return `${session.style.good('✓ Cancelled.')} Its backups open again. Take a snapshot now:  ${next}\n`;
  });
}

async function finish(session: Session, tenant: string | undefined): Promise<void> {
  if (session.remote !== undefined)
    return finishThere(
      session,
      session.remote,
      tenant === undefined ? undefined : (await askedTenant(session, tenant)).ref,
    );
  const deps = destructionDeps(await session.governance());
  if (tenant !== undefined) {
    const { ref } = await askedTenant(session, tenant);
    const done = await decideFinish(deps, { principal: await session.principal(), tenant: ref });
    session.emit(done, () => renderFinished(session, done));
    return;
  }
  const attempt = { principal: await session.principal(), permission: 'administer', tenant: SYSTEM } as const;
  await recordingDenials(deps, attempt, () => requirePermitted(deps, attempt));
  const supervised = await superviseDestructions(deps);
  session.emit({ supervised }, () =>
    supervised.map(({ tenant: ref, stage, failed }) => `${ref}: ${failed ?? STAGES[stage]}\n`).join(''),
  );
  if (supervised.some(each => each.failed !== undefined)) session.exitWith(3);
}

function renderFinished(
  { style, zone }: Session,
  { certificate, key, remains, appendix }: FinishedDestruction,
): string {
  const left = appendix
    ? 'Nothing of it is left in the vault: the appendix says so.'
    : `${plural(remains.objects, 'object')} and ${plural(remains.logRuns, 'run')} of the log stay, unreadable, until ${remains.lockedUntil === null ? 'they are removed' : moment(remains.lockedUntil, zone())}.`;
  return `${style.good('✓ Destroyed.')} ${plural(certificate.proof.length, 'object')} tried, none opens.\nCertificate: ${key}\n${left}\n`;
}

async function verify(session: Session, file: string, options: { key: string; vault?: true }): Promise<void> {
  const [certificate, pem] = await Promise.all([readInput(file), readInput(options.key)]);
  const vault = options.vault ? (await session.deps()).vault : undefined;
  const verified = await verifyDestruction(certificate, pem.toString('utf8'), vault);
  session.emit({ valid: true, ...verified }, () => {
    const { tenant, deletionDate, responsible } = verified.certificate;
    const objects = verified.objects
      ? ` ${plural(verified.objects.same, 'tried object')} still there, ${count(verified.objects.removed)} removed since.`
      : '';
    return `${session.style.good('✓ Valid.')} The key of ${tenant} was destroyed by ${moment(deletionDate, session.zone())}, asked for by ${printable(responsible.requestedBy, 60)}.${objects}\n`;
  });
}

async function readInput(path: string): Promise<Buffer> {
  return readFile(path).catch(cause => {
    throw new InputError('usage', `The file ${path} cannot be read (${cause.code}).`, {
      hint: 'Check its name.',
      cause,
    });
  });
}
