/**
 * What a customer is told of an event that concerns them, by the code of the notice. Invariant: fixed text, so nothing of
 * a notice reaches a customer but that it happened and when. Of codes that are not here, customers are not told: a legal
 * hold or a suspicion that is not examined yet is for the team.
 */
import * as z from 'zod';

export const CustomerWords = z.strictObject({ subject: z.string(), text: z.string() });
export type CustomerWords = z.infer<typeof CustomerWords>;

const BACKUP_FAILED: CustomerWords = {
  subject: 'Work on the backups of your data did not complete',
  text: 'Scheduled work on the backups of your data did not complete. The data itself is not affected, and backups that were made before are unchanged. Our team has been informed. You do not have to do anything.',
};
const RESTORE_FAILED: CustomerWords = {
  subject: 'The restore of your data did not complete',
  text: 'A restore of your data began and did not complete. Our team has been informed.',
};

const BY_CODE: Readonly<Record<string, CustomerWords>> = {
  'restore-began': {
    subject: 'A restore of your data has begun',
    text: 'Data of yours is being restored from a backup. You will be told when the restore has ended.',
  },
  'restore-ended': {
    subject: 'The restore of your data has ended',
    text: 'The restore of your data has ended. If something is not as you expect it, please contact us.',
  },
  'restore-failed': RESTORE_FAILED,
  'backup-failed': BACKUP_FAILED,
  'snapshot-failed': BACKUP_FAILED,
  'possible-accident': {
    subject: 'Unusually many changes in your data',
    text: 'Far more of your data than usual was changed or deleted. If this was intended, you do not have to do anything. If it was not, please contact us soon: the data can be restored from a backup.',
  },
};

/** Null: customers are not told of it. */
export function customerWords(code: string): CustomerWords | null {
  return BY_CODE[code] ?? null;
}
