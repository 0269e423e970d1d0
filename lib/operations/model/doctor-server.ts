/** The doctor's findings about the server: its WAL, and data that no backup of a table can contain. */
import { type Finding, finding } from '../../domain/finding.ts';
import type { ServerHealth } from '../../postgres/server/server-health.ts';
import { LOGICAL_WAL_SQL, SLOT_WAL_LIMIT_SQL } from '../../postgres/server/server-settings.ts';

export function examineServer(health: ServerHealth): Finding[] {
  return [...examineWal(health), ...examineKind(health), ...examineUncovered(health)];
}

function examineWal({ walLevel, maxSlotWalKeepBytes }: ServerHealth): Finding[] {
  const findings: Finding[] = [];
  if (walLevel !== 'logical') {
    const message = `wal_level is ${walLevel}: the WAL cannot be decoded, so there is no recovery between snapshots.`;
    const advice =
      'Restart the server afterwards. On Amazon RDS and Aurora set rds.logical_replication = 1 in the parameter group.';
    findings.push(finding('wal-level', 'error', message, { sql: [LOGICAL_WAL_SQL], advice }));
  }
  if (maxSlotWalKeepBytes === null) {
    const message =
      'max_slot_wal_keep_size is not set: if shipping stops for long, the WAL kept for it fills the disk of the source.';
    const advice =
      'Choose a size that fits the disk and covers hours of writes; beyond it the slot is invalidated, which is a gap.';
    findings.push(finding('slot-wal-unlimited', 'warning', message, { sql: SLOT_WAL_LIMIT_SQL, advice }));
  }
  return findings;
}

function examineKind({ standby }: ServerHealth): Finding[] {
  if (!standby) return [];
  const message = 'This server is a standby: marks, heartbeats and restores need the primary.';
  return [finding('standby', 'error', message, { advice: 'Give the URL of the primary.' })];
}

/** Data that is in no table of this server. */
function examineUncovered({ largeObjects, foreignTables }: ServerHealth): Finding[] {
  const objects =
    'The database has large objects. They belong to no table, are not in the change log, and are not backed up.';
  const advice = 'Keep such data in bytea columns, or in an object store.';
  const foreign = (table: string) =>
    `${table} is a foreign table: its rows are on another server and are not backed up.`;
  return [
    ...(largeObjects ? [finding('large-objects', 'warning', objects, { advice })] : []),
    ...foreignTables.map(table => finding('foreign-table', 'warning', foreign(table), { table })),
  ];
}
