/** The code of all functions, bundled once for all tests of a run that deploy it: bundling takes ten seconds of a processor. */
import { join } from 'node:path';
import { bundleFunctions } from '../../lib/infra/constructs/function-code.ts';
import { cachedTool } from './tool-cache.ts';

/** A directory for functionCode() to copy. `runDirectory` is shared by whoever may share the bundles. */
export async function bundledFunctions(runDirectory: string): Promise<string> {
  const code = (directory: string) => join(directory, 'code');
  const made = await cachedTool('functions', async directory => void bundleFunctions(code(directory)), runDirectory);
  return code(made);
}
