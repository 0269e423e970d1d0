/**
 * The second snapshot of the big tenant after a day's work (1 % new rows at the end, 1 % of the recent rows updated,
 * 0.1 % at random), against the first: unchanged rows are neither read nor stored. The day's change log is shipped before,
 * as it would have been minute by minute; its cost is reported separately. Then one that reads everything, as once a week.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, copyDatabase, ensureDatabase } from './database.ts';
import { type Installation, install } from './holdfast.ts';
import { growth, memory, type Result, share } from './lines.ts';
import { figures, progress, type Run, timeProcess } from './measure.ts';
import { type BenchServer, psql } from './server.ts';
import { dropSlots } from './ship.ts';
import { dayOfWork } from './traffic.ts';

export async function secondSnapshot(server: BenchServer, options: BenchArguments): Promise<Result> {
  await ensureDatabase(server, 'pooled', options.scale);
  const first: Run[] = [];
  const second: Run[] = [];
  const ship: Run[] = [];
  const weekly: Run[] = [];
  const bytes: { first: number; second: number; log: number }[] = [];
  for (let run = 0; run < options.runs; run++) {
    await dropSlots(server);
    await copyDatabase(server, 'pooled', 'second');
    const url = server.url('second');
    await psql(url, 'VACUUM (ANALYZE);');
    const installation = await install(join(options.dir, 'second'), url);
    await installation.run('ship');
    const empty = await vaultBytes(installation);
    first.push(await installation.run('snapshot', BIG_TENANT));
    const afterFirst = await vaultBytes(installation);
    await dayOfWork(url, BIG_TENANT);
    ship.push(await installation.run('ship'));
    const shipped = await vaultBytes(installation);
    second.push(await installation.run('snapshot', BIG_TENANT));
    const afterSecond = await vaultBytes(installation);
    weekly.push(await installation.run('snapshot', BIG_TENANT, '--full-read'));
    bytes.push({ first: afterFirst - empty, log: shipped - afterFirst, second: afterSecond - shipped });
    progress(
      `first ${first.at(-1)!.seconds.toFixed(2)} s, day's log ${ship.at(-1)!.seconds.toFixed(2)} s, second ${second.at(-1)!.seconds.toFixed(2)} s, full read ${weekly.at(-1)!.seconds.toFixed(2)} s, bytes ${JSON.stringify(bytes.at(-1))}`,
    );
  }
  await dropSlots(server);
  return {
    bench: 'second-snapshot',
    scale: options.scale,
    lines: [
      share(
        'bytes stored',
        bytes.map(run => run.second / run.first),
        'the first',
        0.15,
      ),
      growth('time, against the first', second, first, 0.25),
      growth('a full read, against the first', weekly, first, 1),
      growth("the day's log, shipped before", ship, first),
      share(
        "bytes of the day's log",
        bytes.map(run => run.log / run.first),
        'the first',
      ),
      memory('peak memory', [...first, ...second, ...weekly]),
    ],
    data: { first: figures(first), second: figures(second), ship: figures(ship), weekly: figures(weekly), bytes },
  };
}

/** Bytes of every object in the installation's vault. */
export async function vaultBytes(installation: Installation): Promise<number> {
  const vault = join(installation.directory, '.holdfast', 'vault');
  const { stdout } = await timeProcess('du', ['-sb', '--apparent-size', vault]);
  return Number(stdout.split(/\s/)[0]);
}

await runAlone(import.meta, secondSnapshot);
