/**
 * Starts the command line with compiled modules kept beside the packages: half of what a short command takes would be
 * stripping types and compiling. Where that place cannot be written, it is compiled each time.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/holdfast'));
const { run } = await import('./program.ts');
await run();
