/** Why an export is refused where no database can be reached: the state is rebuilt there and nowhere else. */
import { InputError } from '../../domain/errors.ts';

export function exportNeedsDatabase(): InputError {
  return new InputError('needs-database', 'An export requires access to the database: the state is rebuilt there.', {
    hint: 'Execute the request where the database can be reached.',
  });
}
