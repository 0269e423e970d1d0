/**
 * Full snapshot of the tenant that holds 40 % of the database, from rows to sealed packs in the file vault, against
 * `psql \copy` of each table piped to `zstd -3`: what a careful person would write in an afternoon, unencrypted.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, databaseBytes, ensureDatabase, TENANT_TABLES } from './database.ts';
import { install } from './holdfast.ts';
import {
  alternate,
  figures,
  greatestRss,
  mebibytes,
  medianSeconds,
  type Result,
  type Run,
  report,
  timeProcess,
  timesAsFast,
} from './measure.ts';
import { type BenchServer, remove } from './server.ts';

const MEMORY_LIMIT_MIB = 256;

export async function snapshot(server: BenchServer, options: BenchArguments): Promise<Result> {
  await ensureDatabase(server, 'pooled', options.scale);
  const url = server.url('pooled');
  const one = await install(join(options.dir, 'snapshot-1'), url, { parallelism: 1 });
  const two = await install(join(options.dir, 'snapshot-2'), url, { parallelism: 2, partBytes: 64 * 1024 * 1024 });
  const runs = await alternate(options.runs, {
    peer: () => copyAndCompress(url, BIG_TENANT, join(options.dir, 'copy')),
    'holdfast, one connection': () => one.run('snapshot', BIG_TENANT, '--full-read'),
    'holdfast, parallel parts': () => two.run('snapshot', BIG_TENANT, '--full-read'),
  });
  const single = runs['holdfast, one connection'];
  const parallel = runs['holdfast, parallel parts'];
  const peer = medianSeconds(runs.peer);
  const rss = mebibytes(greatestRss([...single, ...parallel]));
  return report({
    bench: 'snapshot',
    scale: options.scale,
    lines: [
      {
        what: 'one connection',
        value: timesAsFast(medianSeconds(single), peer),
        wanted: '≥ 1.00 ×',
        reached: peer >= medianSeconds(single),
      },
      {
        what: 'parallel parts',
        value: timesAsFast(medianSeconds(parallel), peer),
        wanted: '≥ 2.00 × where cores allow',
        reached: peer >= 2 * medianSeconds(parallel),
      },
      {
        what: 'peak memory',
        value: `${rss} MiB`,
        wanted: `< ${MEMORY_LIMIT_MIB} MiB`,
        reached: rss < MEMORY_LIMIT_MIB,
      },
    ],
    data: {
      databaseBytes: await databaseBytes(server, 'pooled'),
      peer: figures(runs.peer),
      single: figures(single),
      parallel: figures(parallel),
    },
  });
}

/** Every table of the tenant through `psql \copy` into `zstd -3`, one after the other. */
export async function copyAndCompress(url: string, tenant: string, directory: string): Promise<Run> {
  await remove(directory);
  const commands = TENANT_TABLES.map(
    ({ table, of }) =>
      `psql -X -q -d '${url}' -c "\\copy (SELECT x.* FROM ${table} x WHERE ${of(tenant)}) TO STDOUT" | zstd -3 -q -o '${directory}/${table}.zst'`,
  );
  return timeProcess('bash', ['-c', `set -eo pipefail; mkdir -p '${directory}'; ${commands.join('; ')}`]);
}

await runAlone(import.meta, snapshot);
