/**
 * Reads the change log over the streaming replication protocol, while the server still decodes: blocks of whole
 * CopyData messages as they came over the wire (codec/copy-data.ts). One memory copy per byte and no object per message,
 * which is what makes reading as fast as the server writes. Handed to the driver as a query of its own.
 *
 * Invariants: nothing is acknowledged until end(confirmed); only whole transactions are handed out; at most two blocks are
 * held (one being read, one waiting), the socket being paused until the consumer asks for more. A message larger than a
 * block gets a block of its own.
 */
import type { Socket } from 'node:net';
import {
  COPY_BOTH,
  COPY_DATA,
  COPY_DONE,
  dataTag,
  keepalivePosition,
  stampEpoch,
  statusUpdate,
  transactionOf,
  WIRE_HEADER_BYTES,
  wireEnd,
} from '../../codec/copy-data.ts';
import { TAG } from '../../codec/pgoutput.ts';
import { formatLsn, type Lsn, ZERO_LSN } from '../../domain/lsn.ts';
import { epochOf } from '../../domain/source-epoch.ts';
import { quoteIdentifier, quoteReplicationText } from '../sql.ts';

/** Well within wal_sender_timeout, which the session sets. */
const STATUS_MS = 10_000;

/** What to read of a slot. */
export interface LogRange {
  readonly slot: string;
  readonly publication: string;
  /** What commits at or beyond it is not handed out; all positions are handed out in its source epoch. */
  readonly upTo: Lsn;
  /** Ends with the transaction that brings the messages to so many. */
  readonly changes: number;
  readonly blockBytes: number;
}

interface Wire {
  readonly stream: Socket;
  query(sql: string): void;
}

function startSql({ slot, publication }: LogRange): string {
  const names = quoteReplicationText(quoteIdentifier(publication));
  return `START_REPLICATION SLOT ${quoteIdentifier(slot)} LOGICAL ${formatLsn(ZERO_LSN)} (proto_version '1', publication_names ${names}, messages 'true')`;
}

export class StreamReader {
  readonly #options: LogRange;
  readonly #epoch: number;
  #stream: Socket | undefined;
  /** The driver's own listener, which gets everything that is not COPY data. */
  #driver: ((chunk: Buffer) => void) | undefined;
  #bytes: Buffer;
  #length = 0;
  /** End of the last whole message in #bytes. */
  #whole = 0;
  #messages = 0;
  /** `memory`: the whole of the usual size that the block lies in, to be used again. */
  #waiting: { block: Buffer; memory: Buffer | undefined } | undefined;
  /** The memory of the block that the consumer has, and of blocks that it is done with. */
  #lent: Buffer | undefined;
  readonly #free: Buffer[] = [];
  #wake: (() => void) | undefined;
  #status: NodeJS.Timeout | undefined;
  /** Everything that was asked for has come, or nobody wants the rest: what still comes is thrown away. */
  #complete = false;
  /** The server has ended the stream. */
  #closed = false;
  #ending = false;
  limited = false;
  failure: unknown;
  /** Commit record of the transaction whose changes are coming. */
  open: Lsn | undefined;

  constructor(options: LogRange) {
    this.#options = options;
    this.#epoch = epochOf(options.upTo);
    this.#bytes = Buffer.allocUnsafeSlow(options.blockBytes * 2);
  }

