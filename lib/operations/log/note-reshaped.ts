/**
 * What a run notes of tables whose columns were added, dropped or renamed: where in the log that was. The event triggers
 * tell; without them it is anywhere from the end of the run before to what this run's view of the database shows.
 */

import type { Reshaping } from '../../domain/log-manifest.ts';
import { formatLsn } from '../../domain/lsn.ts';
import type { LogEnd } from '../../postgres/log/replication-slot.ts';
import type { LogStart } from './log-source.ts';
import type { ToldSpan } from './told-ddl.ts';

/** `reshaped`: by oid; null where the log does not tell the place. */
export function noteReshaped(
  start: Pick<LogStart, 'from' | 'fromTime'>,
  end: LogEnd,
  reshaped: ReadonlyMap<number, ToldSpan | null>,
): Reshaping[] {
  return [...reshaped].map(([oid, told]) => {
    const from = told?.from ?? { lsn: start.from, time: start.fromTime };
    const to = told?.to ?? { lsn: end.lsn, time: end.timeAfter };
    return { oid, from: formatLsn(from.lsn), fromTime: from.time, to: formatLsn(to.lsn), toTime: to.time };
  });
}
