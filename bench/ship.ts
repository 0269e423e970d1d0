/**
 * Ships a backlog of a million row changes of fifty tenants until everything is durable and the slot is confirmed, against
 * pg_recvlogical writing the same WAL to one file (without routing and sealing). Both start from copies of the same slot,
 * so every run decodes the same WAL. Then one transaction of a million rows, to measure memory.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { copyDatabase, ensureDatabase } from './database.ts';
import { configure, type Installation, install } from './holdfast.ts';
import { memory, type Result, speed } from './lines.ts';
import { alternate, figures, type Run, timeProcess } from './measure.ts';
import { type BenchServer, psql, remove } from './server.ts';
import { giantTransaction, traffic } from './traffic.ts';

const PUBLICATION = 'holdfast';
export async function ship(server: BenchServer, options: BenchArguments): Promise<Result> {
  const changes = Math.round(1_000_000 * options.scale);
  await dropSlots(server);
  await ensureDatabase(server, 'pooled', options.scale);
  await copyDatabase(server, 'pooled', 'shipping');
  const url = server.url('shipping');
  const base = await install(join(options.dir, 'ship'), url);
  await base.run('ship');
  await copySlot(url, 'bench_start', base.slot);
  await traffic(url, changes);
  const backlog = await measureBoth(server, options, base);
  await dropSlots(server, base.slot);
  await base.run('ship');
  await copySlot(url, 'bench_start', base.slot);
  await giantTransaction(url, changes);
  const giant = await measureBoth(server, { ...options, runs: 1 }, base);
  await dropSlots(server);
  return {
    bench: 'ship',
    scale: options.scale,
    lines: [
      speed(`${changes} changes`, backlog.holdfast, backlog.peer, 1),
      speed('the same in one transaction', giant.holdfast, giant.peer),
      memory('peak memory of both', [...backlog.holdfast, ...giant.holdfast]),
    ],
    data: {
      backlog: { peer: figures(backlog.peer), holdfast: figures(backlog.holdfast) },
      giant: { peer: figures(giant.peer), holdfast: figures(giant.holdfast) },
    },
  };
}

async function measureBoth(server: BenchServer, options: BenchArguments, base: Installation) {
  const url = server.url('shipping');
  const end = await psql(url, 'SELECT pg_current_wal_lsn();');
  return alternate(options.runs, {
    peer: run => receive(url, `bench_peer_${run}`, end, join(options.dir, 'received')),
    holdfast: run => shipOnce(url, base, `bench_holdfast_${run}`, join(options.dir, `ship-${run}`)),
  });
}

async function receive(url: string, slot: string, end: string, file: string): Promise<Run> {
  await copySlot(url, slot, 'bench_start');
  await remove(file);
  const result = await timeProcess('pg_recvlogical', [
    ...['-d', url, '--slot', slot, '--start', '--no-loop', '--endpos', end, '-f', file],
    ...['-o', 'proto_version=1', '-o', `publication_names=${PUBLICATION}`],
  ]);
  await dropSlot(url, slot);
  return result;
}

/** A copy of the installation from before the backlog, with its own slot at the same position. */
async function shipOnce(url: string, base: Installation, slot: string, directory: string): Promise<Run> {
  await copySlot(url, slot, 'bench_start');
  const copy = await base.copy(directory);
  await configure(copy, config => ({ ...config, slot }));
  // A new slot requires a first snapshot of every tenant, which is not part of the measurement.
  const result = await copy.run('ship', '--no-snapshots');
  await dropSlot(url, slot);
  await remove(directory);
  return result;
}

async function copySlot(url: string, to: string, from: string): Promise<void> {
  await psql(url, `SELECT pg_copy_logical_replication_slot('${from}', '${to}');`);
}

async function dropSlot(url: string, slot: string): Promise<void> {
  await psql(url, `SELECT pg_drop_replication_slot('${slot}');`);
}

/** A slot that is left behind retains WAL forever. */
export async function dropSlots(server: BenchServer, except = ''): Promise<void> {
  const sql = `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active AND slot_name <> '${except}';`;
  await psql(server.url('postgres'), sql);
}

await runAlone(import.meta, ship);
