/**
 * What a container runs: the same bundle as the functions, as one JSON document, and the script that fetches it, which is
 * short enough to be the command of the task definition.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FETCH_CODE_FILE, RESTORE_TASK_FILE } from '../../domain/restore-task.ts';

export interface PackedCode {
  readonly path: string;
  readonly sha256: string;
}

/** The files of functionCode() in one, without source maps. Deterministic. */
export function packCode(codeDirectory: string): PackedCode {
  const names = readdirSync(codeDirectory).filter(name => !name.endsWith('.map'));
  const files = Object.fromEntries(names.sort().map(name => [name, readFileSync(join(codeDirectory, name), 'utf8')]));
  const text = JSON.stringify({ entry: `${RESTORE_TASK_FILE}.mjs`, files });
  const path = join(mkdtempSync(join(tmpdir(), 'holdfast-task-')), 'code.json');
  writeFileSync(path, text);
  return { path, sha256: createHash('sha256').update(text).digest('hex') };
}

/** The bundled text of tasks/fetch-code.ts, for `node --input-type=module -e`. */
export function fetchScript(codeDirectory: string): string {
  const text = readFileSync(join(codeDirectory, `${FETCH_CODE_FILE}.mjs`), 'utf8');
  return text.replace(/^\/\/# sourceMappingURL=.*$/m, '').trim();
}
