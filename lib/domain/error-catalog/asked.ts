/** What can be wrong with what was asked for: options, targets, restore requests, approvals, inputs of functions. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const ASKED = {
  'ambiguous-backup': operator('Several backups begin with this id.', 'Give more of the id.'),
  'ambiguous-table': operator('Several tables have this name.', 'Name the table with its schema.'),
  'ambiguous-target': operator(
    'A time can be read in several ways.',
    'Write the whole date and time, with its offset.',
  ),
  'approved-by-not-here': operator('A request says who approved it.', 'Leave approvedBy out: people approve.'),
  'bad-approval': operator('The body sent is not a decision about a restore.', 'Send what the notification gives.'),
  'bad-catalog-write': never('A catalog write names too many items, or one twice.', 'Report it: a fault of Holdfast.'),
  'bad-input': operator('The input of a function is not valid.', 'docs/state-machines.md has examples.'),
  'bad-key': operator('A row’s key does not fit the key of its table.', 'Give all key values, in order.'),
  'bad-lsn': operator('A WAL position is not written as PostgreSQL does.', 'Write it like 16/B374D848.'),
  'bad-marker': operator('A marker has no name, or one that is too long.', 'Give a name of 1 to 200 characters.'),
  'bad-option': operator('Options of `verify` contradict each other.', 'Follow the hint.'),
  'bad-plan': operator(
    'The plan file cannot be used.',
    'Nothing was written; make a new plan: `holdfast diff TENANT --to TARGET --out FILE`.',
  ),
  'bad-plan-key': operator('The key is not that of a plan of this tenant.', 'Pass on what the preview returned.'),
  'bad-predicate': operator(
    'A row predicate is not a valid condition.',
    'Write a boolean expression over its columns.',
  ),
  'bad-request': operator('The restore request is not valid.', 'Correct the fields that the message names.'),
  'bad-target': operator('The recovery target cannot be read.', 'Give a time, position, marker or `latest`.'),
  'bad-time-zone': operator('There is no such time zone.', 'Use a name like Europe/Berlin or UTC.'),
  'bad-value': operator('A value holds a NUL character.', 'Correct the value.'),
  'batches-need-privilege': operator(
    'Tables that refer to each other in a circle cannot be restored in batches by this role.',
    'Grant SET ON PARAMETER session_replication_role, or restore in one transaction.',
  ),
  'cannot-create': operator(
    'Missing tables cannot be created.',
    'Create their schema first, or leave them out (--exclude).',
  ),
  'cannot-undo': operator('The restore cannot be undone: it overwrote nothing.', 'Follow the hint.'),
  'confirmation-needed': operator('Nobody is there to confirm.', 'Pass --yes, or run it in a terminal.'),
  'identity-unclear': operator('The caller’s name does not say who it is.', 'Act under your own name.'),
  'impossible-target': operator('There is no such date or time of day.', 'Check it, or write it in UTC.'),
  'into-not-here': operator(
    'State machines do not restore into another database.',
    'Run `holdfast restore TENANT --to TARGET --into URL` where it can be reached.',
  ),
  'marker-exists': operator('The tenant has a marker of that name.', 'Choose another: markers are never moved.'),
  'no-plan': operator('The plan cannot be found or read.', 'Make one: `holdfast diff TENANT --to TARGET --out FILE`.'),
  'no-record': operator('The restore has no record yet.', 'The next restore of the tenant completes it.'),
  'not-confirmed': operator('The question was not answered with yes.', 'Nothing was done; run it again.'),
  'not-here': operator('The standby region has no such state machine.', 'Name the primary region with --region.'),
  'not-on-aws': operator('On AWS a state machine does this.', 'Start it as the hint says.'),
  'not-scratch': never('A cluster was not made by Holdfast and is not deleted.', 'Check the identifier.'),
  'not-waiting': operator('The restore no longer waits for an approval.', 'Start it again.'),
  'nothing-selected': operator('The request selects no table.', 'Name tables or components that the model owns.'),
  'own-approval': operator('The approver of a restore may not apply it.', 'Let another person start it.'),
  'own-request': operator('The requester of a restore may not decide on it.', 'Ask another person.'),
  'plan-in-batches': operator('An approved plan is applied in one transaction.', 'Leave the batches out.'),
  'plan-outdated': operator('The plan’s backups are no longer the ones to use.', 'Make the plan again.'),
  'preview-in-place-only': operator('A preview is for a restore in place only.', 'Leave the other destination out.'),
  'requester-unnamed': operator('A restore that needs approval names no requester.', 'Set requestedBy.'),
  'side-by-side-alone': operator('Side by side nothing is compared.', 'Leave previewOnly, batches and mode out.'),
  'still-running': operator('The command stopped watching; the execution is still running.', 'Follow it again.'),
  'undo-exact-only': operator('The undo would also lose rows written since.', 'Read the preview, then pass --exact.'),
  'unknown-approval': operator('Nothing waits for approval under this id.', '`holdfast approve TENANT` lists it.'),
  'unknown-column': operator('The table has no such column to restore or map.', 'Name an ordinary column.'),
  'unknown-plan': operator('No plan is kept under this key.', 'Make a new preview.'),
  'unknown-table': operator('The tenant model owns no such table.', 'Name tables as the model does: schema.table.'),
  'unknown-tenant': depends(
    'There is no such tenant.',
    'Give the value of the tenant column as the database prints it.',
  ),
  usage: operator('The command was called with wrong arguments.', 'See `holdfast COMMAND --help`.'),
  ...atTwoPlaces(),
};

/** A mistake of the request, or something missing behind it: the class says which. */
function atTwoPlaces() {
  return {
    'model-mismatch': errorsOf('input', 'source').operator(
      'The tenant model does not fit the database.',
      'Run `holdfast doctor` and correct the model, or the database.',
    ),
    'no-key': errorsOf('input', 'storage').depends(
      'The keyring has no key for the tenant; or a table has no key by which a row could be named.',
      'Check that the keyring is the one that the backups were made with; or give the table a primary key.',
    ),
    'unknown-backup': errorsOf('input', 'target').depends(
      'There is no such backup.',
      '`holdfast timeline TENANT` lists the backups.',
    ),
    'unknown-restore': errorsOf('input', 'target').depends(
      'There is no such restore of this tenant, or the change log does not hold it yet.',
      'Run `holdfast ship`; `holdfast timeline TENANT` lists the restores.',
    ),
  };
}
