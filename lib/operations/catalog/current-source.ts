/**
 * The server that is read, and the source epoch in which its LSNs are positions. Invariant: nothing is read at a position
 * of another server's log: LSNs of two histories do not compare. What the catalog says is compared with the signed
 * manifests by whoever restores.
 */
import { isDeepStrictEqual } from 'node:util';
import { SourceError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, lsn, parseLsn } from '../../domain/lsn.ts';
import { positionIn, type SourceIdentity, walOf } from '../../domain/source-epoch.ts';
import type { Deps } from '../../ports.ts';
import type { Connection } from '../../postgres/connection.ts';
import { readSourceIdentity, writtenPosition } from '../../postgres/server/source-identity.ts';
import { type RunItem, runs } from './catalog-index.ts';
import { epochOfRun } from './log-items.ts';

/** The server at this moment, and the epoch in which its LSNs are positions. */
export interface CurrentSource {
  readonly epoch: number;
  readonly identity: SourceIdentity;
}

/**
 * For all that reads the database at a position. Throws SourceError `source-replaced`, `position-behind`, and
 * `source-changed` (retry auto) for a standby that was promoted since the last run: the shipper decides.
 */
export async function currentSource(
  { catalog }: Pick<Deps, 'catalog'>,
  connection: Connection,
): Promise<CurrentSource> {
  const identity = await readSourceIdentity(connection);
  const latest = await runs.latest(catalog);
  if (latest === undefined) return { epoch: 0, identity };
  const epoch = epochOfRun(latest);
  const then = latest.source;
  if (then && then.system !== identity.system) throw sourceReplaced(identity, latest);
  if (then && then.timeline !== identity.timeline) throw sourceChanged();
  const end = positionIn(epoch, await writtenPosition(connection));
  if (end < parseLsn(latest.to)) throw positionBehind(parseLsn(latest.to), end, identity);
  return { epoch, identity };
}

/** For work that was planned on a server and goes on elsewhere. Throws SourceError `source-changed` (retry auto). */
export async function sameSource(
  planned: { readonly epoch?: number | undefined; readonly source?: SourceIdentity | undefined },
  connection: Connection,
): Promise<CurrentSource> {
  const identity = await readSourceIdentity(connection);
  if (planned.source !== undefined && !isDeepStrictEqual(planned.source, identity)) throw sourceChanged();
  return { epoch: planned.epoch ?? 0, identity };
}

/** SourceError `source-changed` where a source epoch began since the plan was made. */
export async function mustBeCurrent({ catalog }: Pick<Deps, 'catalog'>, planned: { epoch?: number | undefined }) {
  const latest = await runs.latest(catalog);
  if (latest !== undefined && epochOfRun(latest) !== (planned.epoch ?? 0)) throw sourceChanged();
}

/** The name by which a person confirms a server. */
export function sourceName({ system, timeline }: SourceIdentity): string {
  return `${system}/${timeline}`;
}

function howToGoOn(identity: SourceIdentity): string {
  return `If the application now uses this server, begin a new source epoch: \`holdfast new-epoch --confirm ${sourceName(identity)}\` (on AWS, with --profile). Every tenant gets a new snapshot, and all earlier moments stay recoverable. If not, check the database URL.`;
}

export function sourceReplaced(identity: SourceIdentity, latest: Pick<RunItem, 'to' | 'toTime'>): SourceError {
  return new SourceError(
    'source-replaced',
    `The database is on server ${sourceName(identity)}, which does not have the WAL that was shipped up to ${latest.to} (${latest.toTime}): it is another server, or was restored or promoted from an earlier position.`,
    { hint: howToGoOn(identity), details: { source: sourceName(identity), shipped: latest.to } },
  );
}

export function positionBehind(last: Lsn, end: Lsn, identity: SourceIdentity): SourceError {
  return new SourceError(
    'position-behind',
    `The database is at ${formatLsn(lsn(walOf(end)))}, but its log was already shipped up to ${formatLsn(lsn(walOf(last)))}: it was restored to an earlier moment, or lost WAL in a failover.`,
    { hint: howToGoOn(identity), details: { source: sourceName(identity), shipped: formatLsn(last) } },
  );
}

function sourceChanged(): SourceError {
  return new SourceError('source-changed', 'The source was promoted or replaced since the work began.', {
    hint: 'The next run of the shipper decides whether the log continues: run holdfast ship, then try again.',
  });
}
