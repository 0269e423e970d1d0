/**
 * A TCP socket that reads into one buffer of its own. A usual socket allocates 64 KiB for each read, which for a large
 * export keeps the garbage collector busy for longer than reading itself takes. Invariant: whoever does not say that it
 * is done with the bytes when its listener returns gets a copy.
 */
import { Socket } from 'node:net';

const READ_BYTES = 256 * 1024;

export class CopySocket extends Socket {
  /** While true, bytes given to `data` listeners are valid during the call only. */
  lent = false;

  constructor() {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    const take = (length: number): boolean => {
      const bytes = buffer.subarray(0, length);
      this.emit('data', this.lent ? bytes : Buffer.from(bytes));
      return true;
    };
    // The types know `onread` only for connect(), which the driver calls without it; the constructor takes it as well.
    const options = { onread: { buffer, callback: take } };
    super(options);
  }
}
