/**
 * `verify --live` of the tenant with 40 % of the database, from its latest snapshot and the log since: is what is stored
 * what the database has now? The peer reads the tenant's rows twice, as `psql \copy`, and compares the files: the least
 * that any comparison of a copy with the live rows has to do.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, copyDatabase, ensureDatabase, TENANT_TABLES } from './database.ts';
import { install } from './holdfast.ts';
import { memory, type Result, speed } from './lines.ts';
import { alternate, figures, type Run, timeProcess } from './measure.ts';
import { type BenchServer, remove } from './server.ts';
import { dropSlots } from './ship.ts';
import { traffic } from './traffic.ts';

const CHANGES = 20_000;

export async function verifyLive(server: BenchServer, options: BenchArguments): Promise<Result> {
  await dropSlots(server);
  await ensureDatabase(server, 'pooled', options.scale);
  await copyDatabase(server, 'pooled', 'live');
  const url = server.url('live');
  const installation = await install(join(options.dir, 'verify-live'), url);
  await installation.run('ship');
  await installation.run('snapshot', BIG_TENANT);
  await traffic(url, CHANGES * options.scale, `SELECT ${BIG_TENANT}`);
  await installation.run('ship');
  const runs = await alternate(options.runs, {
    holdfast: () => installation.run('verify', BIG_TENANT, '--live'),
    peer: () => copyTwiceAndCompare(url, join(options.dir, 'live-copy')),
  });
  await dropSlots(server);
  return {
    bench: 'verify-live',
    scale: options.scale,
    lines: [speed('staged and compared', runs.holdfast, runs.peer), memory('peak memory', runs.holdfast)],
    data: { holdfast: figures(runs.holdfast), peer: figures(runs.peer) },
  };
}

async function copyTwiceAndCompare(url: string, directory: string): Promise<Run> {
  await remove(directory);
  const copy = (table: string, of: string, name: string) =>
    `psql -X -q -d '${url}' -c "\\copy (SELECT x.* FROM ${table} x WHERE ${of}) TO '${directory}/${name}'"`;
  const commands = TENANT_TABLES.map(({ table, of }) => {
    const where = of(BIG_TENANT);
    return `${copy(table, where, 'a')}; ${copy(table, where, 'b')}; cmp '${directory}/a' '${directory}/b'`;
  });
  return timeProcess('bash', ['-c', `set -e; mkdir -p '${directory}'; ${commands.join('; ')}`]);
}

await runAlone(import.meta, verifyLive);
