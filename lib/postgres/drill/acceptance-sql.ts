/**
 * Runs the team's own check in the scratch database of a drill: one SELECT, in a read-only transaction, with a limit.
 * Invariant: only the two columns `check` and `ok` are read; a row value elsewhere never leaves the database.
 */
import { InputError } from '../../domain/errors.ts';
import { type Source, withConnection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';

const MOST_CHECKS = 1000;
const LONGEST_NAME = 200;

export interface AcceptanceCheck {
  readonly check: string;
  readonly ok: boolean;
}

/**
 * `tenant`: its id, which the file reads by current_setting('holdfast.tenant'); empty for the whole database. InputError
 * `acceptance-failed` for SQL that fails, returns something else, or takes longer than `limitMs`.
 */
export async function runAcceptanceSql(
  source: Source,
  { sql, tenant, limitMs }: { readonly sql: string; readonly tenant: string; readonly limitMs: number },
): Promise<AcceptanceCheck[]> {
  return withConnection(source, 'drill acceptance', async connection => {
    try {
      await connection.query(
        `BEGIN TRANSACTION READ ONLY; SET LOCAL search_path = public; SET LOCAL statement_timeout = ${limitMs};
         SELECT set_config('holdfast.tenant', ${quoteLiteral(tenant)}, true)`,
      );
      // The extended protocol takes one statement only: none can end the read-only transaction.
      const { rows } = await connection.query({ text: sql, queryMode: 'extended' } as { text: string });
      await connection.query('ROLLBACK');
      return checksOf(rows);
    } catch (cause) {
      if (cause instanceof InputError) throw cause;
      const state = (cause as { code?: string }).code ?? 'none';
      throw failedAcceptance(`the SQL failed with SQLSTATE ${state}`, cause);
    }
  });
}

function checksOf(rows: readonly Record<string, unknown>[]): AcceptanceCheck[] {
  if (rows.length === 0) throw failedAcceptance('it returned no row');
  if (rows.length > MOST_CHECKS) throw failedAcceptance(`it returned more than ${MOST_CHECKS} rows`);
  return rows.map(({ check, ok }) => {
    if (typeof check !== 'string' || check === '' || check.length > LONGEST_NAME || typeof ok !== 'boolean')
      throw failedAcceptance('its rows must have `check` (a text of at most 200 characters) and `ok` (a boolean)');
    return { check, ok };
  });
}

function failedAcceptance(why: string, cause?: unknown): InputError {
  return new InputError('acceptance-failed', `The acceptance check did not give a verdict: ${why}.`, {
    hint: 'Run the file by hand against a restored database; docs/drills.md shows what it returns.',
    cause,
  });
}
