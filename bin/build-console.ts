/** Builds the pages of the console beside the bundled command line, which serves them; the same files are deployed on AWS. */
import { join } from 'node:path';
import { build } from 'vite';

const CONFIG = join(import.meta.dirname, '../console/vite.config.ts');

/** Replaces the files in that directory, by default dist/console. */
export async function buildConsole(outDir = join(import.meta.dirname, '../dist/console')): Promise<void> {
  // Pages are built for people, also where a test asks for them.
  process.env.NODE_ENV = 'production';
  await build({ configFile: CONFIG, logLevel: 'error', build: { outDir } });
}
