/**
 * Restores one tenant in place to a moment half an hour of traffic ago, with 1 % of its rows changed, while the database
 * around it grows and its own rows stay the same: Holdfast's ship and restore against a pgBackRest restore of the entire
 * cluster to that moment, from which the tenant's rows are copied into the live tables. Both have a backup of that size
 * and a log that is current to the last minute, and both must bring the same rows back.
 */
import { join } from 'node:path';
import { type BenchArguments, runAlone } from './arguments.ts';
import { databaseBytes, ensureDatabase, insertRows, rows, SMALL_TENANT, TENANT_TABLES } from './database.ts';
import { type Installation, install } from './holdfast.ts';
import { duration, growth, kept, memory, type Result, speed } from './lines.ts';
import { alternate, figures, progress, type Run, timeProcess } from './measure.ts';
import { type Repository, repository } from './pgbackrest.ts';
import { asServerUser, type BenchServer, BIN_DIR, psql, remove, serverDirectory, startServer } from './server.ts';
import { dropSlots } from './ship.ts';
import { accident, traffic } from './traffic.ts';

/** Sizes of the database in GB, at scale 1; and the scale at which it is generated with one. */
const SIZES_GB = [1, 2.5, 5, 10];
const SCALE_OF_A_GB = 0.4;
/** The size from which the objective counts: constant costs no longer decide. */
const LARGE_GB = 5;
/** Row changes of all tenants, at a hundred a second. */
const MINUTE = 6_000;
const HALF_AN_HOUR = 30 * MINUTE;
/** Each growth has row numbers of its own: the traffic continues from the greatest. */
const NUMBERS_APART = 100_000_000;
/** Row numbers of which one percent are the tenant's: with them it has 50,000 rows. */
const MORE_NUMBERS = 140_000;
/** Of staging 50,000 rows and finding that nothing differs, from start to exit. */
const NOTHING_DIFFERS_S = 1.2;
const OTHERS = `SELECT id FROM tenants WHERE id <> ${SMALL_TENANT}`;

interface Step {
  readonly gigabytes: number;
  readonly bytes: number;
  readonly runs: Record<'holdfast' | 'peer', Run[]>;
  /** The same restore once more, where nothing differs. */
  readonly again: Run[];
  /** Of the tenant's rows after each run. */
  readonly digests: readonly string[];
}

export async function restoreOneTenant(_server: BenchServer, options: BenchArguments): Promise<Result> {
  const { server, backups } = await protect(options);
  const steps: Step[] = [];
  try {
    const url = server.url('pooled');
    for (const [index, gigabytes] of SIZES_GB.entries()) {
      const added = gigabytes - (SIZES_GB[index - 1] ?? gigabytes);
      if (added > 0) await grow(server, index * NUMBERS_APART, Math.round(added * rows(SCALE_OF_A_GB * options.scale)));
      progress(`${gigabytes * options.scale} GB: backups, then half an hour of traffic before and after the moment`);
      const installation = await install(join(options.dir, 'restore'), url);
      await installation.run('ship');
      await installation.run('snapshot', SMALL_TENANT);
      await backups.backUp(server.dataDir, server.port);
      await traffic(url, HALF_AN_HOUR * options.scale);
      const moment = await thisMoment(url);
      await traffic(url, HALF_AN_HOUR * options.scale, OTHERS);
      // The logs of both sides are current, but for a minute: WAL archived, change log shipped.
      await installation.run('ship');
      await traffic(url, MINUTE * options.scale, OTHERS);
      const digests: string[] = [];
      const thenDigest = async (run: Promise<Run>) => {
        const done = await run;
        digests.push(await digestOfRows(url));
        return done;
      };
      const runs = await alternate(options.runs, {
        holdfast: () => thenDigest(restoreWithHoldfast(url, installation, moment)),
        peer: () => thenDigest(restoreWholeCluster(options, url, backups, moment)),
      });
      const again: Run[] = [];
      while (again.length < options.runs)
        again.push(await installation.run('restore', SMALL_TENANT, '--to', moment, '--yes'));
      steps.push({ gigabytes, bytes: await databaseBytes(server, 'pooled'), runs, again, digests });
    }
    return resultOf(options, steps);
  } finally {
    await server.stop();
  }
}

