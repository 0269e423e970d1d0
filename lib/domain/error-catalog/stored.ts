/** Damage of what is stored, and the reasons why a moment cannot be recovered. */
import { errorsOf } from '../error-kind.ts';

const integrity = errorsOf('integrity');
const target = errorsOf('target');

const REPLACE = 'Restore the object from a replica, or choose a target that another backup reaches.';

export const STORED = {
  'still-opens': integrity.operator(
    'A destruction is not proved: something of the tenant opens, or is not sealed under its key.',
    'Find out how the named object was written, then finish the destruction again.',
  ),
  'certificate-invalid': integrity.operator(
    'The certificate of a destruction is not what this installation signed, or the vault contradicts it.',
    'Do not rely on it. Ask for the certificate from the vault.',
  ),
  'audit-chain-broken': integrity.never(
    'The audit trail has an event that is missing, altered or out of place.',
    'Treat it as an intrusion: `holdfast audit verify` names every place.',
  ),
  'cannot-open': integrity.never(
    'A sealed payload cannot be opened: it was altered or belongs to another tenant.',
    REPLACE,
  ),
  'catalog-differs': integrity.operator(
    'The catalog differs from a signed manifest.',
    'Run `holdfast catalog rebuild`: the manifests are authoritative.',
  ),
  'chain-broken': integrity.never('A manifest does not follow the one that it names as its predecessor.', REPLACE),
  'count-mismatch': integrity.operator(
    'A snapshot read a different number of rows than the database counted.',
    'No backup was recorded. Take the snapshot again.',
  ),
  'not-in-copy': target.never(
    "The cluster's backup has no row of this tenant at that moment.",
    'Choose another moment, or check the tenant id.',
  ),
  'erasure-not-applicable': integrity.never(
    'A recorded erasure names key columns that the table did not have at the target.',
    'Choose a target at which the table had them, or record the erasure again.',
  ),
  'export-differs': integrity.operator(
    'A file of an export or an archive is not what was written into it.',
    'Do not use it. Export or archive again; if it recurs, check the disk.',
  ),
  'hold-incomplete': integrity.operator(
    'Objects of a tenant under legal hold are not held.',
    'Run `holdfast hold verify`. If it recurs, find out what removes holds.',
  ),
  'installation-altered': integrity.operator(
    'The tenant model in the bucket is not the one that was deployed.',
    'Deploy again, and find out who can write to the bucket of the CDK assets.',
  ),
  'live-differs': integrity.never(
    'The state rebuilt from the backups differs from the live rows.',
    'The tables are suspect until they are read again. Report it.',
  ),
  'log-incomplete': integrity.never(
    'The change log has a hole.',
    'Choose a target before or after it, or restore its objects from a replica.',
  ),
  'log-index-wrong': integrity.never('A log index is damaged; the manifests of the runs are read instead.', REPLACE),
  'log-malformed': integrity.never('The change log is damaged.', REPLACE),
  'log-mismatch': integrity.never(
    'Rows changed, but the change log has no such change.',
    'Do not rely on older snapshots for that period. Look for changes that bypass logical decoding.',
  ),
  'log-missing': integrity.never('Part of the change log is missing.', REPLACE),
  'manifest-invalid': integrity.never(
    'A manifest has no valid signature, cannot be read or is in the wrong place.',
    REPLACE,
  ),
  'object-altered': integrity.never('The content of an object does not match its manifest.', REPLACE),
  'object-missing': integrity.never('An object is missing from the vault.', REPLACE),
  'object-truncated': integrity.never('An object is shorter than its manifest says.', REPLACE),
  'other-plan': integrity.operator(
    'The stored plan is not the one that is waiting for approval.',
    'Refuse it, and find out who wrote it.',
  ),
  'policy-history-broken': integrity.operator(
    'The signed history of a tenant’s retention is not complete; nothing of the tenant expires.',
    'Restore the missing document from a replica, and find out who removed it.',
  ),
  'position-unclear': target.operator(
    'The position can be that of several servers (source epochs).',
    'Write it with its epoch, as the hint shows, or give a time.',
  ),
  'replay-diverged': integrity.never(
    'The replayed log leaves two rows with the same key.',
    'Choose another target, and report it.',
  ),
  'row-count': integrity.never('The number of rows in chunks does not match their manifest.', REPLACE),
  'unknown-columns': integrity.never(
    'The change log contains rows of a table definition that was never recorded.',
    'Choose a target before that or after the next snapshot, or exclude the table (--exclude).',
  ),
  'verification-failed': integrity.never(
    'A restored backup does not match the row counts and checksums of its manifest.',
    'Take a new full snapshot (--full-read) and keep this backup for inspection.',
  ),
  'after-window': target.operator(
    'The target is after the end of the shipped log.',
    'Run `holdfast ship` if the target is in the past; the future cannot be recovered.',
  ),
  'before-window': target.never('The target is before the recovery window.', 'Choose a later target.'),
  'incomplete-row': target.never(
    'The change log does not contain all values of some rows at this target.',
    'Choose a target before they changed, or after a new snapshot.',
  ),
  'labels-exchanged': target.never(
    'Labels of an enum were swapped after the backup.',
    'Rename them back for the restore, or choose a target after a later snapshot.',
  ),
  'nothing-recoverable': target.operator(
    'No moment of this tenant can be recovered yet.',
    'Take a snapshot, then run `holdfast ship`.',
  ),
  'outside-cluster-window': target.operator('The cluster cannot be restored to this time.', 'Choose another time.'),
  'tables-in-gap': target.never(
    'The target is outside the recovery window of some tables.',
    'Choose the nearest target that the hint names, or exclude these tables (--exclude).',
  ),
  'no-row-versions': target.never(
    'The versions of the rows of a table cannot be followed over the whole range.',
    'Choose a range that begins later, or compare single moments: `holdfast diff TENANT --to TARGET`.',
  ),
  'target-in-gap': target.never(
    'The target is in a gap of the change log.',
    'Choose a target before or after the gap.',
  ),
  'transaction-unclear': target.operator(
    'Several transactions of the tenant have this id: ids wrap around, and a new server counts from the beginning.',
    'Choose one by its position, as the hint shows.',
  ),
  'unknown-transaction': target.operator(
    'The recovery window of the tenant has no transaction with this id.',
    'Choose one of the neighbours that the hint names.',
  ),
  'unknown-marker': target.depends('The tenant has no marker of that name.', 'Choose one that the hint lists.'),
  'region-incomplete': integrity.operator(
    'The copy of the vault in another region has manifests that cannot be listed.',
    'Copy the vault again, and repeat the drill.',
  ),
};
