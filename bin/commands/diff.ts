/** `diff`: what a restore would change. Changes nothing; `--out` saves exactly this difference for approval. */
import type { Command } from 'commander';
import { inSession, type Session } from '../terminal/session.ts';
import { previewAsked, sameRestore } from './ask-restore.ts';
import { addSelection, requestOf, type SelectionOptions, TARGET_HELP } from './restore-options.ts';

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
  await previewAsked(session, request, options.out ?? options.savePlan, sameRestore(process.argv, request.target));
}
