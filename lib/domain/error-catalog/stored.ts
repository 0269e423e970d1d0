/** What can be wrong with what is stored, and why a moment cannot be recovered. */
import { errorsOf } from '../error-kind.ts';

const integrity = errorsOf('integrity');
const target = errorsOf('target');

const REPLACE = 'Bring the object back from a replica, or choose a target that another backup reaches.';

export const STORED = {
  'cannot-open': integrity.never('A sealed payload cannot be opened: it was altered or has another owner.', REPLACE),
  'catalog-differs': integrity.operator(
    'The catalog differs from a signed manifest.',
    'Run `holdfast catalog rebuild`: the manifests decide.',
  ),
  'chain-broken': integrity.never('A manifest does not follow the one that it names.', REPLACE),
  'count-mismatch': integrity.operator(
    'A snapshot read a different number of rows than the database counted.',
    'Nothing was listed as a backup; take the snapshot again.',
  ),
  'erasure-not-applicable': integrity.never(
    'A recorded erasure names key columns that the table did not have then.',
    'Choose a target at which it had them, or record the erasure again.',
  ),
  'installation-altered': integrity.operator(
    'The deployed tenant model is not the one that was deployed.',
    'Deploy again, and find out who may write to the bucket of the CDK assets.',
  ),
  'live-differs': integrity.never(
    'The state rebuilt from the backups differs from the live rows.',
    'The tables are suspect until they are read again; report it.',
  ),
  'log-incomplete': integrity.never(
    'The change log has a hole.',
    'Choose a target before or after it, or bring its objects back from a replica.',
  ),
  'log-index-wrong': integrity.never('A log index is damaged; the runs are read in its place.', REPLACE),
  'log-malformed': integrity.never('The change log is damaged.', REPLACE),
  'log-mismatch': integrity.never(
    'Rows changed although the change log showed no change.',
    'Do not trust older snapshots over that stretch; look for changes that bypass logical decoding.',
  ),
  'log-missing': integrity.never('A stretch of the change log is missing.', REPLACE),
  'manifest-invalid': integrity.never(
    'A manifest has no valid signature, cannot be read or is in the wrong place.',
    REPLACE,
  ),
  'object-altered': integrity.never('An object does not hold what its manifest says.', REPLACE),
  'object-missing': integrity.never('An object is missing from the vault.', REPLACE),
  'object-truncated': integrity.never('An object is shorter than its manifest says.', REPLACE),
  'other-plan': integrity.operator(
    'The kept plan is not the one that waits for approval.',
    'Refuse it, and find out who wrote it.',
  ),
  'replay-diverged': integrity.never(
    'The replayed log leaves two rows with the same key.',
    'Choose another target; report it.',
  ),
  'row-count': integrity.never('Chunks hold a different number of rows than their manifest says.', REPLACE),
  'unknown-columns': integrity.never(
    'The change log holds rows under a definition of the table that was never noted.',
    'Choose a target before that, or after the next snapshot, or leave the table out (--exclude).',
  ),
  'verification-failed': integrity.never(
    'A restored backup does not match the row counts and checksums of its manifest.',
    'Take a new full snapshot (--full-read) and keep this backup for inspection.',
  ),
  'after-window': target.operator('The target is later than what was shipped.', 'Run `holdfast ship`.'),
  'before-window': target.never('The target is before the recovery window.', 'Choose a later one.'),
  'incomplete-row': target.never(
    'The change log does not hold all values of some rows at this target.',
    'Choose a target before they changed, or after a new snapshot.',
  ),
  'labels-exchanged': target.never(
    'Labels of an enum were exchanged after the backup.',
    'Rename them back for the restore, or choose a target after a later snapshot.',
  ),
  'nothing-recoverable': target.operator(
    'No moment of this tenant can be recovered yet.',
    'Take a snapshot, then run `holdfast ship`.',
  ),
  'outside-cluster-window': target.operator('The cluster itself cannot be restored to this time.', 'Choose another.'),
  'tables-in-gap': target.never(
    'The target lies outside the recovery window of single tables.',
    'Choose the nearest target that the hint names, or leave these tables out (--exclude).',
  ),
  'target-in-gap': target.never('The target lies in a gap of the change log.', 'Choose one before or after the gap.'),
  'unknown-marker': target.depends('The tenant has no marker of that name.', 'Choose one that the hint lists.'),
};
