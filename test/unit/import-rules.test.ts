/**
 * Which layer can import which. The layers are the architecture: an import against them is a design decision, so it
 * fails in this test and not in review.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Layer → layers it may import. A layer may always import itself. */
const ALLOWED: Record<string, readonly string[]> = {
  domain: [],
  planner: ['domain'],
  policy: ['domain'],
  ports: ['domain'],
  codec: ['domain'],
  postgres: ['codec', 'domain'],
  operations: ['postgres', 'ports', 'codec', 'planner', 'policy', 'domain'],
  aws: ['ports', 'codec', 'domain'],
  local: ['ports', 'codec', 'domain'],
  runtime: ['api', 'operations', 'postgres', 'aws', 'local', 'ports', 'codec', 'policy', 'domain'],
  infra: ['policy', 'domain'],
  // HTTP: every route calls operations.
  api: ['operations', 'planner', 'ports', 'codec', 'domain'],
  // In browsers: it knows the API's document alone.
  console: [],
  lambdas: ['runtime', 'operations', 'domain'],
  // Containers: one runs a function's handler, the other fetches it.
  tasks: ['lambdas', 'runtime'],
  // The version that --version prints.
  bin: [
    'api',
    'runtime',
    'operations',
    'planner',
    'policy',
    'domain',
    'local',
    'ports',
    'bin/deployment-file.ts',
    'package.json',
  ],
  // What a deployment file says, for a command that plans with it.
  'bin/deployment-file.ts': ['infra', 'planner', 'domain'],
  // The CDK app, what writes its documentation and what builds its library: they share bin/ with the command line and nothing else.
  cdk: ['infra', 'domain'],
  'bin/cdk-app.ts': ['infra', 'domain'],
};

const CDK_PROGRAMS = ['bin/cdk-app.ts', 'bin/write-configuration.ts', 'bin/build-library.ts'];

/** The rooms of lib/operations from left to right: each may use those to its left. */
const ROOMS = [
  ...['storage', 'catalog', 'model', 'log', 'snapshot', 'restore', 'archive'],
  ...[
    'incident',
    'verify',
    'rebuild',
    'retention',
    'governance',
    'fleet',
    'drills',
    'failover',
    'telling',
    'reporting',
  ],
];

/** Who reads the planner: what shows a bill, and what counts a real fleet for it. What protects and restores never plans with prices. */
const PLANNER_READERS = [
  'bin/commands/advise.ts',
  'bin/commands/cost.ts',
  'bin/deployment-file.ts',
  'bin/terminal/cost-page.ts',
  'bin/terminal/cost-text.ts',
  'bin/terminal/retention-text.ts',
  'lib/api/operating-deps.ts',
  'lib/api/routes/planning.ts',
  'lib/operations/catalog/measure-fleet.ts',
];

/** The rooms of lib/operations/restore, likewise. */
const RESTORE_ROOMS = ['target', 'plan', 'stage', 'compare', 'apply'];

/** Package (or prefix ending in `/`) → layers, files or folders that may use it. The demo plays the application, hence its driver. */
const PACKAGES: Record<string, readonly string[]> = {
  pg: ['postgres', 'bin/demo/'],
  'pg-copy-streams': ['postgres'],
  '@aws-sdk/': ['aws', 'runtime'],
  'aws-cdk-lib': ['infra', 'bin/cdk-app.ts'],
  constructs: ['infra', 'bin/cdk-app.ts'],
  nodemailer: ['local'],
  hono: ['api'],
  '@hono/zod-openapi': ['api'],
  '@hono/node-server': ['bin/console/'],
  react: ['console'],
  'react-dom': ['console'],
  'react-router': ['console'],
  '@tanstack/': ['console'],
  vite: ['console', 'bin/build-console.ts'],
};

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^'"`;]*?from\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"]([^'"]+)['"]/g;

function sourceFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap(name => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(name) ? [path] : [];
  });
}

function layerOf(file: string): string {
  const path = relative(root, file);
  if (path === 'lib/ports.ts' || path === 'lib/region-ports.ts') return 'ports';
  if (CDK_PROGRAMS.includes(path)) return 'cdk';
  if (path in ALLOWED) return path;
  const [top, second] = path.split('/');
  return top === 'lib' ? (second ?? '') : (top ?? '');
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)].map(match => (match[1] ?? match[2] ?? match[3])!);
}

function violations(files: readonly string[]): string[] {
  const found: string[] = [];
  for (const file of files) {
    const layer = layerOf(file);
    const path = relative(root, file);
    for (const target of importsOf(file)) {
      if (target.startsWith('.')) {
        const other = layerOf(normalize(join(dirname(file), target)));
        if (other !== layer && !(ALLOWED[layer] ?? []).includes(other))
          found.push(`${path} imports ${target} (${layer} → ${other})`);
      } else {
        for (const [name, layers] of Object.entries(PACKAGES)) {
          const uses = name.endsWith('/') ? target.startsWith(name) : target === name || target.startsWith(`${name}/`);
          const allowed = layers.includes(layer) || layers.some(place => place.includes('/') && path.startsWith(place));
          if (uses && !allowed) found.push(`${path} imports the package ${target}`);
        }
      }
    }
  }
  return found;
}

