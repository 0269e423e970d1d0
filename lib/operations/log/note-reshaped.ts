/**
 * Records for tables with added, dropped or renamed columns where in the log that happened. The event triggers record
 * it; without them it is anywhere between the end of the previous run and this run's view of the database.
 */

import type { Reshaping } from '../../domain/log-manifest.ts';
import { formatLsn } from '../../domain/lsn.ts';
import type { LogEnd } from '../../postgres/log/replication-slot.ts';
import type { LogStart } from './log-source.ts';
import type { DdlSpan } from './recorded-ddl.ts';

/** `reshaped`: by oid; null where the log has no position. */
export function noteReshaped(
  start: Pick<LogStart, 'from' | 'fromTime'>,
  end: LogEnd,
  reshaped: ReadonlyMap<number, DdlSpan | null>,
): Reshaping[] {
  return [...reshaped].map(([oid, told]) => {
    const from = told?.from ?? { lsn: start.from, time: start.fromTime };
    const to = told?.to ?? { lsn: end.lsn, time: end.timeAfter };
    return { oid, from: formatLsn(from.lsn), fromTime: from.time, to: formatLsn(to.lsn), toTime: to.time };
  });
}
