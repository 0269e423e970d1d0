/**
 * A proxy between an SDK client and a server that injects the faults of networks and services. Headers of requests pass
 * unchanged, so that signatures stay valid. The test decides which request gets which fault: by a queue, or by a seeded
 * sequence that can be replayed.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/**
 * - `unavailable`, `throttled`: answered 503 or 400 at once, the server never hears of it
 * - `reset`: the connection breaks before the server hears of it
 * - `silence`: no answer ever, the server never hears of it
 * - `cut-request`: half of the request's body reaches the server, then the connection breaks
 * - `lost-answer`: the server does it, the connection breaks instead of the answer
 * - `silent-answer`: the server does it, no answer ever
 * - `cut-answer`: half of the answer's body arrives, then the connection breaks
 * - `stalled-answer`: half of the answer's body arrives, then nothing
 */
export const FAULTS = [
  'unavailable',
  'throttled',
  'reset',
  'silence',
  'cut-request',
  'lost-answer',
  'silent-answer',
  'cut-answer',
  'stalled-answer',
] as const;
export type Fault = (typeof FAULTS)[number];

export type Decision = (n: number, attempt: number) => Fault | undefined;

export interface FaultyProxy {
  readonly endpoint: string;
  /** Faults for the next requests, one each; undefined lets one pass. */
  next(...faults: (Fault | undefined)[]): void;
  /** Decides for every request without a queued fault: `n` counts them from 0, `attempt` is the SDK's, from 1. */
  decide(by: Decision | undefined): void;
  /** Requests seen, and faults injected, since the last call of `next` or `decide`. */
  readonly seen: { requests: number; faults: number };
  stop(): Promise<void>;
}

export async function startFaultyProxy(port: number): Promise<FaultyProxy> {
  const queue: (Fault | undefined)[] = [];
  const seen = { requests: 0, faults: 0 };
  let by: Decision | undefined;
  const server: Server = createServer({ keepAlive: true }, (incoming, outgoing) => {
    const n = seen.requests++;
    const fault = queue.length > 0 ? queue.shift() : by?.(n, attemptOf(incoming));
    if (fault) seen.faults++;
    void pass(port, incoming, outgoing, fault);
  });
  const sockets = new Set<Socket>();
  server.on('connection', socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const restart = () => Object.assign(seen, { requests: 0, faults: 0 });
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    next(...faults) {
      restart();
      queue.splice(0, queue.length, ...faults);
    },
    decide(decision) {
      restart();
      queue.length = 0;
      by = decision;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** A repeatable sequence of faults: `share` of the requests, the same for the same seed (mulberry32). */
export function stormOf(seed: number, share: number, faults: readonly Fault[] = FAULTS): Decision {
  return n => {
    let state = (seed * 7919 + n * 104729) >>> 0;
    const random = () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
    return random() < share ? faults[Math.floor(random() * faults.length)] : undefined;
  };
}

/** Every request gets the fault once. */
export function firstAttempts(fault: Fault): Decision {
  return (_, attempt) => (attempt === 1 ? fault : undefined);
}

function attemptOf(incoming: IncomingMessage): number {
  return Number(/attempt=(\d+)/.exec(String(incoming.headers['amz-sdk-request']))?.[1] ?? 1);
}

/** Headers of a single connection. */
const HOP = /^(connection|keep-alive|transfer-encoding|expect)$/i;

async function pass(
  port: number,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  outgoing.on('error', () => {});
  if (fault === 'reset') return void incoming.socket.resetAndDestroy();
  if (fault === 'silence') return;
  const body = await wholeOf(incoming);
  if (body === undefined) return;
  if (fault === 'unavailable' || fault === 'throttled') return refuse(incoming, outgoing, fault);
  const { method, url } = incoming;
  const headers = headersOf(incoming);
  const forward = httpRequest({ host: '127.0.0.1', port, method, path: url, headers, agent: false });
  forward.on('error', () => incoming.socket.destroy());
  if (fault === 'cut-request') {
    forward.write(body.subarray(0, body.length >> 1), () => {
      forward.destroy();
      incoming.socket.resetAndDestroy();
    });
    return;
  }
  forward.on('response', async answer => {
    const whole = await wholeOf(answer);
    if (whole === undefined || fault === 'lost-answer') return void incoming.socket.resetAndDestroy();
    if (fault === 'silent-answer') return;
    outgoing.writeHead(answer.statusCode!, headersOf(answer));
    if (fault !== 'cut-answer' && fault !== 'stalled-answer') return void outgoing.end(whole);
    if (whole.length === 0) return void incoming.socket.resetAndDestroy();
    outgoing.write(whole.subarray(0, whole.length >> 1), () => {
      if (fault === 'cut-answer') incoming.socket.resetAndDestroy();
    });
  });
  forward.end(body);
}

/** Undefined where the other side disconnected. */
async function wholeOf(message: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of message) pieces.push(piece);
  } catch {
    return undefined;
  }
  return Buffer.concat(pieces);
}

/** Names and values alternating, as received. */
function headersOf(message: IncomingMessage): string[] {
  return message.rawHeaders.filter((_, at) => !HOP.test(message.rawHeaders[at - (at % 2)]!));
}

/** In the client's protocol: JSON of DynamoDB and KMS, XML of the query services, XML of S3. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, fault: 'unavailable' | 'throttled'): void {
  const [status, code] = fault === 'unavailable' ? [503, 'SlowDown'] : [400, 'ThrottlingException'];
  const message = 'Please reduce your request rate.';
  const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const asked = incoming.headers['content-type'] ?? '';
  const json = asked.includes('json');
  outgoing.writeHead(status as number, { 'content-type': json ? 'application/x-amz-json-1.1' : 'application/xml' });
  if (json) outgoing.end(JSON.stringify({ __type: code, message }));
  else outgoing.end(asked.includes('urlencoded') ? `<ErrorResponse>${xml}</ErrorResponse>` : xml);
}
