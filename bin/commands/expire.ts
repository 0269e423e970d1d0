/** `expire`: removes backups past their retention, after it has shown what is kept and why, and what would be removed. */
import type { Command } from 'commander';
import { RETENTION_CLASSES, type RetentionDecision } from '../../lib/domain/retention.ts';
import { archives, backups, runs, tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { destructionDeps } from '../../lib/operations/governance/destruction/destruction-deps.ts';
import { superviseDestructions } from '../../lib/operations/governance/destruction/supervise-destructions.ts';
import { type ExpiryPlan, expireBackups, planExpiry } from '../../lib/operations/retention/expire-backups.ts';
import type { ExpiryResult } from '../../lib/operations/retention/remove-backup.ts';
import type { Deps } from '../../lib/ports.ts';
import { remoteFleet } from '../aws/remote-fleet.ts';
import { count, moment, plural, printable, size } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';

export function registerExpire(program: Command): void {
  program
    .command('expire')
    .description('remove expired backups, lock the others')
    .option('--plan', 'show what is kept and why, what would be removed and what is locked; change nothing')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast expire --plan\n  $ holdfast expire --yes\n\nsettings.keep holds the retention periods. Nothing is removed before its lock\nexpires.',
    )
    .action(inSession(expire));
}

interface Goes {
  readonly tenant: string | null;
  readonly id: string;
  readonly kind: string;
  readonly toTime: string;
  readonly reason: string;
  /** ISO 8601 UTC; null: not locked. */
  readonly lockedUntil: string | null;
  readonly held: boolean;
}

const UNSEEN = {
  message: 'This removes backups, and there is no terminal to confirm it on.',
  hint: 'Read `holdfast expire --plan`, then pass --yes.',
};

async function expire(session: Session, options: { plan?: boolean; yes?: boolean }): Promise<void> {
  if (session.remote && !options.plan) {
    await session.confirm('Permanently remove the backups past their retention?', options.yes ?? false, UNSEEN);
    const input = { reason: 'manual' };
    return remoteFleet(session, session.remote, { workflow: 'expire-backups', input, tenants: [] });
  }
  const retentionOf = await session.retentionOf();
  const deps = await session.deps();
  const plan = await planExpiry(deps, retentionOf);
  const kept = keptByReason(plan);
  const goes = await leaving(deps, plan);
  const waiting = waitingFor(plan);
  const shown = () => render(session, kept, goes);
  if (waiting.length > 0) session.remark(waitingText(session, waiting.length));
  if (options.plan) {
    session.emit({ at: plan.at, kept, goes, waiting }, shown);
    return;
  }
  session.remark(shown());
  const free = goes.filter(item => item.lockedUntil === null && !item.held).length;
  if (free > 0) await session.confirm(`Permanently remove ${plural(free, 'backup')}?`, options.yes ?? false, UNSEEN);
  const result = await expireBackups(deps, plan);
  const { kept: refused, ...done } = result;
  if (!session.deployed) await lookAfterDestructions(session);
  session.emit({ at: plan.at, kept, goes, waiting, refused, ...done }, () => report(session, result));
}

/** On one machine nothing else runs every day. What fails is reported, and stops no expiry. */
async function lookAfterDestructions(session: Session): Promise<void> {
  const { record } = await session.recording();
  const supervised = await superviseDestructions({ ...destructionDeps(await session.deps()), record });
  const failed = supervised.filter(each => each.failed !== undefined);
  for (const { tenant, failed: code } of failed)
    session.remark(`${session.style.warn('!')} The destruction of ${tenant} did not go on (${code}).\n`, true);
  if (failed.length > 0) session.exitWith(3);
}

/** Tenants whose retention is configured shorter than in force: they keep by the longer periods. */
function waitingFor({ owners }: ExpiryPlan) {
  return owners.flatMap(({ owner, inForce }) => {
    if (inForce === undefined || inForce.waiting.length === 0) return [];
    const { policy, configured, waiting } = inForce;
    return [{ tenant: owner, inForce: policy, configured, periods: waiting }];
  });
}

function waitingText({ style, command }: Session, tenants: number): string {
  return `${style.warn('!')} The retention of ${plural(tenants, 'tenant')} is configured shorter than it was.\n  The longer periods apply until the change is approved:\n  ${style.bold(command('retention change --reason "…"'))}\n`;
}

