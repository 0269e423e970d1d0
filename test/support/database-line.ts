/**
 * A proxy between a client and PostgreSQL that breaks connections: the test decides what passes, stalls, is cut or
 * refused.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

export interface DatabaseLine {
  /** The given URL through the line. */
  url(original: string): string;
  /** No byte passes any more; connections stay open, as behind a load balancer with a vanished server. */
  stall(): void;
  /** The same, once a connection has passed this many bytes from the server. */
  stallAfter(bytes: number): void;
  /** Resets every connection. */
  reset(): void;
  /** Resets the next connection after this many bytes from the server, then the one after it, and so on. */
  cutAfter(...bytes: number[]): void;
  /** Answers the next connections as a server that is starting up. */
  starting(connections: number): void;
  /** Bytes pass again. */
  mend(): void;
  readonly connections: number;
  /** From the server, on the newest connection. */
  readonly bytes: number;
  /** Times that the server was done with what a client had sent, on all connections, their logins left out. */
  readonly roundTrips: number;
  stop(): Promise<void>;
}

const STARTING = Buffer.from('SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0');

export async function databaseLine(port: number): Promise<DatabaseLine> {
  const pairs = new Set<readonly [Socket, Socket]>();
  const cuts: number[] = [];
  let stalled = false;
  let stallAt = Number.POSITIVE_INFINITY;
  let starting = 0;
  let connections = 0;
  let newest = 0;
  let roundTrips = 0;
  // A side that says goodbye is not answered by the line itself: only the other side can do that.
  const listener: Server = createServer({ allowHalfOpen: true }, client => {
    connections += 1;
    client.on('error', () => {});
    if (starting > 0) {
      starting -= 1;
      client.once('data', () => client.end(errorMessage(STARTING)));
      return;
    }
    const server = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    const pair = [client, server] as const;
    pairs.add(pair);
    const cut = cuts.shift() ?? Number.POSITIVE_INFINITY;
    let seen = 0;
    const ready = countMessages('Z', count => {
      if (count > 1) roundTrips += 1;
    });
    client.on('data', bytes => {
      if (!stalled) server.write(bytes);
    });
    server.on('data', bytes => {
      if (stalled) return;
      seen += bytes.byteLength;
      newest = seen;
      stalled = seen > stallAt;
      if (stalled) return;
      if (seen > cut) return breakPair(pair);
      ready(bytes);
      client.write(bytes);
    });
    for (const side of pair) {
      side.on('error', () => {});
      side.on('end', () => {
        if (!stalled) (side === client ? server : client).end();
      });
      side.on('close', () => {
        // A stalled line does not report that the other side disconnected.
        if (stalled) return;
        pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
  });
  await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
  const breakPair = (pair: readonly [Socket, Socket]) => {
    pairs.delete(pair);
    pair[0].resetAndDestroy();
    pair[1].destroy();
  };
  return {
    url: original => {
      const url = new URL(original);
      url.port = String((listener.address() as AddressInfo).port);
      url.hostname = '127.0.0.1';
      return url.href;
    },
    stall: () => {
      stalled = true;
    },
    stallAfter: bytes => {
      stallAt = bytes;
    },
    reset: () => {
      for (const pair of pairs) breakPair(pair);
    },
    cutAfter: (...bytes) => void cuts.push(...bytes),
    starting: count => {
      starting = count;
    },
    mend: () => {
      stalled = false;
      stallAt = Number.POSITIVE_INFINITY;
    },
    get connections() {
      return connections;
    },
    get bytes() {
      return newest;
    },
    get roundTrips() {
      return roundTrips;
    },
    stop: async () => {
      for (const pair of pairs) breakPair(pair);
      await new Promise<void>(resolve => listener.close(() => resolve()));
    },
  };
}

function errorMessage(body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(body.byteLength + 4, 1);
  return Buffer.concat([head, body]);
}

/** Reads a server's messages as they come in pieces; calls back for each of the type, with how many there were. */
function countMessages(type: string, found: (count: number) => void): (bytes: Buffer) => void {
  let head = Buffer.alloc(0);
  let skip = 0;
  let count = 0;
  return bytes => {
    for (let at = 0; at < bytes.byteLength; ) {
      const skipped = Math.min(skip, bytes.byteLength - at);
      skip -= skipped;
      at += skipped;
      const taken = bytes.subarray(at, at + 5 - head.byteLength);
      if (skip > 0 || taken.byteLength === 0) return;
      head = Buffer.concat([head, taken]);
      at += taken.byteLength;
      if (head.byteLength < 5) return;
      if (head.toString('latin1', 0, 1) === type) found(++count);
      skip = head.readInt32BE(1) - 4;
      head = Buffer.alloc(0);
    }
  };
}
