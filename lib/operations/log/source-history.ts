/**
 * Proves for the shipper that the server is the one whose log was shipped, or continues its WAL (a failover). Invariant:
 * nothing is shipped in the source epoch of another server's log. A new epoch begins only when a person confirms the
 * server by name (start-of-epoch.ts).
 */
import { LogBody } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import { hasHistory, positionIn, type SourceIdentity, type TimelineSwitch, walOf } from '../../domain/source-epoch.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { readTimelineHistory } from '../../postgres/server/source-identity.ts';
import { heads, type RunItem, runs } from '../catalog/catalog-index.ts';
import { positionBehind, sourceReplaced } from '../catalog/current-source.ts';
import { epochOfRun } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import { readManifest } from '../storage/manifest-store.ts';

type HistoryDeps = Pick<Context, 'source' | 'vault' | 'keyring' | 'signer' | 'catalog' | 'epochTurn'>;

/**
 * For the shipper, which settles what happened to the source: the identity to record with its runs. `end`: how far its
 * WAL is durable. Throws SourceError `source-replaced`, `position-behind`.
 */
export async function continuedBy(
  ctx: HistoryDeps,
  identity: SourceIdentity,
  latest: RunItem,
  end: Lsn,
): Promise<SourceIdentity> {
  const last = parseLsn(latest.to);
  if (await isFromElsewhere(ctx, latest)) throw sourceReplaced(identity, latest);
  const then = await loggedSource(ctx, latest);
  if (then.system !== identity.system) throw sourceReplaced(identity, latest);
  if (last > end) throw positionBehind(last, end, identity);
  if (then.timeline === identity.timeline) return then as SourceIdentity;
  if (await hasShipped(ctx, identity)) throw sourceReplaced(identity, latest);
  const history = await readTimelineHistory(ctx.source, identity.timeline);
  const logged = then.timeline === undefined ? undefined : { system: then.system, timeline: then.timeline };
  if (logged && !hasHistory(identity, history, logged, walOf(last))) throw sourceReplaced(identity, latest);
  return withHistory(identity, history, epochOfRun(latest));
}

/** Where the log begins on a server: its identity, with the timelines that led to it. */
export async function beginningOf(ctx: HistoryDeps, identity: SourceIdentity, epoch: number): Promise<SourceIdentity> {
  return withHistory(identity, await readTimelineHistory(ctx.source, identity.timeline), epoch);
}

/**
 * Whether regions share the catalog, and the run came late from the other one's copy: the head, which each shipper writes with
 * its run, still names the last one here. A timeline does not tell it where it never changes (Aurora).
 */
async function isFromElsewhere({ catalog, epochTurn }: HistoryDeps, latest: RunItem): Promise<boolean> {
  if (epochTurn === undefined) return false;
  const head = await heads.get(catalog, SYSTEM);
  // Keys of runs are in log order. A run that a rebuild left out may be the head, and is before nothing.
  return head !== undefined && head.item.id !== latest.id && head.item.key < latest.key;
}

/**
 * Whether the log has a run of this very timeline. A newer one of an earlier timeline is then of another server, which still
 * wrote on that: the region that was left had begun an epoch, and this one heard of it only now. Reads the whole list, once
 * after a timeline began.
 */
async function hasShipped({ catalog }: HistoryDeps, { system, timeline }: SourceIdentity): Promise<boolean> {
  let found = false;
  await runs.tail(catalog, ({ source }) => {
    found = source?.system === system && source.timeline === timeline;
    return !found;
  });
  return found;
}

function withHistory(identity: SourceIdentity, history: readonly TimelineSwitch[], epoch: number): SourceIdentity {
  if (history.length === 0) return identity;
  const left = history.map(({ timeline, at }) => ({ timeline, at: formatLsn(positionIn(epoch, at)) }));
  return { ...identity, left };
}

/** Manifests of earlier versions name only the system, in their bodies. */
async function loggedSource(
  deps: Pick<Deps, 'vault' | 'keyring' | 'signer'>,
  { key, sha256, source }: RunItem,
): Promise<Partial<SourceIdentity> & Pick<SourceIdentity, 'system'>> {
  if (source !== undefined) return source;
  const { body } = await readManifest(deps, key, LogBody, { tenant: SYSTEM, kind: 'log', sha256 });
  return { system: body.server.system };
}
