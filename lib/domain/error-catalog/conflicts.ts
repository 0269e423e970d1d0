/** What stands in the way of a restore now, and work that ended elsewhere without success. */
import { errorsOf } from '../error-kind.ts';

const { auto, operator } = errorsOf('conflict');
const outcome = errorsOf('outcome');

export const CONFLICTS = {
  'already-decided': operator('The restore was approved or refused already.', 'Start a new one for another decision.'),
  'application-code-failed': operator(
    'A function of the application failed while rows were written; it was rolled back.',
    'Follow the hint, or grant SET ON PARAMETER session_replication_role.',
  ),
  'approval-late': operator('Nobody approved the restore in time.', 'Start it again.'),
  'approval-refused': errorsOf('conflict', 'outcome').operator('The restore was refused.', 'Ask who refused it.'),
  'check-refused': operator(
    'A constraint refuses rows as they were at the target; it was rolled back.',
    'Restore what it looks at too, leave these rows out, or restore side by side.',
  ),
  conflicts: operator('Live rows stand in the way.', 'Resolve them, restore fewer rows, or restore side by side.'),
  'not-approved': operator('The restore was not approved by enough people.', 'Have it approved.'),
  'other-preview': operator('The preview that waits is not the one that was reviewed.', 'Review the one that waits.'),
  'preview-altered': operator('The staged difference is not the one previewed.', 'Make a new preview.'),
  'preview-gone': operator('The staged state behind the preview is gone.', 'Make a new preview.'),
  'restore-running': auto('Another restore of this tenant is being applied.', 'Wait, then make a new preview.'),
  'rows-changed': auto('The application changed the rows meanwhile; it was rolled back.', 'Make a new preview.'),
  'tenant-exists': operator('The new tenant already has rows.', 'Choose a tenant id that is not in use.'),
  'execution-failed': outcome.operator(
    'An execution on AWS failed.',
    'Read its history in the Step Functions console.',
  ),
  'tenants-failed': outcome.operator('Some tenants of a fleet run failed.', 'Each failure was reported by itself.'),
};
