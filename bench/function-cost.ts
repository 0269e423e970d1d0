/**
 * What a measured operation takes and costs on AWS, by the memory of its functions. Computed from what the processes took
 * and from counted requests: the model of lib/planner/function-time.ts, with the waiting for AWS as `holdfast cost` assumes
 * it, because the emulator is neither as fast nor as slow as AWS.
 */
import { priceOf } from '../lib/planner/aws-prices.ts';
import { ASSUMPTIONS } from '../lib/planner/fleet-profile.ts';
import { billedMs, type CallTime, gigabyteSeconds } from '../lib/planner/function-time.ts';
import type { MeasuredCall, Requests } from './function-cloud.ts';
import type { Operation } from './function-operations.ts';

const REGION = 'eu-central-1';

/** One call, with the start before it if there was one. */
export function callTime({ took, start, awsMs, inSequence }: MeasuredCall): CallTime {
  // What is neither the main thread's work nor a request is the database.
  const databaseMs = Math.max(0, took.wallMs - awsMs - took.mainMs);
  return {
    cpuMs: took.cpuMs + (start?.cpuMs ?? 0),
    mainMs: took.mainMs + (start?.mainMs ?? 0),
    waitMs: databaseMs + inSequence * ASSUMPTIONS.requestMs,
  };
}

/** Milliseconds from the first call to the last answer: the calls follow one another. */
export function operationMs({ calls }: Operation, memoryOf: (name: string) => number): number {
  return calls.reduce((sum, call) => sum + billedMs(callTime(call), memoryOf(call.name)), 0);
}

/** Dollars of one operation: its functions, and its requests, which are the same with any memory. */
export function operationUsd(operation: Operation, memoryOf: (name: string) => number) {
  const { calls, transitions } = operation;
  const sum = calls.reduce((all, call) => all + gigabyteSeconds(callTime(call), memoryOf(call.name)), 0);
  const { get, put, list, reads, writes, keys, signatures } = requestsOf(operation);
  const requests =
    usd('s3Get', get) +
    usd('s3Put', put + list) +
    usd('dynamoRead', reads) +
    // Transactions take two units.
    usd('dynamoWrite', 2 * writes) +
    usd('kmsRequest', keys) +
    usd('kmsSign', signatures) +
    usd('transition', transitions) +
    usd('lambdaRequest', calls.length);
  return { functions: usd('lambdaTime', sum), requests };
}

function usd(price: Parameters<typeof priceOf>[0], count: number): number {
  const { usd: each, per } = priceOf(price, REGION);
  return (count * each) / per;
}

export function requestsOf({ calls }: Pick<Operation, 'calls'>): Requests {
  const sum = (name: keyof Requests) => calls.reduce((all, { requests }) => all + requests[name], 0);
  return {
    ...{ get: sum('get'), put: sum('put'), list: sum('list'), reads: sum('reads'), writes: sum('writes') },
    ...{ keys: sum('keys'), signatures: sum('signatures'), others: sum('others') },
  };
}
