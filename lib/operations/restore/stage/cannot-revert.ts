/** The refusal of a revert, apart from the work: whoever only looks for positions needs no database for it. */
import { InputError } from '../../../domain/errors.ts';
import type { TableName } from '../../../domain/table-schema.ts';

export function cannotRevert(why: string, table?: TableName): InputError {
  return new InputError('cannot-revert', `These transactions cannot be taken back among others: ${why}.`, {
    hint: 'Revert a single transaction, leave the table out (--exclude), or restore the table to the moment before (--to before:XID); the preview shows what else would be lost.',
    details: table === undefined ? {} : { table },
  });
}
