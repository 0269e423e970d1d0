/**
 * A lost region as people meet it on two machines: set up, probed, planned, failed over with the command line alone, with the
 * record that says what only the vault has.
 */
import { execFileSync } from 'node:child_process';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandLine, commandLine } from '../support/command-line.ts';
import { createDatabase, PG_VERSIONS } from '../support/postgres.ts';
import { execute, type ReplicatedServers, replicatedServers, untilTrue } from '../support/replicated-servers.ts';
import { createShops } from '../support/shop-database.ts';

const VERSION = PG_VERSIONS.at(-1)!;
let servers: ReplicatedServers;
let a: CommandLine;
let b: CommandLine;
let w: CommandLine;
let loseA: () => Promise<void>;
let inA: (sql: string) => Promise<unknown>;

beforeAll(async () => {
  servers = replicatedServers(VERSION);
  const first = await servers.start('a');
  const database = await createDatabase(first.url, VERSION);
  await createShops(database);
  const { primary, standby } = await servers.standbyOf(first, 'b', database.name);
  const urlOf = (server: { url: string }) => Object.assign(new URL(server.url), { pathname: `/${database.name}` }).href;
  const urls = { URL_A: urlOf(primary), URL_B: urlOf(standby) };
  inA = sql => execute(urls.URL_A, sql);
  a = await commandLine({ ...urls, DATABASE_URL: urls.URL_A });
  b = await commandLine({ ...urls, DATABASE_URL: urls.URL_B });
  w = await commandLine({ ...urls, DATABASE_URL: urls.URL_B });
  await a.json('init', '--installation', 'regions-test', '--url', urls.URL_A);
  const password = decodeURIComponent(new URL(urls.URL_A).password);
  for (const machine of [a, b, w]) machine.env.HOLDFAST_DATABASE_PASSWORD = password;
  await a.json('discover', '--tenant-table', 'public.shops');
  await a.json('doctor', '--fix', '--yes');
  // One configuration for both, but for the database and the place of the machine.
  const file = join(a.directory, 'holdfast.yaml');
  execFileSync('sed', [
    '-i',
    String.raw`s|^  url: .*|  url: "\${DATABASE_URL}"|; s|^#regions:.*|regions: regions.yaml|`,
    file,
  ]);
  execFileSync('cp', ['-a', `${a.directory}/.`, b.directory]);
  for (const [machine, region] of [
    [a, 'a'],
    [b, 'b'],
  ] as const)
    writeFileSync(join(machine.directory, 'regions.yaml'), regionsOf(region, { a: a.directory, b: b.directory }));
  execFileSync('cp', ['-a', `${a.directory}/.`, w.directory]);
  const third = `  - {region: w, vault: "${w.directory}/.holdfast/vault", witness: true}\n`;
  const there = regionsOf('w', { a: a.directory, b: b.directory });
  writeFileSync(join(w.directory, 'regions.yaml'), `${there}${third}`);
  execFileSync('mkdir', ['-p', join(b.directory, '.holdfast/vault/objects')]);
  loseA = async () => {
    await servers.kill(primary);
    renameSync(join(a.directory, '.holdfast/vault'), join(a.directory, '.holdfast/unmounted'));
  };
  await execute(standby.url, 'SELECT 1');
  stopReplica = async () => {
    await execute(standby.url, `ALTER SYSTEM SET primary_conninfo = ''`);
    await execute(standby.url, 'SELECT pg_reload_conf()');
    await untilTrue(standby.url, 'NOT EXISTS (SELECT FROM pg_stat_wal_receiver)');
  };
}, 600_000);
let stopReplica: () => Promise<void>;

afterAll(async () => {
  await servers.dispose();
  await a.dispose();
  await b.dispose();
  await w.dispose();
});

function regionsOf(region: string, directory: { a: string; b: string }): string {
  return `format: holdfast.regions/1
region: ${region}
home: a
leaseSeconds: 2
places:
  - {region: a, vault: "${directory.a}/.holdfast/vault", database: "\${URL_A}"}
  - {region: b, vault: "${directory.b}/.holdfast/vault", database: "\${URL_B}"}
`;
}

/** What a person's own replication does. */
function replicateVault(): void {
  const script =
    'cd "$1" && find objects -type f -not -path "objects/region-states/*" -not -path "objects/audit/*" -not -path "objects/governance/anchors/*" | while read -r f; do [ -e "$2/$f" ] || { mkdir -p "$(dirname "$2/$f")"; cp -p "$f" "$2/$f"; }; done';
  const vault = (machine: CommandLine) => join(machine.directory, '.holdfast/vault');
  execFileSync('sh', ['-c', script, 'replicate', vault(a), vault(b)]);
  execFileSync('cp', ['-a', `${a.directory}/.holdfast/keys`, `${b.directory}/.holdfast/`]);
}

it('a witness looks at both databases, and takes nothing over', { timeout: 600_000 }, async () => {
  const { probes } = await w.json('failover', 'probe');
  expect(probes).toMatchObject([
    { region: 'a', database: true },
    { region: 'b', database: true },
  ]);
  expect((await w.run('failover', 'probe')).stdout).toContain('a: its database answers');
  expect(await w.failure('failover', 'init')).toMatchObject({ code: 'region-is-witness' });
  expect(await w.failure('failover', 'plan')).toMatchObject({ code: 'region-is-witness' });
});

it('the other machine takes over, names what only the vault has, and protects', { timeout: 600_000 }, async () => {
  expect(await a.failure('ship')).toMatchObject({ code: 'region-not-active' });
  expect(await a.json('failover', 'init')).toMatchObject({ active: 'a', phase: 'healthy', mayAct: true, stands: true });
  await a.json('snapshot', '--all');
  await a.json('ship');
  replicateVault();
  await stopReplica();
  await inA(`UPDATE public.shops SET name = name || ' only in the vault' WHERE id = 2`);
  await a.json('ship');
  replicateVault();
  expect(await b.json('failover', 'status')).toMatchObject({ region: 'b', active: 'a', mayAct: false });
  expect(await b.json('failover', 'probe')).toMatchObject({ database: true, vault: true, suspected: false });

  await loseA();
  for (let probe = 0; probe < 2; probe++) await b.json('failover', 'probe');
  expect(await b.json('failover', 'probe')).toMatchObject({ database: false, vault: false, suspected: true });
  expect(await b.json('failover', 'plan', '--fenced', 'a')).toMatchObject({
    from: 'a',
    unreachable: ['a'],
    fenced: ['a'],
  });
  const waiting = await b.json('failover', 'run', '--fenced', 'a', '--reason', 'lost');
  expect(waiting).toMatchObject({ state: 'waiting', approvals: 1 });

  const done = await b.json('failover', 'run', '--fenced', 'a', '--reason', 'lost', '--break-glass', '--yes');
  expect(done).toMatchObject({ state: 'done', result: { proof: { region: 'b', continued: false, doubtful: [] } } });
  const record = await b.json('failover', 'record', done.request);
  expect(record.offered).toHaveLength(1);
  expect(await b.json('failover')).toMatchObject({
    active: 'b',
    phase: 'active-elsewhere',
    mayAct: true,
    fenced: ['a'],
  });
  await b.json('restore', '2', '--to', record.offered[0].target, '--reason', 'offered', '--yes');
  await b.json('ship');
  expect((await b.run('failover', 'record', done.request)).stdout).toContain('Rows that only the vault has');
});
