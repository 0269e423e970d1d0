/**
 * A restore compares and applies in the session that holds its staging area: opening one for each step costs time, and its
 * caches are warm. Where no session of this process holds the area, a step has one of its own. Invariant: a step leaves
 * no transaction open behind it, and nothing set.
 */

import { HoldfastError } from '../../domain/errors.ts';
import { type Connection, type Source, withConnection } from '../connection.ts';
import { asConnectionLost } from '../connection-failure.ts';
import { quoteLiteral } from '../sql.ts';

export interface HeldState {
  readonly source: Source;
  /** Absent where no session of this process holds the area. */
  readonly session?: Connection | undefined;
}

/** Runs the work in a session that is named after it. A lost connection is SourceError `connection-lost`. */
export async function inStagingSession<T>(
  { source, session }: HeldState,
  purpose: string,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  if (session === undefined) return withConnection(source, purpose, work);
  try {
    await session.query(`SET application_name = ${quoteLiteral(`holdfast ${purpose}`)}`);
    return await work(session);
  } catch (error) {
    await session.query('ROLLBACK').catch(() => {});
    throw (error instanceof HoldfastError ? undefined : asConnectionLost(error, `working on “${purpose}”`)) ?? error;
  }
}
