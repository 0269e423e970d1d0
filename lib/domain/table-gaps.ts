/**
 * Gaps of single tables in the log. A suspect table (the log may lack changes of it) is recoverable again from a
 * snapshot that read it again; an unprotected one (its changes cannot be replayed) only once a run found that they can
 * be. Invariant: no restore writes rows of a table that were replayed across such a gap.
 */
import { TargetError } from './errors.ts';
import type { GapEntry } from './log-manifest.ts';
import { type Lsn, parseLsn } from './lsn.ts';
import type { TableName } from './table-schema.ts';

/** A backup with a replay start at or after it does not need the missing log; null: not known yet. */
export function gapEnd(gap: Pick<GapEntry, 'reason' | 'to' | 'seen'>): string | null {
  if (gap.reason === 'unprotected') return gap.to;
  return gap.seen ?? gap.to;
}

export interface TableGap {
  readonly tables: readonly TableName[];
  readonly reason: GapEntry['reason'];
  readonly detail: string | null;
  /** The gap has ended, with or without a snapshot since. */
  readonly ended: boolean;
  readonly from: { readonly lsn: string; readonly time: string };
  /** The first moment from which the tables can be restored again; null: none yet. */
  readonly to: { readonly lsn: string; readonly time: string } | null;
}

interface Snapshot {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly toTime: string;
  readonly read?: string | undefined;
}

/** The gaps that concern tables, with the snapshot that ends each. `stored`: the tenant's backups. */
export function tableGaps(gaps: readonly GapEntry[], stored: readonly Snapshot[]): TableGap[] {
  return gaps.flatMap(gap => {
    if (!gap.tables) return [];
    const end = gapEnd(gap);
    const closing = stored
      .filter(item => item.kind === 'snapshot' && end !== null && parseLsn(item.from) >= parseLsn(end))
      .reduce<Snapshot | undefined>(
        (first, item) => (first && parseLsn(first.to) <= parseLsn(item.to) ? first : item),
        undefined,
      );
    return [
      {
        tables: gap.tables,
        reason: gap.reason,
        detail: gap.detail ?? null,
        ended: end !== null,
        from: { lsn: gap.from, time: gap.fromTime },
        to: closing ? { lsn: closing.to, time: closing.toTime } : null,
      },
    ];
  });
}

/** The range of a restore: where it starts, and how far it replays the log. */
interface Planned {
  readonly target: Lsn;
  /** If a time was requested: no row change shows where between two positions the DDL was. */
  readonly time?: string | undefined;
  readonly snapshot: Snapshot;
  /** False for a snapshot without replay. */
  readonly replayed: boolean;
  readonly tables: ReadonlySet<TableName>;
}

/** Refuses a target in a gap of a table of the restore: TargetError `tables-in-gap`. */
export function refuseTablesInGap(gaps: readonly GapEntry[], stored: readonly Snapshot[], at: Planned): void {
  const crossed = gaps.filter(gap => gap.tables?.some(table => at.tables.has(table)) && crosses(gap, at));
  if (crossed.length === 0) return;
  const found = tableGaps(crossed, stored);
  const names = [...new Set(found.flatMap(gap => gap.tables))].filter(table => at.tables.has(table)).sort();
  const causes = found.map(({ tables, reason, detail, from, to }) => {
    const why =
      detail ?? (reason === 'unprotected' ? 'its changes cannot be replayed' : 'the log may lack some of its changes');
    return `${tables.filter(table => at.tables.has(table)).join(', ')}: ${why}, from ${from.time} (${from.lsn}) to ${to ? `${to.time} (${to.lsn})` : 'now'}`;
  });
  const before = found.map(gap => gap.from).reduce((a, b) => (parseLsn(a.lsn) < parseLsn(b.lsn) ? a : b));
  const after = found.some(gap => gap.to === null)
    ? null
    : found.map(gap => gap.to!).reduce((a, b) => (parseLsn(a.lsn) > parseLsn(b.lsn) ? a : b));
  const nearest = after
    ? `The nearest moments for all tables are ${before.time} (${before.lsn}) and ${after.time} (${after.lsn}).`
    : `The nearest moment for all tables is ${before.time} (${before.lsn}).`;
  throw new TargetError(
    'tables-in-gap',
    `The target is outside the recovery window of ${names.join(', ')}: the log may be incomplete there (${causes.join('; ')}).`,
    {
      hint: `${nearest} Or exclude these tables by name: ${names.map(name => `--exclude ${name}`).join(' ')}.`,
      details: { tables: names, before, after },
    },
  );
}

/**
 * A snapshot without replay is correct if it read the table in full: as a full read, or because the gap was already
 * known.
 */
function crosses(gap: GapEntry, { target, time, snapshot, replayed }: Planned): boolean {
  if (target <= parseLsn(gap.from)) return false;
  const end = replayed ? gapEnd(gap) : (gap.seen ?? gap.to);
  const beyond = end !== null && parseLsn(snapshot.from) >= parseLsn(end);
  if (!replayed) return !beyond && snapshot.read !== 'full';
  return !beyond || (time !== undefined && snapshot.toTime > time && gap.fromTime < time);
}
