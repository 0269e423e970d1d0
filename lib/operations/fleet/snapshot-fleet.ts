/**
 * Snapshots of many tenants over few sessions: what they share (schema, model check, sizes) is read once. A tenant that is
 * being restored comes last. Invariant: one tenant's failure does not affect the others, and every tenant is either in
 * `ok` or in `failed`.
 */
import { HoldfastError } from '../../domain/errors.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId, TenantRef } from '../../domain/tenant.ts';
import type { Vault } from '../../ports.ts';
import { findTenant, listTenants } from '../../postgres/catalogs/tenant-list.ts';
import { type Connection, connect } from '../../postgres/connection.ts';
import { prepareSession } from '../../postgres/export/snapshot-view.ts';
import { asSourceError } from '../../postgres/source-error.ts';
import { countStatements, type StatementCount } from '../../postgres/statement-count.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { withoutDestroyed } from '../catalog/known-tenant.ts';
import { TURN_WAIT_MS } from '../catalog/tenant-turn.ts';
import { type Context, refOf } from '../context.ts';
import { lookAtLoad } from '../snapshot/await-room.ts';
import { openSession, type SnapshotSession } from '../snapshot/snapshot-session.ts';
import { readTenant, type SnapshotOptions } from '../snapshot/take-snapshot.ts';
import { whenBack } from '../when-back.ts';
import { dueForSnapshot } from './due-snapshots.ts';
import { knownTiers, mostUrgentFirst } from './in-priority.ts';
import { type LoadGovernor, loadGovernor, type SlowedDown } from './load-governor.ts';

/** Tenants of one session with packs and manifests being written to the vault. */
const STORING_AT_ONCE = 12;

export interface FleetResult {
  readonly ok: (BackupItem & { readonly tenant: TenantRef })[];
  readonly failed: { readonly tenant: TenantRef; readonly error: HoldfastError }[];
  /** Tables without backups because the model does not name them. */
  readonly unprotected: readonly TableName[];
  /** Where the load of the database slowed the run down. */
  readonly slowed?: SlowedDown;
  /** What the entire run took. */
  readonly cost: {
    /** SQL statements, including those of the run itself. */
    readonly statements: number;
    /** Objects put into the vault. */
    readonly objects: number;
    readonly keyring: { readonly generate: number; readonly decrypt: number };
  };
}

export interface FleetOptions extends SnapshotOptions {
  /** False: a tenant that is being restored fails with `tenant-in-restore`, and is not waited for. */
  readonly waits?: boolean;
  /** Only the tenants that are due by the hours of their tier. */
  readonly due?: boolean;
}

/**
 * Throws only for failures that concern all tenants: SourceError `cannot-connect` and others while the run's own facts
 * are read. `settings.tenantParallelism` tenants are read at the same time.
 */
export async function snapshotFleet(
  ctx: Context,
  which: readonly TenantId[] | 'all',
  options: FleetOptions = {},
): Promise<FleetResult> {
  const counted = countObjects(ctx.vault);
  const run: FleetRun = {
    ctx: { ...ctx, vault: counted.vault },
    options,
    statements: { count: 0 },
    ok: [],
    failed: [],
    total: 0,
  };
  const keys = { ...ctx.keyring.calls };
  const { first, session, waiting } = await whenBack(() => prepare(run, which), ctx.progress);
  run.total = waiting.length;
  const turnWaitMs = options.waits === false ? 0 : TURN_WAIT_MS;
  const about = { session, waiting, postponed: new Set<TenantId>(), turnWaitMs, known: which === 'all' };
  const { load, tenantParallelism } = ctx.settings;
  const workers = Math.max(1, Math.min(tenantParallelism, waiting.length));
  const shared = { ...about, governor: loadGovernor(workers, load, () => ctx.clock.now().getTime()) };
  await Promise.all(Array.from({ length: workers }, (_, index) => work(run, shared, index === 0 ? first : undefined)));
  return {
    ok: run.ok,
    failed: run.failed,
    unprotected: session.unprotected,
    ...slowedDown(shared.governor),
    cost: {
      statements: run.statements.count,
      objects: counted.count(),
      keyring: {
        generate: ctx.keyring.calls.generate - keys.generate,
        decrypt: ctx.keyring.calls.decrypt - keys.decrypt,
      },
    },
  };
}

async function prepare(run: FleetRun, which: readonly TenantId[] | 'all') {
  const first = await connectCounted(run);
  try {
    const session = await openSession(run.ctx, first);
    const listed = which === 'all' ? await listTenants(first, session.model, session.schemas) : which;
    const present = which === 'all' ? await withoutDestroyed(run.ctx, listed) : listed;
    const chosen = run.options.due ? await dueOf(run.ctx, present) : present;
    return { first, session, waiting: await mostUrgentFirst(run.ctx, chosen, 'back-up-fleet') };
  } catch (error) {
    await first.end().catch(() => {});
    throw asSourceError(error, 'preparing snapshots');
  }
}

async function dueOf(ctx: Context, ids: readonly TenantId[]): Promise<TenantId[]> {
  const refs = ids.map(id => refOf(ctx, id));
  const due = new Set(await dueForSnapshot(ctx, refs, await knownTiers(ctx)));
  return ids.filter((_, index) => due.has(refs[index]!));
}