/** Imports of a room (or of what lies beside the rooms) from one that is not to its left, and rooms that are not listed. */
function againstOrder(folder: string, rooms: readonly string[]): string[] {
  const base = join(root, folder);
  const roomOf = (file: string) => relative(base, file).split('/').slice(0, -1)[0];
  const inside = files.filter(file => file.startsWith(`${base}/`));
  const unknown = [...new Set(inside.map(roomOf))].filter(room => room !== undefined && !rooms.includes(room));
  const against = inside.flatMap(file =>
    importsOf(file)
      .filter(target => target.startsWith('.'))
      .map(target => normalize(join(dirname(file), target)))
      .filter(target => target.startsWith(`${base}/`))
      .map(target => [roomOf(target), roomOf(file), target] as const)
      .filter(([used, room]) => used !== undefined && used !== room)
      .filter(([used, room]) => room === undefined || rooms.indexOf(used!) > rooms.indexOf(room))
      .map(([, , target]) => `${relative(root, file)} imports ${relative(root, target)}`),
  );
  return [...unknown.map(room => `the room ${room} is not in the order`), ...against];
}

const files = ['lib', 'bin', 'lambdas', 'tasks', 'console'].flatMap(folder => sourceFiles(join(root, folder)));

describe('the layers', () => {
  it('are all known', () => {
    expect(files.length).toBeGreaterThan(10);
    expect([...new Set(files.map(layerOf))].filter(layer => !(layer in ALLOWED))).toEqual([]);
  });

  it('import only what they are allowed to', () => {
    expect(violations(files)).toEqual([]);
  });

  it('use the planner only to show costs and load', () => {
    const readers = files.filter(
      file => layerOf(file) !== 'planner' && importsOf(file).some(target => target.includes('/planner/')),
    );
    expect(readers.map(file => relative(root, file)).sort()).toEqual(PLANNER_READERS);
  });

  /** The demo plays the application; a catalog and a request are asked by methods of that name too. */
  it('send statements to a database only from lib/postgres', () => {
    const senders = files
      .map(file => relative(root, file))
      .filter(path => !path.startsWith('lib/postgres/') && !path.startsWith('bin/demo/'))
      .filter(path => /(?<!\bcatalog|\breq)\.query\s*[(<]/.test(readFileSync(join(root, path), 'utf8')));
    expect(senders).toEqual([]);
  });

  it('read the environment only in the configuration', () => {
    const readers = files.filter(file => file.includes('/lib/') && /process\.env\b/.test(readFileSync(file, 'utf8')));
    expect(readers.map(file => relative(root, file)).filter(path => path !== 'lib/runtime/config.ts')).toEqual([]);
  });

  it('use neither clock nor randomness in the domain and the planner', () => {
    const impure = files.filter(
      file =>
        ['domain', 'planner'].includes(layerOf(file)) &&
        /Date\.now\(|new Date\(\)|Math\.random|randomBytes|randomUUID|node:fs|node:net/.test(
          readFileSync(file, 'utf8'),
        ),
    );
    expect(impure.map(file => relative(root, file))).toEqual([]);
  });

  it('create references, ids and positions only where they are defined, without casts', () => {
    const casts = files.filter(file => /\bas (?:TenantRef|TenantId|Lsn|LsnText)\b/.test(readFileSync(file, 'utf8')));
    expect(casts.map(file => relative(root, file))).toEqual(['lib/domain/lsn.ts', 'lib/domain/tenant.ts']);
  });

  it('use randomness only through the ports', () => {
    const own = files.filter(
      file => layerOf(file) === 'operations' && /randomBytes|randomUUID/.test(readFileSync(file, 'utf8')),
    );
    expect(own.map(file => relative(root, file))).toEqual([]);
  });

  it('seal and open in the storage room only, so that a failure means the same everywhere', () => {
    const sealing = files.filter(
      file => layerOf(file) === 'operations' && /keyring\.(?:seal|open)\(/.test(readFileSync(file, 'utf8')),
    );
    const outside = sealing
      .map(file => relative(root, file))
      .filter(path => !path.startsWith('lib/operations/storage/'));
    expect(outside).toEqual([]);
  });

  it('define every advisory lock in one file', () => {
    const takers = files.filter(file => /\bpg_(?:try_)?advisory/.test(readFileSync(file, 'utf8')));
    expect(takers.map(file => relative(root, file))).toEqual(['lib/postgres/locks.ts']);
  });

  it('keep the rooms of the operations in order', () => {
    expect(againstOrder('lib/operations', ROOMS)).toEqual([]);
  });

  it('keep the rooms of a restore in order', () => {
    expect(againstOrder('lib/operations/restore', RESTORE_ROOMS)).toEqual([]);
  });
});
