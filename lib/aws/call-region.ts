/**
 * Calls the function of the other region that stops and allows the application's writes there: the network of a database
 * need not be reached from another region. Invariant: an answer that did not arrive is an error, never a "yes".
 */
import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { SourceError } from '../domain/errors.ts';
import { StoppedAt } from '../domain/stopped-at.ts';
import { readCause } from '../domain/workflow-failure.ts';
import type { LeavingRegion } from './rds-failover.ts';
import { faultName } from './transient.ts';

const Answer = z.object({ stopped: StoppedAt.nullable() });

/** `name`: of the function there. SourceError `region-not-reached`, `writes-not-stopped`. */
export function leavingRegion(lambda: () => Promise<LambdaClient>, name: string): LeavingRegion {
  const call = async (action: 'probe' | 'stop-writes' | 'stop-all-writes' | 'allow-writes') => {
    const Payload = JSON.stringify({ do: action });
    const answer = await (await lambda()).send(new InvokeCommand({ FunctionName: name, Payload })).catch(cause => {
      throw notReached(faultName(cause), cause);
    });
    const body: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null');
    if (answer.FunctionError !== undefined) throw notDone(body);
    return Answer.parse(body);
  };
  return {
    reachesOther: () =>
      call('probe').then(
        () => true,
        () => false,
      ),
    async stopWrites(all) {
      const { stopped } = await call(all ? 'stop-all-writes' : 'stop-writes');
      if (stopped === null) throw notReached('no position');
      return stopped;
    },
    async allowWrites() {
      await call('allow-writes');
    },
  };
}

function notDone(body: unknown): SourceError {
  const cause = readCause(JSON.stringify(body));
  if (cause === undefined) return notReached('the function failed');
  return new SourceError('writes-not-stopped', `The region that is left: ${cause.message}`, { hint: cause.hint });
}

function notReached(why: string, cause?: unknown): SourceError {
  return new SourceError('region-not-reached', `The region that is left does not answer (${why}).`, {
    hint: 'Where it is lost, fail over without --planned, and state that it is fenced (docs/failover.md).',
    ...(cause !== undefined && { cause }),
  });
}
