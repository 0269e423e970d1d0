/**
 * An installation whose catalog has so many tenants, each with three snapshots, half of them with a gap that is still open, over a
 * day of the shared log of one run a minute. The items are written through the catalog that a machine has: no backup is taken. Names of the tenants are in
 * the database, where the console reads them. The same number of tenants always gives the same installation.
 */
import { join } from 'node:path';
import type { GapEntry } from '../lib/domain/log-manifest.ts';
import { formatLsn, type Lsn } from '../lib/domain/lsn.ts';
import { type TenantRef, tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { openSqliteCatalog } from '../lib/local/sqlite-catalog.ts';
import {
  type BackupItem,
  backups,
  gaps,
  type RunItem,
  runs,
  tenants,
} from '../lib/operations/catalog/catalog-index.ts';
import { writeAll } from '../lib/operations/catalog/typed-items.ts';
import type { CatalogWrite } from '../lib/ports.ts';
import { loadConfig } from '../lib/runtime/config.ts';
import { type Installation, install } from './holdfast.ts';
import { type BenchServer, psql } from './server.ts';

const MINUTE_MS = 60_000;
const RUNS = 24 * 60;
const BACKUPS = 3;
/** Bytes of the log that a run covers. */
const STEP = 0x10000n;

export interface FleetOfSize {
  readonly size: number;
  readonly installation: Installation;
  /** Every tenant, in the order of the list. */
  readonly refs: readonly TenantRef[];
  /** The name of a tenant, which no other's contains. `place`: from 0, least, to 1. */
  readonly nameAt: (place: number) => string;
}

export async function fleetOf(server: BenchServer, directory: string, size: number): Promise<FleetOfSize> {
  const database = `console_${size}`;
  const url = server.url(database);
  await psql(server.url('postgres'), `DROP DATABASE IF EXISTS ${database} WITH (FORCE);`);
  await psql(server.url('postgres'), `CREATE DATABASE ${database} TEMPLATE template0;`);
  await psql(
    url,
    `CREATE TABLE tenants (id bigint PRIMARY KEY, name text NOT NULL);
     CREATE TABLE notes (id bigint PRIMARY KEY, tenant_id bigint NOT NULL REFERENCES tenants, text text NOT NULL);
     INSERT INTO tenants SELECT t, 'Customer ' || lpad(t::text, 7, '0') FROM generate_series(1, ${size}) AS t;
     INSERT INTO notes SELECT t, t, 'Note' FROM tenants AS x(t);`,
  );
  const installation = await install(join(directory, `console-${size}`), url);
  const config = await loadConfig(installation.config, process.env);
  const refs = Array.from({ length: size }, (_, n) => ({
    ref: tenantRef(config.installation, tenantId(String(n + 1))),
    id: String(n + 1),
  }));
  const catalog = openSqliteCatalog(config.catalog);
  try {
    await writeAll(catalog, writesOf(refs, Date.now()));
  } finally {
    await catalog.close();
  }
  return {
    ...{ size, installation, refs: refs.map(({ ref }) => ref).sort() },
    nameAt: place => `Customer ${String(1 + Math.round(place * (size - 1))).padStart(7, '0')}`,
  };
}

/** `now`: in milliseconds since 1970; the log ends a second before. */
function writesOf(known: readonly { readonly ref: TenantRef; readonly id: string }[], now: number): CatalogWrite[] {
  const time = (minutes: number) => new Date(now - 1000 - (RUNS - minutes) * MINUTE_MS).toISOString();
  const position = (minutes: number) => formatLsn((STEP * BigInt(minutes + 1)) as Lsn);
  const range = (from: number, to: number) => ({
    ...{ from: position(from), to: position(to), fromTime: time(from), toTime: time(to) },
  });
  const stored = (id: string) => ({ id, key: `objects/${id}`, sha256: '0'.repeat(64), storedBytes: 4096 });
  const log = Array.from(
    { length: RUNS },
    (_, minute): RunItem => ({
      ...{ ...stored(`run-${minute}`), ...range(minute, minute + 1), previous: null, xmin: '1' },
      ...{ transactions: 40, changes: 400, tenants: 20 },
    }),
  );
  const backup = (number: number, ref: TenantRef): BackupItem => ({
    ...{ ...stored(`${ref}-${number}`), ...range(number * 8 * 60, number * 8 * 60 + 1), kind: 'snapshot' },
    ...{ createdAt: time(number * 8 * 60 + 1), rows: 300, bytes: 30_000, chunks: 20, reusedChunks: 18 },
    ...{ durationMs: 250, reason: 'schedule' },
  });
  const gap = (tenant: TenantRef): GapEntry => ({
    ...{ tenant, id: `gap-${tenant}`, from: position(RUNS - 30), fromTime: time(RUNS - 30), to: null, toTime: null },
    reason: 'model-changed',
  });
  return [
    ...log.map(runs.put),
    ...known.flatMap(({ ref, id }) => [
      tenants.put({ ref, tenantId: id, firstSeen: time(0) }),
      ...(Number(id) % 2 === 0 ? [gaps.put(gap(ref))] : []),
      ...Array.from({ length: BACKUPS }, (_, number) => backups.put(ref, backup(number, ref))),
    ]),
  ];
}
