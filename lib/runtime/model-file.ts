/** The tenant model as the team's YAML file: reviewed, committed, read on every run. */
import { open, readFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { InputError } from '../domain/errors.ts';
import { type ModelTable, TenantModel } from '../domain/tenant-model.ts';
import { parseYaml } from './yaml-document.ts';

/** Throws InputError `no-model`, `bad-model` (with file, line and field). */
export async function readModel(file: string): Promise<TenantModel> {
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new InputError('no-model', `There is no tenant model at ${file}.`, {
      hint: 'Run `holdfast discover` to write one, then review it.',
      cause,
      details: { file },
    });
  });
  return parseYaml(TenantModel, text, file, {
    code: 'bad-model',
    name: 'tenant model',
    hint: 'Correct the named lines; docs/tenant-model.md explains every kind of table.',
  });
}

/** Writes the model as a file for review. `replace` false: InputError `file-exists` where there is one. */
export async function writeModel(file: string, model: TenantModel, replace: boolean): Promise<void> {
  await writeNew(file, renderModel(model), replace);
}

const HEADER = `# Which rows belong to which tenant. Review it, answer every question, commit it.
#   root      the tenant table itself            direct    has the tenant column
#   via       reached through foreign keys       shared    of no tenant: not backed up
#   excluded  left out on purpose, with a reason
# A table that stands here nowhere fails the model check: no table is silently unprotected.
`;

export function renderModel(model: TenantModel): string {
  const tables = model.tables.map(renderTable).join('\n');
  return `${HEADER}\nformat: ${model.format}\ntables:\n${tables}`;
}

function renderTable(table: ModelTable): string {
  const { table: name, why, question, ...entry } = table;
  const ordered = {
    table: name,
    ...entry,
    ...(question === undefined ? {} : { question }),
    ...(why === undefined ? {} : { why }),
  };
  const text = stringify([ordered], { lineWidth: 0 });
  return text
    .trimEnd()
    .split('\n')
    .map(line => `  ${line}\n`)
    .join('');
}

/** Creates a file that people own; never replaces one unless told to. InputError `file-exists`. */
export async function writeNew(file: string, text: string, replace = false): Promise<void> {
  try {
    const handle = await open(file, replace ? 'w' : 'wx', 0o644);
    await handle.writeFile(text).finally(() => handle.close());
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new InputError(
      code === 'EEXIST' ? 'file-exists' : 'cannot-write-file',
      `${file} ${code === 'EEXIST' ? 'exists already' : `cannot be written (${code})`}.`,
      {
        hint: code === 'EEXIST' ? 'Pass --force to replace it.' : 'Check the directory and its permissions.',
        cause,
        details: { file },
      },
    );
  }
}
