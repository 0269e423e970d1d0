/** Python with the libraries that read exported files, in a virtual environment of its own. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cachedTool, run } from './tool-cache.ts';

const REQUIREMENTS = join(import.meta.dirname, 'requirements-export.txt');

export async function pythonReader(): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(REQUIREMENTS))
    .digest('hex')
    .slice(0, 12);
  const hint =
    'Tests of exports need Python 3.10 or newer with venv (Debian: apt-get install python3-venv), and a package index.';
  const directory = await cachedTool(`export-reader-${version}`, async path => {
    await run('python3', ['-m', 'venv', path], { hint });
    await run(join(path, 'bin', 'pip'), ['install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS], {
      hint,
    });
  });
  return join(directory, 'bin', 'python3');
}
