/** `diff`: what a restore would change. Changes nothing; `--out` keeps exactly this difference for approval. */
import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { preparePlan, previewRestore } from '../../lib/operations/restore/compare/preview-restore.ts';
import { whenBack } from '../../lib/operations/when-back.ts';
import type { Remote } from '../aws/remote.ts';
import { remotePreview } from '../aws/remote-restore.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { addSelection, requestOf, type SelectionOptions, TARGET_HELP } from './restore-options.ts';

interface DiffOptions extends SelectionOptions {
  readonly out?: string;
  readonly savePlan?: string;
}

export function registerDiff(program: Command): void {
  addSelection(
    program
      .command('diff')
      .description('show what going back would change; changes nothing')
      .argument('<tenant>', 'tenant id'),
  )
    .option('--out <file>', 'keep this difference as a plan, to be approved and applied by `restore --plan`')
    .option('--save-plan <file>', 'the same as --out')
    .addHelpText(
      'after',
      `\nExamples:\n  $ holdfast diff 17 --to '10 minutes ago'\n  $ holdfast diff 17 --to before-import --table public.invoices --out plan.json\n${TARGET_HELP}`,
    )
    .action(inSession(diff));
}

async function diff(session: Session, tenant: string, options: DiffOptions): Promise<void> {
  const request = await requestOf(session, tenant, options);
  const out = options.out ?? options.savePlan;
  const reading = () => ({ style: session.style, now: session.now(), zone: session.zone() });
  if (session.remote) return remoteDiff(session, session.remote, request, out);
  const ctx = await session.context();
  if (out === undefined) {
    const preview = await whenBack(() => previewRestore(ctx, request), ctx.progress);
    const command = sameRestore(process.argv, request.target);
    return session.emit(preview, () => renderPreview(preview, reading(), { command, exactly: false }));
  }
  const { preview, file } = await preparePlan(ctx, request);
  await keepFile(out, file);
  session.emit({ plan: out, preview }, () =>
    renderPreview(preview, reading(), { command: `holdfast restore --plan ${shellWord(out)}`, exactly: true }),
  );
}

/** The preview without sample rows: those never leave the database. */
async function remoteDiff(
  session: Session,
  remote: Remote,
  request: RestoreRequest,
  out: string | undefined,
): Promise<void> {
  const { id, text, document } = await remotePreview(session, remote, request);
  if (out !== undefined) await keepFile(out, text);
  const command = remote.command(`restore ${shellWord(request.tenant)} --preview ${id}`);
  session.emit({ id, ...(out !== undefined && { plan: out }), preview: document.preview }, () =>
    renderPreview(
      document.preview,
      { style: session.style, now: session.now(), zone: session.zone() },
      { command, exactly: true },
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

/** The same selection as a restore; the target as the one moment that it meant, not as "10 minutes ago". */
function sameRestore(argv: readonly string[], target: string): string {
  const words = argv.slice(argv.indexOf('diff') + 1);
  const at = words.indexOf('--to');
  const exact = words.map((word, index) =>
    word.startsWith('--to=') ? `--to=${target}` : at >= 0 && index === at + 1 ? target : word,
  );
  return ['holdfast restore', ...exact.map(shellWord)].join(' ');
}
