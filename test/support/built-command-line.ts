/**
 * The command line bundled as the npm package has it, once for all end-to-end tests of a run: a start of the bundle costs a
 * third of a start of the sources. Beside it is its compile cache; both are removed after the run.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { run } from './tool-cache.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The file to run with Node.js 24. */
    commandLine: string;
  }
}

const ROOT = join(import.meta.dirname, '../..');
/** Below the packages, which the bundle looks for some of. */
const CACHE = join(ROOT, 'node_modules/.cache');

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await mkdir(CACHE, { recursive: true });
  const place = await mkdtemp(join(CACHE, 'command-line-'));
  const bundle = join(place, 'dist');
  await run(process.execPath, [join(ROOT, 'bin/build.ts'), bundle], { hint: 'The command line could not be bundled.' });
  project.provide('commandLine', join(bundle, 'holdfast.mjs'));
  return () => rm(place, { recursive: true, force: true });
}