interface FleetRun extends Pick<FleetResult, 'ok' | 'failed'> {
  readonly ctx: Context;
  readonly options: FleetOptions;
  readonly statements: StatementCount;
  total: number;
}

interface Shared {
  /** Read again by the worker that finds that the schema changed. */
  session: SnapshotSession;
  readonly waiting: TenantId[];
  /** A restore of these was running when their turn came. They are waited for once all others are done. */
  readonly postponed: Set<TenantId>;
  readonly governor: LoadGovernor;
  /** How long they are waited for. */
  readonly turnWaitMs: number;
  /** The tenants were listed from the database: they exist. */
  readonly known: boolean;
}

/**
 * Processes tenants until none is waiting, on one session, which is reopened if lost. Storing continues while further
 * tenants are read: it waits for disks and services, not for the database.
 */
async function work(run: FleetRun, shared: Shared, given: Connection | undefined): Promise<void> {
  let connection = given;
  const storing = new Set<Promise<void>>();
  for (let tenant = shared.waiting.shift(); tenant !== undefined; tenant = shared.waiting.shift()) {
    const ref = refOf(run.ctx, tenant);
    const asking = connection;
    const leave = await shared.governor.admit(asking && (() => lookAtLoad(run.ctx, asking)));
    try {
      const store: () => Promise<BackupItem> = await whenBack(async () => {
        connection ??= await connectCounted(run);
        try {
          return await read(run, shared, connection, tenant);
        } catch (error) {
          await connection.end().catch(() => {});
          connection = undefined;
          throw asSourceError(error, 'taking a snapshot');
        }
      }, run.ctx.progress).finally(leave);
      const stored: Promise<void> = store()
        .then(item => void run.ok.push({ ...item, tenant: ref }))
        .catch(reason => failed(run, ref, reason))
        .then(() => {
          storing.delete(stored);
          tell(run);
        });
      storing.add(stored);
      if (storing.size >= STORING_AT_ONCE) await Promise.race(storing);
    } catch (reason) {
      if (postpones(shared, tenant, reason)) continue;
      await failed(run, ref, reason);
      tell(run);
    }
  }
  await Promise.all(storing);
  await connection?.end().catch(() => {});
}

function postpones({ waiting, postponed }: Shared, tenant: TenantId, reason: unknown): boolean {
  const restores = reason instanceof HoldfastError && reason.code === 'tenant-in-restore';
  if (!restores || postponed.has(tenant)) return false;
  postponed.add(tenant);
  waiting.push(tenant);
  return true;
}

async function failed(run: FleetRun, tenant: TenantRef, reason: unknown): Promise<void> {
  const error = asSourceError(reason, 'taking a snapshot');
  run.failed.push({ tenant, error });
  await run.ctx.notifier.notify({
    severity: 'alarm',
    code: 'snapshot-failed',
    message: error.message,
    details: { tenant, code: error.code },
  });
}

function slowedDown(governor: LoadGovernor): { slowed?: SlowedDown } {
  const slowed = governor.slowed();
  return slowed ? { slowed } : {};
}

function tell(run: FleetRun): void {
  const done = run.ok.length + run.failed.length;
  const message = `${done} of ${run.total} tenants`;
  run.ctx.progress?.({ step: 'snapshot.fleet', message, done, total: run.total, unit: 'tenants' });
}

async function read(
  run: FleetRun,
  shared: Shared,
  connection: Connection,
  tenant: TenantId,
): Promise<() => Promise<BackupItem>> {
  const turnWaitMs = shared.postponed.has(tenant) ? shared.turnWaitMs : 0;
  const how = { reason: run.options.reason ?? 'schedule', read: run.options.read ?? 'auto', turnWaitMs };
  const request = { tenant, ...how };
  const { session } = shared;
  if (!shared.known) await findTenant(connection, session.model, session.schemas, tenant);
  try {
    return await readTenant(run.ctx, session, connection, request);
  } catch (error) {
    if (!(error instanceof HoldfastError && error.code === 'schema-changed')) throw error;
    if (shared.session === session) shared.session = await openSession(run.ctx, connection);
    return readTenant(run.ctx, shared.session, connection, request);
  }
}

async function connectCounted(run: FleetRun): Promise<Connection> {
  const connection = await connect(run.ctx.source, 'snapshot');
  countStatements(connection, run.statements);
  await prepareSession(connection);
  return connection;
}

/** The vault, with a count of what is put into it. */
function countObjects(vault: Vault): { vault: Vault; count: () => number } {
  let objects = 0;
  return {
    count: () => objects,
    vault: {
      put: async (key, body, options) => {
        const stored = await vault.put(key, body, options);
        objects += 1;
        return stored;
      },
      get: (key, range) => vault.get(key, range),
      head: key => vault.head(key),
      list: (prefix, after) => vault.list(prefix, after),
      keys: (prefix, after) => vault.keys(prefix, after),
      extendRetention: (key, until) => vault.extendRetention(key, until),
      setHold: (key, hold) => vault.setHold(key, hold),
      delete: key => vault.delete(key),
    },
  };
}
