/**
 * An installation in two regions, as two machines have it: each with its database (a primary and its standby), its vault, its
 * catalog and its lease. The test says when the vault is replicated, and which machine is lost.
 */
import { REGION_STATES_PREFIX } from '../../lib/domain/object-key.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { epochTurnOf } from '../../lib/domain/source-epoch.ts';
import type { Server } from '../../lib/local/embedded-postgres.ts';
import type { FailoverDeps } from '../../lib/operations/failover/failover-steps.ts';
import { regionLease } from '../../lib/operations/failover/region-lease.ts';
import { proposeState } from '../../lib/operations/failover/region-places.ts';
import type { Vault } from '../../lib/ports.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { replicaFailover } from '../../lib/postgres/server/replica.ts';
import type { Regions } from '../../lib/region-ports.ts';
import { type LocalDeps, localDeps } from './local-deps.ts';
import { memoryVault } from './memory-vault.ts';
import { createDatabase, type PgVersion } from './postgres.ts';
import { ensurePublication } from './publication.ts';
import { execute, type ReplicatedServers, replicatedServers, untilTrue } from './replicated-servers.ts';
import { APP_MODEL, APP_SQL } from './restore-fixture.ts';

export interface RegionPair {
  readonly servers: ReplicatedServers;
  readonly database: string;
  /** The server in each region now. */
  readonly at: { a: Server; b: Server };
  readonly moved: string[];
  /** The vault of the witness, where there is one. */
  readonly witness: Vault;
  /** What the machine in the region works with; `pause` of a waiting fail-over. */
  machine(region: 'a' | 'b', more?: Partial<FailoverDeps>): FailoverDeps;
  sql(region: 'a' | 'b', text: string): Promise<Record<string, unknown>[]>;
  /** Copies what the other vault lacks; the states of the regions are each place's own. */
  replicate(from: 'a' | 'b'): Promise<void>;
  /** The standby has everything. */
  caughtUp(): Promise<void>;
  /** No request reaches the vault any more. */
  lose(region: 'a' | 'b'): void;
  find(region: 'a' | 'b'): void;
  /** The server in that region becomes a standby of the other. */
  rejoin(region: 'a' | 'b'): Promise<void>;
  dispose(): Promise<void>;
}

const other = (region: 'a' | 'b') => (region === 'a' ? 'b' : 'a');

/** `hasWitness`: a third place, and a region that finds the other lost takes over by itself. */
export async function regionPair(version: PgVersion, hasWitness = false): Promise<RegionPair> {
  const servers = replicatedServers(version);
  const first = await servers.start('a');
  const made = await createDatabase(first.url, version);
  await made.query(APP_SQL);
  const { name } = made;
  const deps = { a: await localDeps(), b: await localDeps() };
  const lost = new Set<string>();
  await withConnection(made.source, 'test', connection =>
    ensurePublication({ model: APP_MODEL, publication: 'holdfast' }, connection),
  );
  const { primary, standby } = await servers.standbyOf(first, 'b', name);
  const at = { a: primary, b: standby };
  const urlOf = (region: 'a' | 'b') => Object.assign(new URL(at[region].url), { pathname: `/${name}` }).href;
  const moved: string[] = [];
  const clock = { now: () => new Date() };
  const witness = memoryVault(clock);
  const third = hasWitness ? [{ region: 'w', witness: true, vault: witness }] : [];
  const line = (region: 'a' | 'b'): Vault => reached(deps[region].vault, () => !lost.has(region));

  const pair: RegionPair = {
    ...{ servers, database: name, at, moved, witness },
    machine(region, more = {}) {
      const source = { url: urlOf(region) };
      const regions: Regions = {
        ...{ region, home: 'a', leaseSeconds: 3, drainSeconds: 60 },
        places: [
          { region: 'a', witness: false, vault: line('a') },
          { region: 'b', witness: false, vault: line('b') },
          ...third,
        ],
        automatic: hasWitness,
        database: replicaFailover({ url: urlOf(other(region)) }, source),
        traffic: { move: async to => void moved.push(to) },
      };
      // One set of keys for both regions.
      const { keyring, signer } = deps.a;
      const own = { ...deps[region], keyring, signer, clock, source, regions };
      const lease = regionLease({ ...own, ...regions }, region);
      return {
        ...own,
        ...{ model: APP_MODEL, settings: defaultSettings(), slot: 'holdfast', publication: 'holdfast' },
        ...{ requireActive: lease.require, epochTurn: epochTurnOf(['a', 'b'], 'a', region), ...more },
      };
    },
    sql: (region, text) => execute(urlOf(region), text),
    replicate: from => copyObjects(deps[from], deps[other(from)]),
    async caughtUp() {
      const [row] = await execute(at.a.url, 'SELECT pg_current_wal_insert_lsn()::text AS at');
      await untilTrue(at.b.url, `coalesce(pg_last_wal_replay_lsn() >= '${row!.at}', false)`);
    },
    lose: region => void lost.add(region),
    find: region => void lost.delete(region),
    async rejoin(region) {
      const again = await servers.standbyOf(at[other(region)], `${region}-again`, name);
      at[other(region)] = again.primary;
      at[region] = again.standby;
    },
    async dispose() {
      await servers.dispose();
      await deps.a.dispose();
      await deps.b.dispose();
    },
  };
  // Long ago: within an hour of the last change, no region takes over by itself.
  const machine = pair.machine('a', { clock: { now: () => new Date(Date.now() - 2 * 3600 * 1000) } });
  await proposeState(
    { ...machine, ...machine.regions },
    { active: 'a', phase: 'healthy', fenced: [], by: 'ann', reason: 'set up', planned: true },
  );
  return pair;
}

function reached(vault: Vault, isReached: () => boolean): Vault {
  const guarded =
    (name: keyof Vault) =>
    (...args: unknown[]) => {
      if (!isReached()) throw new Error('The region is lost.');
      return (vault[name] as (...given: unknown[]) => unknown).apply(vault, args);
    };
  const names = ['put', 'get', 'head', 'list', 'keys', 'extendRetention', 'setHold', 'delete'] as const;
  return Object.fromEntries(names.map(name => [name, guarded(name)])) as unknown as Vault;
}

async function copyObjects(from: LocalDeps, to: LocalDeps): Promise<void> {
  for await (const key of from.vault.keys('')) {
    if (key.startsWith(REGION_STATES_PREFIX) || (await to.vault.head(key))) continue;
    const { retainUntil } = (await from.vault.head(key))!;
    await to.vault.put(key, await from.vault.get(key), { retainUntil });
  }
}
