/** Errors in requests: options, targets, restore requests, approvals, inputs of functions. */
import { errorsOf } from '../error-kind.ts';

const { operator, never, depends } = errorsOf('input');

export const ASKED = {
  'acceptance-failed': operator(
    'The acceptance check of a drill gave no verdict.',
    'Run it by hand against a restored database; docs/drills.md shows what it returns.',
  ),
  'ambiguous-backup': operator('Several backups begin with this id.', 'Give more of the id.'),
  'bad-regions': operator('The file of regions is not valid.', 'Correct the lines that the message names.'),
  'no-report': operator(
    'A report was made, and is not in the vault that is read.',
    'Ask for it again; in another region it is there once it is replicated.',
  ),
  'no-status-page': operator(
    'The installation has no public status page.',
    'Set `statusPage` in the deployment and deploy it (docs/status-page.md).',
  ),
  'no-regions': operator(
    'The installation has one region, so there is nothing to fail over to.',
    'Name the other one in the file of `regions` in the configuration (docs/failover.md).',
  ),
  'ambiguous-table': operator('Several tables have this name.', 'Name the table with its schema.'),
  'ambiguous-tenant': operator('Several tenants have this name.', 'Give the tenant’s id.'),
  'ambiguous-target': operator(
    'A time can be read in several ways.',
    'Write the whole date and time, with its offset.',
  ),
  'answer-too-large': operator(
    'The answer to a question about the log is larger than a function may send.',
    'Narrow the range with --from and --to.',
  ),
  'approved-by-not-here': operator('A request names its own approver.', 'Remove approvedBy: people approve.'),
  'bad-approval': operator(
    'The request body is not a decision about a restore.',
    'Send the body that the notification shows.',
  ),
  'bad-catalog-write': never('A catalog write names too many items, or one twice.', 'Report it as a bug in Holdfast.'),
  'bad-context-filter': operator('A filter for the context of transactions cannot be read.', 'Write KEY = VALUE.'),
  'bad-countdown': operator(
    'The countdown of a destruction has a length that is not possible.',
    'Choose 7 to 30 days.',
  ),
  'bad-drill': operator(
    'The input of run-drill is not a drill.',
    'Pass {"due": true}, or a kind: docs/state-machines.md.',
  ),
  'bad-group': operator(
    'A list of tenants, or the state of their restore, cannot be read.',
    'Give one tenant id a line, or the file that the command wrote.',
  ),
  'bad-input': operator('The input of a function is not valid.', 'See the examples in docs/state-machines.md.'),
  'bad-investigation': operator(
    'The request body is not a question about a tenant’s log.',
    'Use the version of the command line that the installation was deployed with.',
  ),
  'bad-key': operator('A row key does not match the key of its table.', 'Give all key values, in order.'),
  'bad-lsn': operator('A WAL position is not in the format of PostgreSQL.', 'Write it like 16/B374D848.'),
  'bad-marker': operator(
    'The name of a marker is empty, too long, or reads as a target of another kind.',
    'Give a name of 1 to 200 characters, for example before-import.',
  ),
  'bad-option': operator('Options of `verify` contradict each other.', 'Follow the hint.'),
  'bad-plan': operator(
    'The plan file cannot be used.',
    'Nothing was written. Make a new plan: `holdfast diff TENANT --to TARGET --out FILE`.',
  ),
  'bad-plan-key': operator(
    'The key does not belong to a plan of this tenant.',
    'Pass the key that the preview returned.',
  ),
  'bad-policy': operator(
    'A policy file does not parse, does not fit the schema, or repeats an id.',
    'Correct the file; docs/roles.md shows an example.',
  ),
  'bad-predicate': operator(
    'A row predicate is not a valid condition.',
    'Write a boolean expression over the columns of the table.',
  ),
  'bad-public-key': operator(
    'The file of the public key holds no public key of an elliptic curve.',
    'Pass the PEM file of the signing key: `holdfast audit public-key` prints it.',
  ),
  'bad-range': operator(
    'The range ends before it begins, or has too many buckets.',
    'Correct --from and --to, or choose a larger --bucket.',
  ),
  'bad-request': operator('The restore request is not valid.', 'Correct the fields that the message names.'),
  'bad-target': operator('The recovery target cannot be read.', 'Give a time, position, marker or `latest`.'),
  'bad-time-zone': operator('There is no such time zone.', 'Use a name like Europe/Berlin or UTC.'),
  'bad-transaction': operator(
    'This is neither the id of a transaction nor the position of its commit.',
    'Write an id like 81244 or an LSN like 16/B374D848.',
  ),
  'bad-value': operator('A value contains a NUL character.', 'Correct the value.'),
  'batches-need-privilege': operator(
    'This role cannot restore tables with circular foreign keys in batches.',
    'Grant SET ON PARAMETER session_replication_role, or restore in one transaction.',
  ),
  'cannot-create': operator(
    'Missing tables cannot be created.',
    'Create their schema first, or exclude them (--exclude).',
  ),
  'cannot-revert': operator(
    'Transactions cannot be taken back one by one.',
    'Follow the hint; a restore to the moment before shows what else would be lost.',
  ),
  'cannot-undo': operator('The restore cannot be undone: it did not overwrite anything.', 'Follow the hint.'),
  'confirmation-needed': operator(
    'The command needs a confirmation, and there is no terminal.',
    'Pass --yes, or run it in a terminal.',
  ),
  'epoch-unconfirmed': operator(
    'The name of the server that was confirmed is not that of the source.',
    'Check the database URL, then confirm the name that the message shows.',
  ),
  'export-encoding': operator(
    'Text of a database without an encoding cannot be written as JSON or Parquet.',
    'Export as sql or csv.',
  ),
  'export-exists': operator(
    'The directory of an export exists, and another request made it.',
    'Name a directory that does not exist.',
  ),
  'export-expired': operator(
    'The files of an export that waited in the vault have expired.',
    'Request the export again, and fetch it within the days that its plan names.',
  ),
  'not-an-export': operator(
    'The request is not one for an export.',
    'Give the id of an export: `holdfast requests TENANT` lists them.',
  ),
  'export-place': operator(
    'The directory of an export cannot be made.',
    'Name a directory whose parent exists and that you can write to.',
  ),
  'future-target': operator('The target is in the future.', 'Choose a moment that has been, or `latest`.'),
  'identity-unclear': operator(
    'The caller’s name does not identify a person.',
    'Use a session that carries your own name.',
  ),
  'identity-unpinned': operator(
    'The session name of the caller’s role is not pinned to a person.',
    'Sign in through IAM Identity Center, as an IAM user, or with a role that `people.pinnedRoles` names.',
  ),
  'impossible-target': operator('There is no such date or time of day.', 'Check it, or write it in UTC.'),
  interrupted: operator(
    'The command was interrupted at a question (exit code 130).',
    'Nothing was changed. Run the command again.',
  ),
  'into-not-here': operator(
    'State machines do not restore into another database.',
    'Run `holdfast restore TENANT --to TARGET --into URL` where that database can be reached.',
  ),
  'marker-exists': operator(
    'The tenant already has a marker of that name.',
    'Choose another name: markers are never moved.',
  ),
  'no-acceptance-file': operator(
    'The SQL file of the acceptance check cannot be read.',
    'Correct `drills.acceptanceSql` in the configuration.',
  ),
  'no-tenants': operator(
    'A drill finds no tenant that is protected.',
    'Protect the fleet first: `holdfast snapshot --all`.',
  ),
  'not-a-tenant': never(
    'The keys of the log and of the audit trail cannot be destroyed.',
    'Name a tenant. Nothing was done.',
  ),
  'no-person': operator('A schedule tried to do what people decide.', 'Let a person request, approve or review it.'),
  'no-plan': operator('The plan cannot be found or read.', 'Make one: `holdfast diff TENANT --to TARGET --out FILE`.'),
  'no-policy-file': operator('A policy file cannot be read.', 'Correct `policies` in the configuration.'),
  'no-record': operator('The restore has no record yet.', 'The next restore of the tenant completes it.'),
  'no-cluster-backups': operator(
    "The deployment does not read the cluster's own backups.",
    'Add the section `clusterBackups` to it (docs/restore.md), or give --cluster-url.',
  ),
  'no-drills': operator('The deployment has no drills.', 'Add the section `drills` to it: docs/drills.md.'),
  'no-destruction': operator(
    'The tenant is not being destroyed.',
    'Check the tenant id: `holdfast destroy status` lists all destructions.',
  ),
  'not-attestable': operator(
    'What was named has no certificate that could be attested.',
    '`holdfast requests` lists what was executed.',
  ),
  'not-a-restore': operator('What was named is not the record of a restore.', '`holdfast restores` lists restores.'),
  'not-a-test-installation': operator(
    'A game day damages an installation that may protect something real.',
    'Run it on a test installation, which says so: drills.testInstallation.',
  ),
  'not-confirmed': operator('The confirmation was not given.', 'Nothing was done. Run the command again to confirm.'),
  'not-here': operator('The standby region has no such state machine.', 'Name the primary region with --region.'),
  'not-on-aws': operator('On AWS, a state machine does this.', 'Start it as the hint shows.'),
  'not-permitted': operator(
    'No policy permits this person to do this, or one forbids it.',
    'Ask someone who is permitted, or a system administrator for a role: docs/roles.md.',
  ),
  'not-scratch': never('The cluster was not created by Holdfast and is not deleted.', 'Check the identifier.'),
  'not-waiting': operator('The restore is no longer waiting for approval.', 'Start the restore again.'),
  'nothing-selected': operator('The request selects no table.', 'Name tables or components that the model owns.'),
  'nothing-to-approve': operator(
    'No retention period is configured shorter than the one in force.',
    'Configure the new periods first; longer ones need no approval.',
  ),
  'other-sign-in': operator(
    'People of IAM and accounts of the console cannot be told apart, so one request is decided by one of the two.',
    'Decide where it was requested: with the command line, or in the console.',
  ),
  'own-approval': operator('The approver of a restore cannot apply it.', 'Let another person start it.'),
  'own-request': operator('The requester of a restore cannot approve or refuse it.', 'Ask another person.'),
  'plan-in-batches': operator('An approved plan is applied in one transaction.', 'Omit the batches.'),
  'plan-outdated': operator('The backups that the plan names are no longer the ones to use.', 'Make the plan again.'),
  'port-in-use': operator('The port is used by another program.', 'Choose another (--port, --metrics-port).'),
  'preview-in-place-only': operator('Only a restore in place has a preview.', 'Omit the other destination.'),
  'reason-missing': operator('The action needs a reason.', 'Give one: --reason "…".'),
  'region-is-witness': operator(
    'The witness of the regions has no database.',
    'Run the command on a machine of a region that has one.',
  ),
  'region-not-configured': operator(
    'The drill of a lost region needs a copy of the vault and of the keys.',
    'Name both in the configuration: drills.regionVault and drills.regionKeys.',
  ),
  'request-used': operator('Another restore was requested under this id.', 'Send the request under a new id.'),
  'requester-unnamed': operator('The restore needs approval and names no requester.', 'Set requestedBy.'),
  'requester-unverified': operator(
    'Nothing proves who requested a restore that needs approval.',
    'Request it with `holdfast --profile PROFILE restore TENANT --to TARGET`.',
  ),
  'side-by-side-alone': operator('A side-by-side restore compares nothing.', 'Omit previewOnly, batches and mode.'),
  'still-running': operator(
    'The command stopped watching; the execution is still running.',
    'Follow it as the hint shows.',
  ),
  'undo-exact-only': operator('The undo would also lose rows written since.', 'Read the preview, then pass --exact.'),
  'unknown-action': operator('The installation cannot do this kind of action.', 'Use a newer version of Holdfast.'),
  'unknown-approval': operator(
    'No restore is waiting for approval under this id.',
    '`holdfast approve TENANT` lists those that are.',
  ),
  'unknown-column': operator('The table has no such column to restore or map.', 'Name an ordinary column.'),
  'unknown-drill': operator('There is no record of that drill, or of several.', '`holdfast drill history` lists them.'),
  'unknown-report': operator('There is no such report.', '`holdfast report daily` makes one of yesterday, and so on.'),
  'unknown-alarm': operator('There is no such alarm, or it is over.', '`holdfast messages list` lists the alarms.'),
  'unknown-recipient': operator('The configuration has no such recipient.', 'List it in `messages`.'),
  'unknown-failure': operator(
    'No failure with this id and time is open.',
    'List the open ones: `holdfast --profile PROFILE failures`.',
  ),
  'unknown-incident': operator(
    'There is no incident on the status page with this id, or there are several.',
    'See the ids on the page, or in status.json.',
  ),
  'unknown-matter': operator('No hold for this matter stands on the tenant.', 'List them: `holdfast hold list`.'),
  'unknown-plan': operator('No plan is kept under this key.', 'Make a new preview.'),
  'unknown-request': operator(
    'There is no request of this tenant with this id.',
    'List them: `holdfast requests TENANT`.',
  ),
  'unknown-staging': operator('There is no staging schema of that name.', 'List them: `holdfast leftovers`.'),
  'unknown-table': operator('The tenant model owns no such table.', 'Name tables as in the model: schema.table.'),
  'unknown-tenant': depends(
    'There is no such tenant.',
    'Use the value of the tenant column as the database prints it.',
  ),
  usage: operator('The arguments of the command are not valid.', 'See `holdfast COMMAND --help`.'),
  ...inTwoClasses(),
};

/** Thrown in two classes: for a mistake in the request, and for something missing behind it. */
function inTwoClasses() {
  return {
    'model-mismatch': errorsOf('input', 'source').operator(
      'The tenant model does not match the database.',
      'Run `holdfast doctor`, then correct the model or the database.',
    ),
    'no-key': errorsOf('input', 'storage').depends(
      'The keyring has no key for the tenant; or a table has no key that identifies a row.',
      'Check that this is the keyring of these backups; or give the table a primary key.',
    ),
    'unknown-backup': errorsOf('input', 'target').depends(
      'There is no such backup.',
      '`holdfast timeline TENANT` lists the backups.',
    ),
    'unknown-restore': errorsOf('input', 'target').depends(
      'There is no such restore of this tenant, or the change log does not hold it yet.',
      'List them: `holdfast restores`. The log holds one once `holdfast ship` has run.',
    ),
  };
}