/** Number of backups that each reason keeps, by kind; without the label of a class's period. */
function keptByReason(plan: ExpiryPlan): { kind: string; reason: string; backups: number; lockUntil: string | null }[] {
  const groups = new Map<string, { kind: string; reason: string; backups: number; lockUntil: string | null }>();
  const decisions = [...plan.owners.flatMap(owner => [...owner.decisions, ...owner.archives]), ...plan.log];
  for (const { backup, reasons, keepUntil } of decisions.filter(decision => decision.keep)) {
    for (const reason of new Set(reasons.map(withoutPeriod))) {
      const key = `${backup.kind} ${reason}`;
      const group = groups.get(key) ?? { kind: backup.kind, reason, backups: 0, lockUntil: null };
      group.backups += 1;
      if (keepUntil !== undefined && keepUntil > (group.lockUntil ?? '')) group.lockUntil = keepUntil;
      groups.set(key, group);
    }
  }
  return [...groups.values()];
}

/** `weekly 2026-W07` is of the class `weekly`. */
const withoutPeriod = (reason: string) =>
  RETENTION_CLASSES.find(({ name }) => reason.startsWith(`${name} `))?.name ?? reason;

async function leaving(deps: Deps, plan: ExpiryPlan): Promise<Goes[]> {
  const names = new Map((await tenants.list(deps.catalog)).map(({ ref, tenantId }) => [ref, tenantId ?? ref]));
  const found: Goes[] = [];
  const add = async (tenant: string | null, decisions: readonly RetentionDecision[], keys: Map<string, string>) => {
    for (const { backup, reasons } of decisions.filter(decision => !decision.keep)) {
      const stored = await deps.vault.head(keys.get(backup.id) ?? '');
      const locked = stored !== undefined && stored.retainUntil > deps.clock.now();
      found.push({
        ...{ tenant, id: backup.id, kind: backup.kind, toTime: backup.toTime, reason: reasons.join('; ') },
        lockedUntil: locked ? stored.retainUntil.toISOString() : null,
        held: stored?.hold ?? false,
      });
    }
  };
  for (const { owner, decisions: ofBackups, archives: ofArchives } of plan.owners) {
    const decisions = [...ofBackups, ...ofArchives];
    if (decisions.every(decision => decision.keep)) continue;
    const own = [...(await backups.list(deps.catalog, owner)), ...(await archives.list(deps.catalog, owner))];
    await add(names.get(owner) ?? owner, decisions, new Map(own.map(item => [item.id, item.key])));
  }
  if (plan.log.some(decision => !decision.keep)) {
    await add(null, plan.log, new Map((await runs.list(deps.catalog)).map(run => [run.id, run.key])));
  }
  return found;
}

function render(session: Session, kept: ReturnType<typeof keptByReason>, goes: readonly Goes[]): string {
  const { style } = session;
  const time = (text: string | null) => (text === null ? '' : moment(text, session.zone()));
  const stays = renderTable(
    [{ head: 'kept' }, { head: 'reason' }, { head: 'backups', right: true }, { head: 'last expires' }],
    kept.map(group => [group.kind, group.reason, count(group.backups), time(group.lockUntil)]),
    { style, columns: session.columns },
  );
  if (goes.length === 0) return `${stays}\nNothing to remove.\n`;
  const rows = groupedLeaving(goes).map(({ tenant, kind, backups: number, state, last }) => [
    printable(tenant ?? '(all tenants)', 40),
    kind,
    count(number),
    state === 'locked' ? `locked, the last until ${time(last)}` : state,
  ]);
  return `${stays}\n${renderTable([{ head: 'tenant' }, { head: 'not kept' }, { head: 'backups', right: true }, { head: '' }], rows, { style, columns: session.columns })}`;
}

function groupedLeaving(goes: readonly Goes[]) {
  const groups = new Map<
    string,
    { tenant: string | null; kind: string; backups: number; state: string; last: string | null }
  >();
  for (const { tenant, kind, lockedUntil, held } of goes) {
    const state = held ? 'legal hold' : lockedUntil === null ? 'to be removed' : 'locked';
    const key = JSON.stringify([tenant, kind, state]);
    const group = groups.get(key) ?? { tenant, kind, backups: 0, state, last: null };
    group.backups += 1;
    if (lockedUntil !== null && lockedUntil > (group.last ?? '')) group.last = lockedUntil;
    groups.set(key, group);
  }
  return [...groups.values()];
}

function report({ style }: Session, result: ExpiryResult): string {
  const lengthened = result.lengthened > 0 ? `, ${plural(result.lengthened, 'lock')} extended` : '';
  const waiting = result.kept.length > 0 ? `, ${plural(result.kept.length, 'object')} still locked` : '';
  return `${style.good('Expired.')} ${plural(result.removedManifests, 'backup')} and ${plural(result.removedObjects, 'object')} removed, ${size(result.freedBytes)} freed${lengthened}${waiting}.\n`;
}
