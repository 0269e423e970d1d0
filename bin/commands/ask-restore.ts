/** How a restore is shown, confirmed and applied: the same for `restore`, `undo` and `revert`. */
import { writeFile } from 'node:fs/promises';
import { destinationOf } from '../../lib/domain/destination.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { blockingConflicts, type Preview } from '../../lib/domain/preview.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { printable } from '../terminal/format.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import { reportRestore } from '../terminal/restore-text.ts';
import type { Session } from '../terminal/session.ts';
import { type RestoreRunner, readingOf, runnerOf, type ShownRestore, showPreview } from './restore-runner.ts';

/** Applies exactly what was shown, where the difference is shown first. */
export async function restoreAsked(session: Session, runner: RestoreRunner, request: RestoreRequest, yes: boolean) {
  if (!(await runner.showsFirst(request, yes))) {
    const question = questionOf(request);
    if (question !== undefined) await session.confirm(question, yes);
    return reportRestore(session, await runner.restore(request), runner.command);
  }
  if (!yes && !session.interactive) await session.confirm('', false);
  const shown = await runner.show(request);
  try {
    await showPreview(session, shown.preview);
    // With a blocking conflict, applying reports it.
    if (blockingConflicts(shown.preview).length === 0) {
      if (shown.later)
        session.remark(
          session.style.dim(`Kept as ${shown.later.id}. To apply exactly this later:  ${shown.later.command}`),
        );
      await session.confirm(changing(shown.preview), yes);
    }
  } catch (error) {
    await shown.drop();
    throw error;
  }
  await reportApplied(session, runner, shown);
}

async function reportApplied(session: Session, runner: RestoreRunner, shown: ShownRestore): Promise<void> {
  const result = await shown.apply();
  if (result) reportRestore(session, result, runner.command);
}

/** Applies a difference that was kept; with --yes it has been reviewed before. */
export async function applyKept(
  session: Session,
  runner: RestoreRunner,
  shown: ShownRestore,
  yes: boolean,
): Promise<void> {
  if (!yes) {
    await showPreview(session, shown.preview);
    await session.confirm(changing(shown.preview), false);
  }
  await reportApplied(session, runner, shown);
}

function changing({ totals, request }: Preview): string {
  return `Change ${totals.rows.toLocaleString('en-US')} rows of tenant ${printable(request.tenant)}?`;
}

/** Undefined where no live row is changed. */
function questionOf(request: RestoreRequest): string | undefined {
  const destination = destinationOf(request);
  const whom = `Restore tenant ${printable(request.tenant)}`;
  switch (destination.kind) {
    case 'side-by-side':
      return undefined;
    case 'in-place':
      return `${whom}?`;
    case 'database':
      return `${whom} into the other database?`;
    case 'tenant':
      return `${whom} as tenant ${printable(destination.tenant)}?`;
  }
}

/** Shows what a request would change; `out`: and keeps exactly that as a plan file. `again`: the words that would apply it. */
export async function previewAsked(
  session: Session,
  request: RestoreRequest,
  out: string | undefined,
  again: string,
): Promise<void> {
  const runner = await runnerOf(session);
  const { preview, file, id } = await runner.preview(request, out !== undefined);
  if (out !== undefined) await keepFile(out, file!);
  const isKept = id !== undefined || out !== undefined;
  const document = isKept ? { ...(id && { id }), ...(out !== undefined && { plan: out }), preview } : preview;
  const kept =
    id !== undefined
      ? `restore ${shellWord(request.tenant)} --preview ${id}`
      : out !== undefined && `restore --plan ${shellWord(out)}`;
  const reading = await readingOf(session, preview);
  const next = { command: runner.command(kept || again), exactly: isKept };
  session.emit(document, () => renderPreview(preview, reading, next));
}

/** Shows a difference that was kept, and applies nothing. */
export function emitPreview(session: Session, preview: Preview): void {
  const { style, columns } = session;
  session.emit(preview, () => renderPreview(preview, { style, columns, now: session.now(), zone: session.zone() }));
}

async function keepFile(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch(cause => {
    throw new InputError('cannot-write-file', `The plan cannot be written to ${path} (${cause.code}).`, {
      hint: 'Check the directory and its permissions.',
      cause,
    });
  });
}

/** Options of a read that a repeated command does not do again: its target names what was read. */
const READ_ONCE = ['--from', '--cluster-url'];

/** The same selection as a restore, with the target as the exact moment, not as "10 minutes ago". */
export function sameRestore(argv: readonly string[], target: string): string {
  const words = argv
    .slice(argv.findIndex(word => word === 'diff' || word === 'restore') + 1)
    .filter(word => word !== '--dry-run' && !READ_ONCE.some(option => word.startsWith(`${option}=`)))
    .filter((word, index, all) => !READ_ONCE.includes(word) && !READ_ONCE.includes(all[index - 1] ?? ''));
  const at = words.indexOf('--to');
  const exact = words.map((word, index) =>
    word.startsWith('--to=') ? `--to=${target}` : at >= 0 && index === at + 1 ? target : word,
  );
  return ['restore', ...exact.map(shellWord)].join(' ');
}
