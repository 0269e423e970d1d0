/** `verify`: restores a backup to scratch and compares it with the checksums that the database computed at backup time. */

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
    .description('verify a backup by restoring it to scratch')
    .argument('[tenant]', 'tenant id')
    .argument('[backup]', 'id of a snapshot (default: the newest, with the log after it)')
    .option('--into <url>', 'scratch database (default: a separate schema in the source)')
    .option('--live', 'compare the state rebuilt for this moment with the live rows')
    .option('--all', 'with --live: every tenant, one at a time')
    .option(
      '--within <days>',
      'with --live, run daily: the tenants that are due, so that each is verified within DAYS',
      days,
    )
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast verify 17\n  $ holdfast verify 17 0mb2c4f1a-3f8a2c1d --into postgres://scratch/db\n  $ holdfast verify --live 17          # backups and log are complete up to now\n  $ holdfast verify --live --within 7  # run daily: every tenant once a week',
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
    refuseTogether({ 'A backup id': backup, '--into': options.into });
    return verifyLiveRows(session, tenant, options);
  }
  if (tenant === undefined || options.all || options.within !== undefined)
    throw new InputError('bad-option', tenant === undefined ? 'Name a tenant.' : '--all and --within require --live.', {
      hint: 'Run `holdfast verify TENANT`, or `holdfast verify --live` with TENANT, --all or --within DAYS.',
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
  return `${style.good('✓ Verified')} ${style.bold(result.backup)}: ${plural(result.rows, 'row')} in ${plural(result.tables.length, 'table')} restored and identical, in ${duration(result.durationMs)}\n\n${table}${log}${notes}`;
}

function refuseTogether(given: Record<string, unknown>): void {
  for (const [what, value] of Object.entries(given)) {
    if (value === undefined) continue;
    throw new InputError('bad-option', `${what} cannot be combined with --live, which compares with the live rows.`, {
      hint: 'Leave it out, or verify a backup without --live.',
    });
  }
}