/**
 * The other tenants grow. Both sides are protected anew afterwards, so that neither has to log what is not measured: it
 * would take minutes, and the space of the database once more.
 */
async function grow(server: BenchServer, after: number, count: number): Promise<void> {
  const url = server.url('pooled');
  await dropSlots(server);
  await psql(url, `ALTER SYSTEM SET archive_command = 'true'; SELECT pg_reload_conf() \\g /dev/null`);
  await insertRows(url, after + 1, after + count, `t <> ${SMALL_TENANT}`);
  await psql(url, 'VACUUM (ANALYZE); CHECKPOINT; SELECT pg_switch_wal() \\g /dev/null');
  await psql(url, 'ALTER SYSTEM RESET archive_command; SELECT pg_reload_conf() \\g /dev/null');
}

async function digestOfRows(url: string): Promise<string> {
  const texts = TENANT_TABLES.map(
    ({ table, of }) => `SELECT '${table}' AS name, x::text AS line FROM ${table} x WHERE ${of(SMALL_TENANT)}`,
  );
  return psql(
    url,
    `SELECT md5(string_agg(name || line, ',' ORDER BY name, line)) FROM (${texts.join(' UNION ALL ')}) r;`,
  );
}

function resultOf({ scale }: BenchArguments, steps: readonly Step[]): Result {
  const ours = steps.flatMap(step => step.runs.holdfast);
  return {
    bench: 'restore-one-tenant',
    scale,
    lines: [
      ...steps.map(({ gigabytes, runs }) =>
        speed(
          `${gigabytes * scale} GB, ship and restore in place`,
          runs.holdfast,
          runs.peer,
          gigabytes >= LARGE_GB ? 20 : undefined,
        ),
      ),
      growth('the largest against the smallest', steps.at(-1)!.runs.holdfast, steps[0]!.runs.holdfast, 1.15),
      duration('restore alone where nothing differs', steps[0]!.again, scale >= 1 ? NOTHING_DIFFERS_S : undefined),
      duration('the same in the largest', steps.at(-1)!.again),
      kept(
        'both bring back the same rows',
        steps.every(step => new Set(step.digests).size === 1),
      ),
      memory('peak memory', ours),
    ],
    data: {
      steps: steps.map(({ gigabytes, bytes, runs, again }) => ({
        ...{ gigabytes: gigabytes * scale, bytes },
        ...{ holdfast: figures(runs.holdfast), peer: figures(runs.peer), nothingDiffers: figures(again) },
      })),
    },
  };
}

/** A separate server, because a pgBackRest repository protects an entire cluster and archives all of its WAL. */
export async function protect(options: BenchArguments): Promise<{ server: BenchServer; backups: Repository }> {
  await remove(join(options.dir, 'protected'));
  await remove(join(options.dir, 'pgbackrest'));
  const backups = await repository(join(options.dir, 'pgbackrest'), options.dir, join(options.dir, 'protected'));
  const generating = await startServer(options.dir, 'protected');
  await ensureDatabase(generating, 'pooled', SCALE_OF_A_GB * options.scale);
  const first = NUMBERS_APART / 2;
  const last = first + Math.round(MORE_NUMBERS * options.scale);
  await insertRows(generating.url('pooled'), first, last, `t = ${SMALL_TENANT}`);
  await psql(generating.url('pooled'), 'VACUUM (ANALYZE);');
  await generating.stop();
  const server = await startServer(options.dir, 'protected', {
    // What is kept of WAL counts against the disk as the database does.
    max_wal_size: "'2GB'",
    archive_mode: 'on',
    archive_command: `'${backups.archiveCommand}'`,
  });
  await backups.createStanza(server.dataDir, server.port);
  return { server, backups };
}

