/**
 * Where a restore is worked on: this machine, or the installation on AWS. The commands are the same for both and know only
 * this.
 */
import type { Preview } from '../../lib/domain/preview.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { renderPreview } from '../terminal/preview-text.ts';
import type { Session } from '../terminal/session.ts';

export interface RestoreRunner {
  /** Before a restore: what the options ask for beside the request. InputError `usage` for those that mean nothing there. */
  prepare(request: RestoreRequest, options: PrepareOptions): Promise<void>;
  /** What a restore would change; changes nothing. `keep`: as a plan file. */
  preview(request: RestoreRequest, keep: boolean): Promise<PreviewOnly>;
  /** Whether the difference is looked at before it is applied. InputError `usage` for what is not done there. */
  showsFirst(request: RestoreRequest, yes: boolean): Promise<boolean>;
  /** Compares, and keeps what exactly is to be applied. */
  show(request: RestoreRequest): Promise<ShownRestore>;
  /** Restores without anything being looked at. */
  restore(request: RestoreRequest): Promise<RestoreResult>;
  /** A difference that was kept earlier. */
  takeUp(kept: KeptRestore): Promise<ShownRestore>;
  /** The request that undoes a restore. InputError `unknown-restore`, `cannot-undo`. */
  undoing(restore: string, exact: boolean): Promise<RestoreRequest>;
  /** A command line for the same place. */
  command(words: string): string;
}

export interface PrepareOptions {
  readonly into?: string;
  readonly createMissing?: boolean;
  readonly owner?: string;
  readonly approvedBy?: string[];
  readonly yes?: boolean;
}

export interface PreviewOnly {
  readonly preview: Preview;
  /** The text of the plan file. Absent where nothing is kept. */
  readonly file?: string;
  /** Id under which it is kept there, whether as a file or not. */
  readonly id?: string;
}

export interface ShownRestore {
  readonly preview: Preview;
  /** The command line that applies exactly this later; absent where it is not kept for that. */
  readonly later?: { readonly id: string; readonly command: string };
  /** Exactly what was shown. ConflictError where it cannot be applied any more. */
  apply(): Promise<RestoreResult>;
  /** Nobody wants it: what is not kept for later goes. */
  drop(): Promise<void>;
}

export type KeptRestore =
  /** The text of a plan file. */
  | { readonly file: string; readonly approvedBy: readonly string[] }
  /** The id that `diff` told, where the installation keeps previews. */
  | { readonly tenant: string; readonly id: string };

export async function runnerOf(session: Session): Promise<RestoreRunner> {
  if (session.remote) {
    const { remoteRunner } = await import('../aws/remote-restore.ts');
    return remoteRunner(session, session.remote);
  }
  const { localRunner } = await import('./local-restore.ts');
  return localRunner(session);
}

export function showPreview(session: Session, preview: Preview): void {
  session.remark(renderPreview(preview, { style: session.style, now: session.now(), zone: session.zone() }));
}
