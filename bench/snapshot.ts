/**
 * Full snapshot of the tenant with 40 % of the database, from rows to sealed packs in the file vault, against `psql \copy`
 * of each table piped to `zstd -3`: a simple script without encryption.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, databaseBytes, ensureDatabase, TENANT_TABLES } from './database.ts';
import { install } from './holdfast.ts';
import { memory, type Result, speed } from './lines.ts';
import { alternate, figures, type Run, timeProcess } from './measure.ts';
import { type BenchServer, remove } from './server.ts';
import { dropSlots } from './ship.ts';

export async function snapshot(server: BenchServer, options: BenchArguments): Promise<Result> {
  await ensureDatabase(server, 'pooled', options.scale);
  const url = server.url('pooled');
  const first = async (name: string, settings: Record<string, unknown>) => {
    await dropSlots(server);
    const installation = await install(join(options.dir, name), url, settings);
    return installation.run('snapshot', BIG_TENANT);
  };
  const runs = await alternate(options.runs, {
    peer: () => copyAndCompress(url, BIG_TENANT, join(options.dir, 'copy')),
    'holdfast, one connection': () => first('snapshot-1', { parallelism: 1 }),
    'holdfast, parallel parts': () => first('snapshot-2', { parallelism: 2, partBytes: 128 * 1024 * 1024 }),
  });
  await dropSlots(server);
  const single = runs['holdfast, one connection'];
  const parallel = runs['holdfast, parallel parts'];
  return {
    bench: 'snapshot',
    scale: options.scale,
    lines: [
      speed('one connection', single, runs.peer, 1),
      speed('parallel parts', parallel, runs.peer, 2),
      memory('peak memory', [...single, ...parallel]),
    ],
    data: {
      databaseBytes: await databaseBytes(server, 'pooled'),
      peer: figures(runs.peer),
      single: figures(single),
      parallel: figures(parallel),
    },
  };
}

/** Every table of the tenant with `psql \copy` piped to `zstd -3`, one after the other. */
export async function copyAndCompress(url: string, tenant: string, directory: string): Promise<Run> {
  await remove(directory);
  const commands = TENANT_TABLES.map(
    ({ table, of }) =>
      `psql -X -q -d '${url}' -c "\\copy (SELECT x.* FROM ${table} x WHERE ${of(tenant)}) TO STDOUT" | zstd -3 -q -o '${directory}/${table}.zst'`,
  );
  return timeProcess('bash', ['-c', `set -eo pipefail; mkdir -p '${directory}'; ${commands.join('; ')}`]);
}

await runAlone(import.meta, snapshot);
