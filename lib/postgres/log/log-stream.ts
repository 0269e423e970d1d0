/**
 * Streams the change log over the replication protocol while work runs on it, and turns what can go wrong with slot and
 * publication into errors of ours. Invariant: the slot is free again afterwards, whatever happened.
 */
import { SourceError } from '../../domain/errors.ts';
import type { Lsn } from '../../domain/lsn.ts';
import { connectForReplication, type Source } from '../connection.ts';
import { isTooLarge, publicationMissing, slotError, valueTooLarge } from './slot-error.ts';
import { type LogRange, StreamReader } from './stream-reader.ts';

/** The server lets the role in, but not to stream: no REPLICATION attribute. */
const REFUSED = new Set(['42501']);

/** What a reader of the log may do. */
export interface LogStream {
  /** Each block is valid until the next is asked for. Throws SourceError `slot-busy`, `publication-missing`, `slot-failed`. */
  blocks(): AsyncGenerator<Buffer>;
  /** Gives up everything before `to`: call only when it is durable and in the catalog. Ends the stream. */
  confirm(to: Lsn): Promise<void>;
  /** Ended by the number of changes: there is more before `upTo`. */
  readonly limited: boolean;
}

/**
 * Streams what committed since the slot's confirmed position, while `work` runs. The slot is free again when this
 * returns, whatever happened. Throws SourceError `cannot-connect`, and `slot-failed` where the role may not stream.
 */
export async function withLogStream<T>(
  source: Source,
  options: LogRange,
  work: (stream: LogStream) => Promise<T>,
): Promise<T> {
  const { slot, publication } = options;
  const connection = await connectForReplication(source, 'ship log').catch(error => {
    throw REFUSED.has(error.details?.code) ? slotError(slot, error.details) : error;
  });
  const reader = new StreamReader(options);
  // Newer servers only warn when the publication did not exist yet at a position, and then leave changes out.
  connection.on('notice', notice => {
    if (notice.severity === 'WARNING') reader.fail(publicationMissing(publication, notice.message));
  });
  try {
    connection.query(reader as never);
    return await work({
      blocks: () => reader.blocks(),
      confirm: to => reader.end(to),
      get limited() {
        return reader.limited;
      },
    });
  } catch (cause) {
    if (cause !== reader.failure || cause instanceof SourceError) throw cause;
    const { code, message } = cause as { code?: string; message: string };
    if (code === '42704' && /publication/.test(message)) throw publicationMissing(publication, cause);
    if (isTooLarge(code, message)) throw valueTooLarge(slot, reader.open, cause);
    throw slotError(slot, cause);
  } finally {
    await reader.end().catch(() => {});
    await connection.end().catch(() => {});
  }
}
