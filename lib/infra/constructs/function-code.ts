/**
 * The code of all functions, bundled once: every handler in lambdas/ is an entry point, and so are the containers in
 * tasks/; shared code is split into common chunks, and all functions use the same asset with different handlers. One upload, one digest, and a cold start loads
 * only what its handler imports. The tenant model is part of the asset: a function cannot run with any model other than
 * the one that was reviewed and deployed.
 */
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { InputError } from '../../domain/errors.ts';
import { CA_FILE, MODEL_FILE, TENANT_SETTINGS_FILE, type TenantSettings } from '../../domain/function-config.ts';
import { GOVERNANCE_FILE, type GovernanceSettings, NO_GOVERNANCE } from '../../domain/governance-settings.ts';
import type { InstallationFiles } from '../../domain/installation.ts';
import { NO_OPERATIONS, OPERATIONS_FILE, type OperationsSettings } from '../../domain/operations-settings.ts';
import { FETCH_CODE_FILE, RESTORE_TASK_FILE } from '../../domain/restore-task.ts';
import { TenantModel } from '../../domain/tenant-model.ts';

const ROOT = join(import.meta.dirname, '../../..');

/** WebAssembly of the engine that evaluates the Cedar policies. */
const POLICY_ENGINE = 'cedar_wasm_bg.wasm';

/** Where the npm package has them, bundled when it was built. A checkout has none: it bundles its sources. */
const BUILT = join(ROOT, 'functions');

/**
 * The code of all functions in a new temporary directory, with what they read at run time. `certificates`: PEM. `bundles`:
 * a directory that bundleFunctions() filled, which is copied.
 */
export function functionCode(files: InstallationFiles, certificates: string, bundles = BUILT): string {
  const out = mkdtempSync(join(tmpdir(), 'holdfast-functions-'));
  cpSync(existsSync(bundles) ? bundles : bundledOnce(), out, { recursive: true });
  writeFileSync(join(out, MODEL_FILE), files.model);
  writeFileSync(join(out, TENANT_SETTINGS_FILE), JSON.stringify(files.tenants));
  writeFileSync(join(out, GOVERNANCE_FILE), JSON.stringify(files.governance));
  writeFileSync(join(out, OPERATIONS_FILE), JSON.stringify(files.operations));
  writeFileSync(join(out, CA_FILE), certificates);
  return out;
}

let bundled: string | undefined;

/** A directory of this process, which bundles its sources once: an app may have several installations. */
function bundledOnce(): string {
  if (bundled !== undefined) return bundled;
  const made = mkdtempSync(join(tmpdir(), 'holdfast-bundles-'));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  bundleFunctions(made);
  bundled = made;
  return made;
}

/** What the bundles are made of (esbuild's metafile; its types are not in the npm package). Paths as in the checkout. */
export interface Bundles {
  readonly outputs: Readonly<Record<string, BundledFile>>;
}

export interface BundledFile {
  readonly bytes: number;
  /** The source of a function or task. */
  readonly entryPoint?: string;
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[];
}

/** Bundled apart: the maker of the API's document uses the whole of zod, which no other function should load. */
const OF_THE_API = ['serve-api', 'serve-tenant', 'serve-requests', 'serve-rows'];

const BUNDLED = {
  absWorkingDir: ROOT,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  metafile: true,
  outExtension: { '.js': '.mjs' },
  // Of CommonJS, which `node` prefers, nothing can be left out: a client would bring all of its commands.
  mainFields: ['module', 'main'] as string[],
  logLevel: 'error',
} as const;

/**
 * Bundles lambdas/*.ts into that directory. Deterministic: the same sources give the same bytes. Returns what each file
 * is made of.
 */
export function bundleFunctions(out: string): Bundles {
  const handlers = readdirSync(join(ROOT, 'lambdas'))
    .filter(name => name.endsWith('.ts'))
    .map(name => ({ in: `lambdas/${name}`, out: name.replace(/\.ts$/, '') }));
  const task = { in: 'tasks/apply-restore.ts', out: RESTORE_TASK_FILE };
  const others = bundleTogether([...handlers.filter(({ out: name }) => !OF_THE_API.includes(name)), task], out);
  const api = bundleTogether(
    handlers.filter(({ out: name }) => OF_THE_API.includes(name)),
    out,
  );
  // In one piece: it is the command of a container.
  esbuild().buildSync({
    ...BUNDLED,
    entryPoints: { [FETCH_CODE_FILE]: 'tasks/fetch-code.ts' },
    outdir: out,
    minify: true,
  });
  copyPolicyEngine(out);
  return { outputs: { ...others.outputs, ...api.outputs } };
}

/** Code that several of them use is in common chunks, whose names are digests. */
function bundleTogether(entryPoints: { in: string; out: string }[], outdir: string): Bundles {
  const { metafile } = esbuild().buildSync({
    ...BUNDLED,
    ...{ entryPoints, outdir },
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // CommonJS packages inside an ES module need `require`; the policy engine finds its WebAssembly by `__dirname`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __codeDirectory = import.meta.dirname;",
    },
    // The loader of the policy engine looks for it there.
    define: { __dirname: '__codeDirectory' },
    external: ['pg-native'],
  });
  return metafile!;
}

/** Not imported: the npm package comes without it. */
function esbuild(): typeof import('esbuild') {
  return createRequire(import.meta.url)('esbuild') as typeof import('esbuild');
}

/** Beside the code, where its loader looks for it: only functions that decide read it. */
function copyPolicyEngine(out: string): void {
  const loader = createRequire(import.meta.url).resolve('@cedar-policy/cedar-wasm/nodejs');
  cpSync(join(dirname(loader), POLICY_ENGINE), join(out, POLICY_ENGINE));
}

/** The files deployed with the code: the reviewed tenant model, unchanged. InputError `no-tenant-model`, `bad-model`. */
export function installationFiles(
  tenantModel: string,
  tenants: TenantSettings,
  governance: GovernanceSettings = NO_GOVERNANCE,
  operations: OperationsSettings = NO_OPERATIONS,
): InstallationFiles {
  const model = textOf(tenantModel);
  refuseAnotherFile(model, tenantModel);
  return { format: 'holdfast.installation-files/1', model, tenants, governance, operations };
}

function textOf(tenantModel: string): string {
  try {
    return readFileSync(tenantModel, 'utf8');
  } catch (cause) {
    throw new InputError('no-tenant-model', `The tenant model ${tenantModel} cannot be read.`, {
      hint: 'Run `holdfast discover` against the database, review the file, and name it in the deployment.',
      cause,
    });
  }
}

/** A file that is no tenant model would be refused by every function, after the deployment. */
function refuseAnotherFile(text: string, tenantModel: string): void {
  const { value, problem } = yamlIn(text);
  const issue = problem === undefined ? TenantModel.safeParse(value).error?.issues[0] : undefined;
  const what = problem ?? (issue && `${issue.path.join('.') || '(top)'}: ${issue.message}`);
  if (what === undefined) return;
  throw new InputError('bad-model', `${tenantModel} is not a valid tenant model: ${what}.`, {
    hint: 'Name the file that `holdfast discover` writes; `holdfast doctor` checks it against the database.',
  });
}

function yamlIn(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: parse(text) };
  } catch (error) {
    return { problem: `${(error as Error).message.split('\n')[0]}` };
  }
}
