/**
 * Builds what `import { TenantBackups } from 'holdfast'` loads into dist/library: JavaScript and types, because Node.js
 * strips no types in node_modules; the bundles of the functions, so that an app needs no bundler; and the files beside them.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFunctions } from '../lib/infra/constructs/function-code.ts';

const ROOT = join(import.meta.dirname, '..');
const CERTIFICATES = 'lib/aws/rds-ca.pem';

const out = join(ROOT, 'dist/library');
rmSync(out, { recursive: true, force: true });
const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.library.json'], {
  ...{ cwd: ROOT, stdio: 'inherit' },
});
if (compiled.status !== 0) process.exit(1);
bundleFunctions(join(out, 'functions'));
cpSync(join(ROOT, CERTIFICATES), join(out, CERTIFICATES));
