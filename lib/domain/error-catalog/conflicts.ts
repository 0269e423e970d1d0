/** Conflicts of a restore with the live state, and work that failed in another process. */
import { errorsOf } from '../error-kind.ts';

const { auto, operator } = errorsOf('conflict');
const outcome = errorsOf('outcome');

export const CONFLICTS = {
  'export-outdated': operator(
    'A subject was erased after an export was written.',
    'Request the export again: it leaves the subject out.',
  ),
  'export-unfinished': operator(
    'An export is not written yet.',
    'Fetch it once `holdfast requests TENANT` shows that it is done.',
  ),
  'countdown-running': operator(
    'The countdown of a destruction has not ended.',
    'Wait for the day that the message names, or cancel it: `holdfast destroy cancel TENANT`.',
  ),
  'key-remains': operator(
    'The countdown of a destruction has ended, and KMS has not deleted the key yet.',
    'Wait: KMS deletes a key up to a day after its date, and the daily run then makes the certificate.',
  ),
  'destruction-cancelled': operator('The destruction was cancelled.', 'Request it again if it is still needed.'),
  'destruction-final': operator(
    'The destruction can no longer be cancelled.',
    'Run `holdfast destroy finish TENANT` to complete it. A returning tenant needs a new tenant id.',
  ),
  'destruction-running': operator(
    'Another request is destroying the tenant, or did.',
    'Show it: `holdfast destroy status TENANT`.',
  ),
  'keys-changed': operator(
    'The tenant has other keys than when its destruction was planned.',
    'Request it again, and have the new plan approved.',
  ),
  'already-decided': operator(
    'The restore is already approved or refused.',
    'Start a new restore for another decision.',
  ),
  'application-code-failed': operator(
    'A function of the application failed while rows were written; the restore was rolled back.',
    'Follow the hint, or grant SET ON PARAMETER session_replication_role.',
  ),
  'approval-late': operator('The approval of the restore timed out.', 'Start the restore again.'),
  'approval-refused': errorsOf('conflict', 'outcome').operator('The restore was refused.', 'Ask who refused it.'),
  'check-refused': operator(
    'A constraint refuses rows as they were at the target; the restore was rolled back.',
    'Also restore what the constraint reads, exclude these rows, or restore side by side.',
  ),
  conflicts: operator(
    'The restore conflicts with live rows.',
    'Resolve them, restore fewer rows, or restore side by side.',
  ),
  'hold-not-standing': operator('The hold was released already.', 'List what stands: `holdfast hold list`.'),
  'several-holds': operator('Several holds for this matter stand on the tenant.', 'Name one by its id.'),
  'two-approvers-needed': operator(
    'A release needs the approval of two people, neither of whom asked for it.',
    'Ask two other people to approve the request.',
  ),
  'under-hold': operator(
    'A legal hold stands on the tenant.',
    'It must be released first: `holdfast hold release TENANT --matter MATTER`.',
  ),
  'group-failed': outcome.operator(
    'Some tenants of a restore of many failed; the others did not.',
    'Show them with `holdfast restore --group NAME`; the same command goes on with them.',
  ),
  'request-unfinished': operator(
    'The time of one call was used up before the request was executed.',
    'Nothing: the next call continues it.',
  ),
  'group-running': operator('Another execution goes on with this group of tenants.', 'Follow that one, or stop it.'),
  'not-approved': operator('The restore does not have enough approvals.', 'Ask the approvers.'),
  'not-broken': operator(
    'The request was executed with approvals, or is reviewed already.',
    'Nothing is left to review: `holdfast requests`.',
  ),
  'other-preview': operator(
    'The preview waiting for approval is not the one that was reviewed.',
    'Review the one that is waiting.',
  ),
  'plan-changed': operator(
    'What would be done now is not what was approved.',
    'Request it again, and have the new plan approved.',
  ),
  'policy-changed': operator(
    'Another retention policy came into force since its change was planned.',
    'Request the change again.',
  ),
  'preview-altered': operator('The staged difference is not the one that was previewed.', 'Make a new preview.'),
  'preview-gone': operator('The staged state of the preview no longer exists.', 'Make a new preview.'),
  'failover-not-drained': operator(
    'The region that takes over did not get everything in time.',
    'Check that the shipper runs and that vault and database are replicated, then repeat the fail-over.',
  ),
  'region-elsewhere': operator(
    'Another region is active, or the region that was named cannot become active now.',
    'Show the state of the regions: `holdfast failover status`.',
  ),
  'region-not-active': operator(
    'This region is not active, or cannot prove that it is: nothing was shipped, written or removed.',
    'Show the state of the regions: `holdfast failover status`. If a fail-over is running, wait for its end.',
  ),
  'region-undecided': auto(
    'The places that keep the state of the regions do not agree yet.',
    'Run the same command again.',
  ),
  'region-unreachable': operator(
    'A place that keeps the state of the regions cannot be reached.',
    'Make it reachable, or say that its region can do nothing: `holdfast failover run --fenced REGION`.',
  ),
  'request-cancelled': operator('The request was cancelled.', 'Request it again if it is still needed.'),
  'request-expired': operator('The request expired before it was executed.', 'Request it again.'),
  'request-refused': operator('The request was refused.', 'Ask who refused it: `holdfast requests`.'),
  'request-running': auto('The request is being executed by someone else.', 'Wait for it to end.'),
  'request-started': operator('The request was executed or is being executed.', 'It can no longer be cancelled.'),
  'restore-running': auto(
    'Another restore of this tenant is being applied.',
    'Wait for it to end, then make a new preview.',
  ),
  'snapshot-running': operator(
    'A snapshot of the tenant was still reading its rows; nothing was written.',
    'Stop the snapshot, or wait until it ends, then apply the restore again.',
  ),
  'rows-changed': auto(
    'The application changed the rows in the meantime; the restore was rolled back.',
    'Make a new preview.',
  ),
  'tenant-exists': operator('The new tenant already has rows.', 'Choose a tenant id that is not in use.'),
  'execution-failed': outcome.operator(
    'An execution on AWS failed.',
    'Read its history in the Step Functions console.',
  ),
  'tenants-failed': outcome.operator('Some tenants of a fleet run failed.', 'Each failure was reported separately.'),
  'staging-busy': operator(
    'The staging schema is in use, or another role made it.',
    'Wait until the restore that uses it has ended.',
  ),
};
