/**
 * Replaying a million changes of one tenant into staging, set-wise, against the same changes one row at a time with
 * prepared statements (bench/replay-side.ts). Both sides start from the same staged snapshot and read the same stored
 * segments; each process times only its replay. Both must produce the same rows.
 */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, copyDatabase, ensureDatabase } from './database.ts';
import { install } from './holdfast.ts';
import { kept, memory, type Result, speed } from './lines.ts';
import { progress, timeProcess } from './measure.ts';
import { type BenchServer, psql } from './server.ts';
import { dropSlots } from './ship.ts';
import { traffic } from './traffic.ts';

const SIDE = fileURLToPath(new URL('./replay-side.ts', import.meta.url));

interface Outcome {
  readonly seconds: number;
  readonly changes: number;
  readonly digests: Record<string, string>;
  readonly maxRssBytes: number;
}

export async function replay(server: BenchServer, options: BenchArguments): Promise<Result> {
  await dropSlots(server);
  await ensureDatabase(server, 'small', options.scale / 5);
  await copyDatabase(server, 'small', 'replaying');
  const url = server.url('replaying');
  await psql(url, 'VACUUM (ANALYZE);');
  const installation = await install(join(options.dir, 'replay'), url);
  await installation.run('ship');
  await installation.run('snapshot', BIG_TENANT);
  await traffic(url, 1_000_000 * options.scale, `SELECT ${BIG_TENANT}`);
  await installation.run('ship');
  const side = async (mode: string): Promise<Outcome> => {
    const run = await timeProcess(process.execPath, [SIDE, installation.config, BIG_TENANT, mode]);
    const outcome = JSON.parse(run.stdout) as Outcome;
    progress(`${mode}: ${outcome.changes} changes in ${outcome.seconds.toFixed(2)} s`);
    return outcome;
  };
  const setWise: Outcome[] = [];
  const rowByRow: Outcome[] = [];
  for (let run = 0; run < options.runs; run++) {
    setWise.push(await side('set-wise'));
    rowByRow.push(await side('row-by-row'));
  }
  await dropSlots(server);
  const same = JSON.stringify(setWise[0]!.digests) === JSON.stringify(rowByRow[0]!.digests);
  return {
    bench: 'replay',
    scale: options.scale,
    lines: [
      speed(`${setWise[0]!.changes} changes`, setWise, rowByRow, 8),
      kept('both produce the same rows', same),
      memory('peak memory', setWise),
    ],
    data: { setWise, rowByRow },
  };
}

await runAlone(import.meta, replay);
