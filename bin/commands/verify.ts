/** `verify`: restores a backup into scratch and compares it with what the database counted when it was taken. */

import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { type VerifyResult, verifyBackup } from '../../lib/operations/verify/verify-backup.ts';
import { whenBack } from '../../lib/operations/when-back.ts';
import { otherDatabaseUrl } from '../../lib/runtime/config.ts';
import { refuseOptions, remoteFleet } from '../aws/remote-fleet.ts';
import { count, duration, plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';
import { days, type LiveOptions, verifyLiveRows } from './verify-live.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('prove a backup: restore it into scratch and compare')
    .argument('[tenant]', 'tenant id')
    .argument('[backup]', 'id of a snapshot (default: the newest, and the log behind it)')
    .option('--into <url>', 'scratch database (default: a schema of its own in the source)')
    .option('--live', 'compare what is rebuilt for this moment with the live rows of this moment')
    .option('--all', 'with --live: every tenant, one after the other')
    .option('--within <days>', 'with --live, daily: those whose turn it is, so that nobody waits longer', days)
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast verify 17\n  $ holdfast verify 17 0mb2c4f1a-3f8a2c1d --into postgres://scratch/db\n  $ holdfast verify --live 17        # backups and log have told everything, up to now\n  $ holdfast verify --live --within 7  # run it daily: every tenant once a week',
    )
    .action(inSession(verify));
}

interface VerifyCommandOptions extends LiveOptions {
  readonly into?: string;
  readonly live?: boolean;
}

async function verify(
  session: Session,
  tenant: string | undefined,
  backup: string | undefined,
  options: VerifyCommandOptions,
): Promise<void> {
  if (options.live) {
    refuseTogether({ 'a backup id': backup, '--into': options.into });
    return verifyLiveRows(session, tenant, options);
  }
  if (tenant === undefined || options.all || options.within !== undefined)
    throw new InputError('bad-option', tenant === undefined ? 'Name a tenant.' : '--all and --within go with --live.', {
      hint: 'holdfast verify TENANT, or holdfast verify --live with TENANT, --all or --within DAYS.',
    });
  if (session.remote) {
    refuseOptions({ 'A backup id': backup, '--into': options.into });
    const input = { tenants: [tenant], reason: 'manual' };
    return remoteFleet(session, session.remote, { workflow: 'verify-fleet', input, tenants: [tenant] });
  }
  const ctx = await session.context();
  const id = await spellTenant(ctx, tenant);
  const result = await whenBack(
    () =>
      verifyBackup(ctx, id, {
        ...(backup === undefined ? {} : { backup }),
        ...(options.into === undefined ? {} : { into: { url: otherDatabaseUrl(options.into) } }),
      }),
    ctx.progress,
  );
  session.emit(result, () => renderVerification(result, session.style));
}

export function renderVerification(result: VerifyResult, style: Style): string {
  const rows = result.tables.map(table => [
    printable(table.table),
    count(table.rows),
    style.dim(table.checksum),
    style.good('✓ same'),
  ]);
  const table = renderTable(
    [{ head: 'table' }, { head: 'rows', right: true }, { head: 'checksum', right: true }, { head: '' }],
    rows,
    { style },
  );
  const log =
    result.replayedTo === null
      ? ''
      : `  ${style.good('✓')} the log replays to ${result.replayedTo}: ${plural(result.changesReplayed, 'change')}\n`;
  const notes = result.notes.map(note => `  ${style.accent('•')} ${printable(note)}\n`).join('');
  return `${style.good('✓ Verified')} ${style.bold(result.backup)}: ${plural(result.rows, 'row')} in ${plural(result.tables.length, 'table')} restored and equal, in ${duration(result.durationMs)}\n\n${table}${log}${notes}`;
}

function refuseTogether(given: Record<string, unknown>): void {
  for (const [what, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new InputError('bad-option', `--live compares with the live rows: ${what} does not go with it.`, {
      hint: 'Leave it out, or verify a backup without --live.',
    });
  }
}