  async *blocks(): AsyncGenerator<Buffer> {
    for (;;) {
      if (this.#lent) this.#free.push(this.#lent);
      this.#lent = undefined;
      if (this.failure !== undefined) throw this.failure;
      const waiting = this.#waiting;
      if (waiting !== undefined) {
        this.#waiting = undefined;
        this.#lent = waiting.memory;
        if (!this.#complete) this.#stream?.resume();
        yield waiting.block;
        continue;
      }
      if (this.#complete) return;
      await this.#woken();
    }
  }

  fail(reason: unknown): void {
    this.failure ??= reason;
    this.#complete = true;
    this.#wake?.();
  }

  /** Acknowledges `confirmed`, where given, and ends the stream in order: then the server has let go of the slot. */
  async end(confirmed?: Lsn): Promise<void> {
    if (!this.#ending && !this.#closed) {
      this.#ending = true;
      this.#complete = true;
      this.#waiting = undefined;
      // A message that has come in part stays: without its beginning, no later one could be told from its content.
      this.#drop(this.#whole);
      if (confirmed !== undefined) this.#sendStatus(confirmed);
      this.#stream?.write(COPY_DONE);
      this.#stream?.resume();
    }
    while (!this.#closed) await this.#woken();
    if (this.failure !== undefined) throw this.failure;
  }

  #woken(): Promise<void> {
    return new Promise(resolve => {
      this.#wake = resolve;
    });
  }

  submit(wire: Wire): void {
    this.#stream = wire.stream;
    const [driver, ...others] = wire.stream.listeners('data');
    if (driver === undefined || others.length > 0) throw new Error('The connection is already being read.');
    this.#driver = driver as (chunk: Buffer) => void;
    wire.stream.removeListener('data', this.#driver);
    wire.stream.on('data', this.#onData);
    wire.stream.once('close', this.#onClose);
    this.#status = setInterval(() => this.#sendStatus(ZERO_LSN), STATUS_MS);
    wire.query(startSql(this.#options));
  }

  handleError(error: Error): void {
    this.fail(error);
    this.#close();
  }
  handleCommandComplete(): void {}
  handleCopyData(): void {}
  handleReadyForQuery(): void {
    this.#close();
  }

  readonly #onClose = () => {
    if (!this.#closed) this.fail(new Error('The connection was closed while reading the change log.'));
    this.#close();
  };

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (!this.#ending) this.fail(new Error('The server ended the change log.'));
    clearInterval(this.#status);
    this.#stream!.removeListener('close', this.#onClose);
    this.#stream!.removeListener('data', this.#onData);
    this.#stream!.on('data', this.#driver!);
    this.#wake?.();
  }

  /** Position zero acknowledges nothing; the server is asked to tell how far it is. */
  #sendStatus(confirmed: Lsn): void {
    if (this.#closed || (this.#ending && confirmed === ZERO_LSN)) return;
    this.#stream!.write(statusUpdate(confirmed));
  }

  readonly #onData = (chunk: Buffer) => {
    this.#append(chunk);
    this.#scan();
    if (this.#closed) this.#driver!(Buffer.from(this.#bytes.subarray(this.#whole, this.#length)));
    else if (this.#complete) this.#drop(this.#whole);
    else if (this.#whole >= this.#options.blockBytes) this.#handOver();
  };

  #append(chunk: Buffer): void {
    const end = this.#length + chunk.byteLength;
    if (end > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafeSlow(Math.max(end, this.#bytes.byteLength * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length);
    this.#length = end;
  }

  /** Walks over whole messages and sees where what was asked for ends. */
  #scan(): void {
    while (this.#whole + WIRE_HEADER_BYTES <= this.#length) {
      const at = this.#whole;
      const end = wireEnd(this.#bytes, at);
      if (end > this.#length) return;
      if (this.#bytes[at] !== COPY_DATA) {
        this.#cutOut(at, end);
        continue;
      }
      stampEpoch(this.#bytes, at, this.#epoch);
      if (this.#complete || !this.#isEnd(this.#bytes, at)) this.#whole = end;
      else {
        this.#handOver();
        this.#complete = true;
      }
    }
  }

  /** Whether everything that was asked for came before this message. */
  #isEnd(bytes: Buffer, at: number): boolean {
    const position = keepalivePosition(bytes, at);
    if (position !== undefined) return position >= this.#options.upTo;
    const tag = dataTag(bytes, at);
    if (tag === undefined) return false;
    this.#messages++;
    if (tag === TAG.commit) this.open = undefined;
    if (tag !== TAG.begin) return false;
    this.open = transactionOf(bytes, at);
    if (this.open >= this.#options.upTo) return true;
    this.limited = this.#messages > this.#options.changes;
    return this.limited;
  }

  /** A notice, an error, the end: the driver's. CopyBothResponse says nothing new. */
  #cutOut(start: number, end: number): void {
    const message = Buffer.from(this.#bytes.subarray(start, end));
    this.#bytes.copyWithin(start, end, this.#length);
    this.#length -= end - start;
    if (message[0] !== COPY_BOTH) this.#driver!(message);
  }

  #drop(end: number): void {
    this.#bytes.copyWithin(0, end, this.#length);
    this.#length -= end;
    this.#whole = 0;
  }

  #handOver(): void {
    this.#stream!.pause();
    this.#wake?.();
    if (this.#whole === 0) return;
    const block = this.#bytes.subarray(0, this.#whole);
    const usual = this.#options.blockBytes * 2;
    const memory = this.#bytes.byteLength === usual ? this.#bytes : undefined;
    const rest = this.#bytes.subarray(this.#whole, this.#length);
    const next =
      (rest.byteLength <= usual && this.#free.pop()) || Buffer.allocUnsafeSlow(Math.max(usual, rest.byteLength));
    rest.copy(next);
    this.#bytes = next;
    this.#length = rest.byteLength;
    this.#whole = 0;
    // Paused since the block before was handed over, so at most what the socket had read already comes on top.
    this.#waiting =
      this.#waiting === undefined
        ? { block, memory }
        : { block: Buffer.concat([this.#waiting.block, block]), memory: undefined };
  }
}
