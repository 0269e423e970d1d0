/**
 * Starts the command line with a compile cache beside the packages: type stripping and compiling would take half of the
 * time of a short command. If the cache is not writable, every start compiles.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { keepYoungGeneration } from '../lib/runtime/young-generation.ts';

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/holdfast'));
const { run } = await import('./program.ts');
keepYoungGeneration();
await run();
