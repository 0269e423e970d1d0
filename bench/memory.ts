/**
 * The memory of a first snapshot, a second one, a verification, an archive and an export, which stage everything, by the size of the tenant:
 * 0.1, 1 and 4 GB of rows at scale 1. There is no peer; what counts is that it stays below the limit, whatever the size.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { BIG_TENANT, ensureDatabase } from './database.ts';
import { install } from './holdfast.ts';
import { memory, type Result } from './lines.ts';
import { figures, type Run } from './measure.ts';
import { type BenchServer, psql } from './server.ts';
import { dropSlots } from './ship.ts';
import { dayOfWork } from './traffic.ts';

/** Gigabytes of the tenant's rows as COPY text, at scale 1; the generated database has 0.73 GB of them. */
const SIZES_GB = [0.1, 1, 4];
const GIGABYTES_AT_SCALE_1 = 0.73;

export async function memoryBySize(server: BenchServer, options: BenchArguments): Promise<Result> {
  const measured: { size: number; runs: Record<'first' | 'second' | 'verify' | 'archive' | 'exported', Run> }[] = [];
  for (const size of SIZES_GB) {
    await dropSlots(server);
    await ensureDatabase(server, 'sized', (size / GIGABYTES_AT_SCALE_1) * options.scale);
    const url = server.url('sized');
    const installation = await install(join(options.dir, 'memory'), url);
    await installation.run('ship');
    const first = await installation.run('snapshot', BIG_TENANT);
    await dayOfWork(url, BIG_TENANT);
    await installation.run('ship');
    const second = await installation.run('snapshot', BIG_TENANT);
    const verify = await installation.run('verify', BIG_TENANT);
    const archive = await installation.run('archive', BIG_TENANT, '--keep', 'annual');
    const out = join(options.dir, `exported-${size}`);
    const exported = await installation.run('export', BIG_TENANT, '--out', out, '--reason', 'bench', '--yes');
    await rm(out, { recursive: true, force: true });
    measured.push({ size, runs: { first, second, verify, archive, exported } });
    // The day's work changed it: it is generated anew.
    await dropSlots(server);
    await psql(server.url('postgres'), 'DROP DATABASE sized WITH (FORCE);');
  }
  return {
    bench: 'memory',
    scale: options.scale,
    lines: measured.flatMap(({ size, runs }) => [
      memory(`first snapshot, ${size * options.scale} GB`, [runs.first]),
      memory(`second snapshot, ${size * options.scale} GB`, [runs.second]),
      memory(`verification, ${size * options.scale} GB`, [runs.verify]),
      memory(`archive, ${size * options.scale} GB`, [runs.archive]),
      memory(`export, ${size * options.scale} GB`, [runs.exported]),
    ]),
    data: Object.fromEntries(measured.map(({ size, runs }) => [size, figures(Object.values(runs))])),
  };
}

await runAlone(import.meta, memoryBySize);
