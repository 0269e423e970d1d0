/** `diff`: what a restore would change. Changes nothing; `--out` saves exactly this difference for approval. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { addSelection, requestOf, type SelectionOptions, TARGET_HELP } from './restore-options.ts';
import { runnerOf } from './restore-runner.ts';

interface DiffOptions extends SelectionOptions {
  readonly out?: string;
  readonly savePlan?: string;
}

export function registerDiff(program: Command): void {
  addSelection(
    program.command('diff').description('preview a restore; changes nothing').argument('<tenant>', 'tenant id'),
  )
    .option('--out <file>', 'save this difference as a plan, to approve and to apply with `restore --plan`')
    .option('--save-plan <file>', 'same as --out')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast diff 17 --to '10 minutes ago'\n  $ holdfast diff 17 --to before-import --table public.invoices \\\n      --out plan.json\n${TARGET_HELP}`,
    )
    .action(inSession(diff));
}

async function diff(session: Session, tenant: string, options: DiffOptions): Promise<void> {
  const request = await requestOf(session, tenant, options);
  const out = options.out ?? options.savePlan;
  const runner = await runnerOf(session);
  const { preview, file, id } = await runner.preview(request, out !== undefined);
  if (out !== undefined) await keepFile(out, file!);
  const isKept = id !== undefined || out !== undefined;
  const document = isKept ? { ...(id && { id }), ...(out !== undefined && { plan: out }), preview } : preview;
  const apply =
    id !== undefined
      ? `restore ${shellWord(request.tenant)} --preview ${id}`
      : out !== undefined
        ? `restore --plan ${shellWord(out)}`
        : sameRestore(process.argv, request.target);
  session.emit(document, () =>
    renderPreview(
      preview,
      { style: session.style, columns: session.columns, now: session.now(), zone: session.zone() },
      { command: runner.command(apply), exactly: isKept },
    ),
  );
}

async function keepFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch(cause => {
    throw new InputError('cannot-write-file', `The plan cannot be written to ${path} (${cause.code}).`, {
      hint: 'Check the directory and its permissions.',
      cause,
    });
  });
}

/** The same selection as a restore, with the target as the exact moment, not as "10 minutes ago". */
function sameRestore(argv: readonly string[], target: string): string {
  const words = argv.slice(argv.indexOf('diff') + 1);
  const at = words.indexOf('--to');
  const exact = words.map((word, index) =>
    word.startsWith('--to=') ? `--to=${target}` : at >= 0 && index === at + 1 ? target : word,
  );
  return ['restore', ...exact.map(shellWord)].join(' ');
}
