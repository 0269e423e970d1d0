/**
 * Starts the command line with a compile cache beside the packages: type stripping and compiling would take half of the
 * time of a short command. If the cache is not writable, every start compiles.
 */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { collectEarly } from '../lib/runtime/collect-garbage.ts';

enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/holdfast'));
const { run } = await import('./program.ts');
collectEarly();
await run();
