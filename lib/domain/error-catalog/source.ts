/** Errors of the source database: what it refuses, and what does not match there. */
import { errorsOf } from '../error-kind.ts';

const { auto, operator, never, depends } = errorsOf('source');

export const SOURCE = {
  'cannot-connect': depends('The database refuses the connection or does not answer.', 'Follow the hint.'),
  'cannot-read': operator('The role lacks SELECT on some tables.', 'Run the GRANT that the hint shows.'),
  'connection-lost': auto('The connection to the database was lost.', 'It is retried; see the hint.'),
  'database-read-only': auto('The database is a standby and accepts no writes.', 'Point the URL to the primary.'),
  'copy-is-source': operator(
    'The server that was given as a copy of the database is the source itself.',
    'Give the URL of the server to which the backup was restored.',
  ),
  'copy-recovering': operator(
    'The copy of the database is still being restored, or is a standby.',
    'Let the recovery end and promote it, then run it again.',
  ),
  'copy-unfit': operator(
    'Tables of the copy do not fit the tenant model, so that nobody can say which of their rows are the tenant’s.',
    'Leave them out by name (--exclude), or use a model that fits the schema of then.',
  ),
  deadlock: auto('The server rolled back the transaction because of a deadlock.', 'Run it again.'),
  'lock-not-available': auto(
    'Timed out waiting for the lock on a table.',
    'Run it again when the transaction that the message names has ended.',
  ),
  'log-behind': depends('The change log did not reach the moment of the comparison.', 'Check that the shipper runs.'),
  'no-server-user': operator('PostgreSQL refuses to run as root.', 'Run the command as an ordinary user.'),
  'epoch-full': never(
    'The WAL position or the number of source epochs is beyond what a vault can count.',
    'Create a new installation.',
  ),
  'position-behind': operator(
    'The database is behind what was already shipped: it was restored, or lost WAL in a failover.',
    'If the application uses it now, begin a new source epoch: `holdfast new-epoch --confirm SERVER` (docs/source-changes.md).',
  ),
  'postgres-failed': operator('The embedded PostgreSQL does not start.', 'Read the server messages above.'),
  'postgres-missing': operator(
    'The required version of PostgreSQL is not installed on this machine.',
    'Install it as the hint says.',
  ),
  'policy-query-failed': operator(
    'The query for tiers and retention of tenants failed.',
    'Correct it; until then every tenant keeps what it had.',
  ),
  'policy-query-refused': operator(
    'The query for tiers and retention of tenants calls code of the application, or returns other columns.',
    'Read the tenant table with one plain SELECT (docs/tenant-policies.md).',
  ),
  privilege: operator('The role lacks a privilege.', 'Run `holdfast doctor`: it prints the GRANT statements.'),
  'promotion-failed': operator(
    'The replica did not become a database that accepts writes.',
    'Read the server’s log, correct the cause, then repeat the fail-over: it goes on where it stopped.',
  ),
  'publication-missing': operator('The database has no publication for Holdfast.', 'Run `holdfast doctor --fix`.'),
  'publication-unfit': operator('The publication omits some kinds of changes.', 'Run `holdfast doctor --fix`.'),
  'region-not-reached': operator(
    'The region that is left does not answer, and a planned fail-over needs it.',
    'Where it is lost, fail over without `--planned`, and state that it is fenced.',
  ),
  'rls-hides-rows': operator('Row-level security would hide rows from the role.', 'Give the role BYPASSRLS.'),
  'row-security': operator('Row-level security would hide rows from the role.', 'Give the role BYPASSRLS.'),
  'schema-changed': auto('The schema changed during the run.', 'Run it again; if it recurs, run `holdfast doctor`.'),
  'tenant-in-restore': auto(
    'A restore of the tenant is being applied: no snapshot of it is taken beside it.',
    'Take the snapshot when the restore has ended.',
  ),
  'scratch-failed': operator('A scratch cluster could not be restored.', 'Read its events in the RDS console.'),
  'slot-busy': auto('Another process reads the replication slot.', 'Wait for it to end: one shipper runs at a time.'),
  'scratch-refused': operator(
    'The server refuses a scratch database for a drill.',
    'Give the role CREATEDB, or name another server: drills.scratch.',
  ),
  'slot-failed': operator('The replication slot cannot be used.', 'Follow the hint, then ship again.'),
  'slot-foreign': operator('The slot belongs to another database or plugin.', 'Give Holdfast a slot of its own.'),
  'snapshot-cancelled': auto('The server cancelled the read of the database snapshot.', 'Run it again.'),
  'source-changed': auto(
    'The source was promoted or replaced while it was being read.',
    'Run it again after the next run of the shipper.',
  ),
  'source-failed': operator('The database refused a statement.', 'Look up the cause in the server log.'),
  'source-full': operator(
    'The server has no disk space for temporary files.',
    'Free disk space there, then run it again.',
  ),
  'source-replaced': operator(
    'The database is another server than the one whose log was shipped, or does not have its WAL.',
    'If the application uses it now, begin a new source epoch: `holdfast new-epoch --confirm SERVER` (docs/source-changes.md).',
  ),
  'staging-gone': operator('The staging area no longer exists; nothing was written.', 'Start the restore again.'),
  'staging-in-use': auto('Another session uses the staging area.', 'Wait, or start the restore again.'),
  'staging-lost': operator('The staging area lost its progress; nothing was written.', 'Start the restore again.'),
  'staging-taken': auto('The staging schema belongs to another restore.', 'Start the restore again.'),
  'tenant-unclear': operator('The text of the tenant column does not identify a tenant.', 'Follow the hint.'),
  'tenants-merged': operator('The database treats two tenant ids as equal.', 'Follow the hint.'),
  'value-too-large': operator(
    'A value is larger than the server can write as text (1 GB).',
    'Store it in smaller parts or outside the database.',
  ),
  'writes-not-stopped': operator(
    'The application’s writes could not be stopped before a planned fail-over.',
    'Stop the application, settle its prepared transactions, then repeat the command.',
  ),
};