/** The server's clock, with no transaction within the second around it. */
export async function thisMoment(url: string): Promise<string> {
  return psql(
    url,
    `SELECT pg_sleep(1.1) \\g /dev/null
     SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
     SELECT pg_sleep(1.1) \\g /dev/null
     SELECT pg_switch_wal() \\g /dev/null`,
  );
}

async function restoreWithHoldfast(url: string, installation: Installation, moment: string): Promise<Run> {
  await accident(url);
  const shipped = await installation.run('ship');
  const restored = await installation.run('restore', SMALL_TENANT, '--to', moment, '--yes');
  progress(`ship ${shipped.seconds.toFixed(2)} s, restore ${restored.seconds.toFixed(2)} s`);
  return {
    seconds: shipped.seconds + restored.seconds,
    cpuSeconds: shipped.cpuSeconds + restored.cpuSeconds,
    maxRssBytes: Math.max(shipped.maxRssBytes, restored.maxRssBytes),
    stdout: restored.stdout,
  };
}

/** What a person does without Holdfast, as one shell script without pauses. */
export async function restoreWholeCluster(
  options: BenchArguments,
  url: string,
  backups: Repository,
  moment: string,
): Promise<Run> {
  await accident(url);
  await psql(url, 'SELECT pg_switch_wal();');
  const dataDir = join(options.dir, 'restored');
  await remove(dataDir);
  await serverDirectory(dataDir);
  await runQuietly('chmod', ['700', dataDir]);
  const rowsDir = await serverDirectory(join(options.dir, 'rows'));
  const script = [
    'set -e',
    backups.restoreCommand(moment.replace('T', ' ').replace('Z', '+00'), dataDir).map(quote).join(' '),
    `${BIN_DIR}/pg_ctl -D ${dataDir} -w -t 3600 -l ${options.dir}/restored.log -o "-p ${RESTORED_PORT} -c listen_addresses=127.0.0.1 -c archive_mode=off" start >/dev/null`,
    `until [ "$(psql -X -Atq -d '${RESTORED_URL}' -c 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.2; done`,
    copyOutAndIn(url, rowsDir),
    `${BIN_DIR}/pg_ctl -D ${dataDir} -w -m immediate stop >/dev/null`,
  ];
  const [command, args] = asServerUser('bash', ['-c', script.join('\n')]);
  const run = await timeProcess(command, args, { cwd: '/' });
  await remove(dataDir);
  return run;
}

const RESTORED_PORT = 54_329;
const RESTORED_URL = `postgres://postgres@127.0.0.1:${RESTORED_PORT}/pooled`;

/** Copies the tenant's rows out of the restored cluster and, in one transaction, replaces those in the live tables. */
function copyOutAndIn(liveUrl: string, directory: string): string {
  const columns = (table: string) =>
    table === 'invoice_lines' ? '(invoice_id, line, description, quantity, price)' : '';
  const list = (table: string) => columns(table).slice(1, -1) || 'x.*';
  const out = TENANT_TABLES.map(
    ({ table, of }) =>
      `\\copy (SELECT ${list(table)} FROM ${table} x WHERE ${of(SMALL_TENANT)}) TO '${directory}/${table}.copy'`,
  );
  const into = [
    'BEGIN;',
    'SET LOCAL session_replication_role = replica;',
    ...TENANT_TABLES.toReversed()
      .toSorted((a, b) => Number(b.of('x').includes('SELECT')) - Number(a.of('x').includes('SELECT')))
      .map(({ table, of }) => `DELETE FROM ${table} x WHERE ${of(SMALL_TENANT)};`),
    ...TENANT_TABLES.map(({ table }) => `\\copy ${table} ${columns(table)} FROM '${directory}/${table}.copy'`),
    'COMMIT;',
  ];
  const psqlScript = (target: string, lines: string[]) =>
    `psql -X -q -v ON_ERROR_STOP=1 -d '${target}' <<'SQL'\n${lines.join('\n')}\nSQL`;
  return `${psqlScript(RESTORED_URL, out)}\n${psqlScript(liveUrl, into)}`;
}

async function runQuietly(command: string, args: string[]): Promise<void> {
  await timeProcess(command, args);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

await runAlone(import.meta, restoreOneTenant);
