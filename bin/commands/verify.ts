/** `verify`: restores a backup into scratch and compares it with what the database counted when it was taken. */
import type { Command } from 'commander';
import { tenantId } from '../../lib/domain/tenant.ts';
import { type VerifyResult, verifyBackup } from '../../lib/operations/snapshot/verify-backup.ts';
import { checkedUrl } from '../../lib/runtime/config.ts';
import { refuseOptions, remoteFleet } from '../aws/remote-fleet.ts';
import { count, duration, plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';
import { renderTable } from '../terminal/table.ts';

export function registerVerify(program: Command): void {
  program
    .command('verify')
    .description('prove a backup: restore it into scratch and compare')
    .argument('<tenant>', 'tenant id')
    .argument('[backup]', 'id of a snapshot (default: the newest, and the log behind it)')
    .option('--into <url>', 'scratch database (default: a schema of its own in the source)')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast verify 17\n  $ holdfast verify 17 0mb2c4f1a-3f8a2c1d --into postgres://scratch/db',
    )
    .action(inSession(verify));
}

async function verify(
  session: Session,
  tenant: string,
  backup: string | undefined,
  options: { into?: string },
): Promise<void> {
  if (session.remote) {
    refuseOptions({ 'A backup id': backup, '--into': options.into });
    const input = { tenants: [tenant], reason: 'manual' };
    return remoteFleet(session, session.remote, { workflow: 'verify-fleet', input, tenants: [tenant] });
  }
  const ctx = await session.context();
  const result = await verifyBackup(ctx, tenantId(tenant), {
    ...(backup === undefined ? {} : { backup }),
    ...(options.into === undefined ? {} : { into: { url: checkedUrl(options.into) } }),
  });
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
