/**
 * A TCP socket that reads into a single buffer. A normal socket allocates 64 KiB per read, and for a large export the
 * garbage collector would run longer than the reading itself. Invariant: a listener gets a copy unless it declares that
 * it is done with the bytes when it returns.
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
    // The types have `onread` only for connect(), which the driver calls without it; the constructor also accepts it.
    const options = { onread: { buffer, callback: take } };
    super(options);
  }
}
