/**
 * Reads COPY … TO STDOUT off the driver's socket, row by row, without an object per row: the server sends each row as
 * one CopyData message (documented in its protocol), so that rows need not be searched for. Several COPY statements may
 * go in one round trip. The reader stops taking bytes from the socket while its sink is busy: memory is the sink's.
 * Invariant: a COPY that ends without its command tag is an error; nothing of a broken stream looks finished.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html (CopyData (F & B))
 */
import { setTimeout as wait } from 'node:timers/promises';
import type { Connection } from '../connection.ts';
import { CopySocket } from '../copy-socket.ts';
import { asSourceError } from '../source-error.ts';

/** Takes rows as they come. All calls are synchronous; `busy` is asked between network reads. */
export interface RowSink {
  /** The next bytes of the current row; valid during the call only. */
  bytes(source: Buffer, start: number, end: number): void;
  /** The current row is complete. */
  endRow(): void;
  /** A COPY statement is complete, with the row count of its command tag. */
  endCopy(rows: number): void;
  /** A promise while the sink wants no more: reading goes on when it resolves. */
  busy(): Promise<void> | undefined;
  /** True when no more rows are wanted at all: reading stops, and the connection is closed, as COPY cannot be ended. */
  enough(): boolean;
}

/** What the driver gives to a query of one's own. */
interface DriverConnection {
  readonly stream: NodeJS.ReadableStream & { destroy(): void };
  query(text: string): void;
}

/**
 * The server writes 8 KiB at a time. Being woken for each of them takes longer than reading them: after a small read, the
 * reader lets the socket's buffer fill for a moment.
 */
const SMALL_READ_BYTES = 64 * 1024;
const COLLECT_MS = 1;

const MESSAGE = { copyData: 0x64, copyDone: 0x63, copyOut: 0x48, complete: 0x43, ready: 0x5a } as const;

/**
 * Runs COPY statements (separated by semicolons, nothing else that returns rows) and feeds their rows to the sink.
 * Resolves to true when all have ended, to false when the sink had enough (the connection is then closed).
 * Throws SourceError `connection-lost`, `row-security`, `schema-changed`, `privilege`; and whatever the sink throws.
 */
export async function copyOut(connection: Connection, statements: string, sink: RowSink): Promise<boolean> {
  const reader = new CopyReader(statements, sink);
  // biome-ignore lint/suspicious/noExplicitAny: the driver accepts any object with a submit method
  connection.query(reader as any);
  try {
    await reader.finished;
  } catch (error) {
    if (reader.sinkFailure) throw reader.sinkFailure.reason;
    throw asSourceError(error, 'copying rows');
  }
  return !reader.stopped;
}

class CopyReader {
  readonly #sink: RowSink;
  readonly #text: string;
  readonly finished: Promise<void>;
  stopped = false;
  sinkFailure: { reason: unknown } | undefined;
  #resolve!: () => void;
  #reject!: (reason: unknown) => void;
  #stream!: DriverConnection['stream'];
  #forward!: (bytes: Buffer) => void;
  /** An incomplete message header, or an incomplete message that is not a row. */
  #rest: Buffer | undefined;
  /** Bytes still missing of the current row; -1 between messages. */
  #missing = -1;
  #failure: { reason: unknown } | undefined;

  constructor(text: string, sink: RowSink) {
    this.#text = text;
    this.#sink = sink;
    this.finished = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: DriverConnection): void {
    this.#stream = connection.stream;
    const listeners = this.#stream.listeners('data') as ((bytes: Buffer) => void)[];
    if (listeners.length !== 1) throw new Error('The driver reads its socket in an unknown way.');
    this.#forward = listeners[0]!;
    this.#stream.removeListener('data', this.#forward);
    this.#stream.on('data', this.#onData);
    if (this.#stream instanceof CopySocket) this.#stream.lent = true;
    connection.query(this.#text);
  }

  readonly #onData = (bytes: Buffer): void => {
    try {
      this.#parse(this.#rest ? Buffer.concat([this.#rest, bytes]) : bytes);
      const busy = this.#sink.busy() ?? this.#collecting(bytes.length);
      if (this.#sink.enough()) this.#stop();
      else if (busy) this.#pause(busy);
    } catch (reason) {
      this.sinkFailure = { reason };
      this.#stop();
    }
  };

  /** A wait after a small read in the middle of the rows. With TLS, a read is never more than one record. */
  #collecting(bytes: number): Promise<void> | undefined {
    const isLent = this.#stream instanceof CopySocket && this.#stream.lent;
    return isLent && bytes < SMALL_READ_BYTES ? wait(COLLECT_MS) : undefined;
  }

  #pause(busy: Promise<void>): void {
    this.#stream.pause();
    busy.then(
      () => this.#stream.resume(),
      reason => {
        this.sinkFailure = { reason };
        this.#stop();
      },
    );
  }

  #stop(): void {
    this.stopped = true;
    this.#release();
    this.#stream.on('error', () => {});
    this.#stream.destroy();
    if (this.sinkFailure) this.#reject(this.sinkFailure.reason);
    else this.#resolve();
  }

  #release(): void {
    if (this.#stream instanceof CopySocket) this.#stream.lent = false;
    this.#stream.removeListener('data', this.#onData);
    if (!this.#stream.listeners('data').includes(this.#forward)) this.#stream.on('data', this.#forward);
  }

  #parse(bytes: Buffer): void {
    this.#rest = undefined;
    const end = bytes.length;
    let at = 0;
    if (this.#missing >= 0) at = this.#row(bytes, 0);
    while (at < end) {
      if (end - at < 5) break;
      const code = bytes[at]!;
      const length = bytes.readUInt32BE(at + 1) + 1;
      if (code === MESSAGE.copyData) {
        this.#missing = length - 5;
        at = this.#row(bytes, at + 5);
        continue;
      }
      if (end - at < length) break;
      const message = bytes.subarray(at, at + length);
      at += length;
      if (code === MESSAGE.ready) this.#release();
      if (code === MESSAGE.complete) this.#endStatement(message);
      if (code !== MESSAGE.copyDone && code !== MESSAGE.copyOut) this.#forward(message);
      if (code === MESSAGE.ready) {
        if (at < end) this.#forward(Buffer.from(bytes.subarray(at)));
        if (this.#failure) this.#reject(this.#failure.reason);
        else this.#resolve();
        return;
      }
    }
    if (at < end) this.#rest = Buffer.from(bytes.subarray(at));
  }

  /** Passes on what is there of the current row; gives where the next message starts. */
  #row(bytes: Buffer, start: number): number {
    const stop = Math.min(bytes.length, start + this.#missing);
    this.#sink.bytes(bytes, start, stop);
    this.#missing -= stop - start;
    if (this.#missing === 0) {
      this.#missing = -1;
      this.#sink.endRow();
    }
    return stop;
  }

  #endStatement(message: Buffer): void {
    const tag = /^COPY (\d+)$/.exec(message.toString('latin1', 5, message.length - 1));
    if (tag) this.#sink.endCopy(Number(tag[1]));
  }

  /** After an error of the server the session stays usable once it is ready again; after a fatal or lost one it is not. */
  handleError(error: unknown): void {
    this.#failure ??= { reason: error };
    if ((error as { severity?: string }).severity !== 'ERROR') this.#reject(error);
  }

  handleReadyForQuery(): void {}
  handleCommandComplete(): void {}
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
  handleCopyInResponse(): void {}
  handleCopyData(): void {}
}
