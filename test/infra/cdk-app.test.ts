/** The app as the CDK command line runs it: in its own process, with the real bundles and CloudFormation's checks enabled. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WITH_STANDBY } from './synthesized.ts';

const ROOT = join(import.meta.dirname, '../..');
const out = mkdtempSync(join(tmpdir(), 'holdfast-synth-'));

function runApp(context: Record<string, string>, directory: string) {
  const { CDK_VALIDATION: _, ...env } = process.env;
  return spawnSync(process.execPath, ['bin/cdk-app.ts'], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...env, CDK_OUTDIR: directory, CDK_CONTEXT_JSON: JSON.stringify(context) },
  });
}

let done: ReturnType<typeof runApp>;
beforeAll(() => {
  done = runApp({ deployment: 'deployment.example.ts' }, out);
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

/** The asset of all functions, among those of the command line and of CDK itself. */
function functionCode(): string {
  return readdirSync(out).find(name => existsSync(join(out, name, 'ship-log.mjs')))!;
}

describe('the CDK app', () => {
  it('synthesizes the example unchanged, in every region, without warnings', () => {
    expect(done.stderr).toBe('');
    expect(done.status).toBe(0);
    expect(
      readdirSync(out)
        .filter(name => name.endsWith('.template.json'))
        .sort(),
    ).toEqual(
      [
        ...['observability', 'protection', 'recovery', 'replica-secondary', 'replica-tertiary'],
        ...['retention-secondary', 'retention-tertiary'],
        ...['vault-primary', 'vault-secondary', 'vault-tertiary', 'watch'],
      ].map(stack => `holdfast-${stack}.template.json`),
    );
  });

  it('synthesizes two more stacks in the secondary region with a standby', () => {
    const file = join(out, 'with-standby.ts');
    const source = JSON.stringify(WITH_STANDBY);
    const example = pathToFileURL(join(ROOT, 'deployment.example.ts')).href;
    const model = JSON.stringify(join(ROOT, 'test/infra/tenant-model.example.yaml'));
    writeFileSync(
      file,
      `import example from '${example}';\nexport default { ...example, tenantModel: ${model}, source: ${source} };\n`,
    );
    const directory = join(out, 'with-standby');
    const { stderr, status } = runApp({ deployment: file }, directory);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { artifacts } = JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'));
    for (const stack of ['observability-standby', 'recovery-standby'])
      expect(artifacts[`holdfast-${stack}`].environment).toBe('aws://unknown-account/eu-west-1');
  });

  it('needs no account: no lookup, no missing context', () => {
    expect(JSON.parse(readFileSync(join(out, 'manifest.json'), 'utf8')).missing).toBeUndefined();
  });

  it('bundles a module for every handler of a function, and the tenant model', () => {
    const asset = functionCode();
    for (const stack of ['protection', 'recovery']) {
      const { Resources } = JSON.parse(readFileSync(join(out, `holdfast-${stack}.template.json`), 'utf8'));
      for (const { Type, Properties } of Object.values(Resources) as {
        Type: string;
        Properties: { Handler: string };
      }[]) {
        if (Type !== 'AWS::Lambda::Function') continue;
        expect(existsSync(join(out, asset, Properties.Handler.replace(/\.handler$/, '.mjs')))).toBe(true);
      }
    }
    expect(existsSync(join(out, asset, 'tenant-model.yaml'))).toBe(true);
  });

  it('can load every handler: a bundle without a needed module would fail only when its schedule fires', () => {
    const asset = join(out, functionCode());
    const handlers = readdirSync(join(ROOT, 'lambdas')).map(name => name.replace(/\.ts$/, '.mjs'));
    const script = handlers
      .map(
        name =>
          `if (typeof (await import(${JSON.stringify(pathToFileURL(join(asset, name)).href)})).handler !== 'function') throw new Error(${JSON.stringify(name)});`,
      )
      .join('\n');
    const started = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
      env: { ...process.env, POWERTOOLS_TRACE_ENABLED: 'false', AWS_REGION: 'eu-central-1' },
    });
    expect(started.stderr).toBe('');
    expect(started.status).toBe(0);
  });

  it('refuses an invalid deployment with the field and the allowed values, without a stack trace', () => {
    const file = join(out, 'wrong.ts');
    writeFileSync(file, 'export default { installation: "x" };\n');
    const wrong = runApp({ deployment: file }, join(out, 'wrong'));
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain('installation: must have at least 8 characters');
    expect(wrong.stderr).not.toContain('at parseDeployment');
  });
});
