/**
 * Where a restore runs: on this machine, or in the installation on AWS. The commands are the same for both and depend only
 * on this interface.
 */
import type { Preview } from '../../lib/domain/preview.ts';
import type { RestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { labelsFor } from '../terminal/named-tenant.ts';
import { type Reading, renderPreview } from '../terminal/preview-text.ts';
import type { Session } from '../terminal/session.ts';

export interface RestoreRunner {
  /** Before a restore: what the options request in addition. InputError `usage` for options that are not supported there. */
  prepare(request: RestoreRequest, options: PrepareOptions): Promise<void>;
  /** What a restore would change; changes nothing. `keep`: as a plan file. */
  preview(request: RestoreRequest, keep: boolean): Promise<PreviewOnly>;
  /** Whether the difference is shown before it is applied. InputError `usage` for what is not supported there. */
  showsFirst(request: RestoreRequest, yes: boolean): Promise<boolean>;
  /** Compares, and keeps exactly the difference to apply. */
  show(request: RestoreRequest): Promise<ShownRestore>;
  /** Restores without showing the difference first. */
  restore(request: RestoreRequest): Promise<RestoreResult>;
  /** A difference that was kept earlier. */
  resume(kept: KeptRestore): Promise<ShownRestore>;
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
  /** Id under which the installation keeps it, with or without a file. */
  readonly id?: string;
}

export interface ShownRestore {
  readonly preview: Preview;
  /** The command line that applies exactly this later; absent where it is not kept. */
  readonly later?: { readonly id: string; readonly command: string };
  /**
   * Applies exactly what was shown; undefined where it waits for approvals, which was reported. ConflictError if it can no
   * longer be applied.
   */
  apply(): Promise<RestoreResult | undefined>;
  /** Declined: removes what is not kept for later. */
  drop(): Promise<void>;
}

export type KeptRestore =
  /** The text of a plan file. */
  | { readonly file: string; readonly approvedBy: readonly string[] }
  /** The id that `diff` reported, where the installation keeps previews. */
  | { readonly tenant: string; readonly id: string };

export async function runnerOf(session: Session): Promise<RestoreRunner> {
  if (session.remote) {
    const { remoteRunner } = await import('../aws/remote-restore.ts');
    return remoteRunner(session, session.remote);
  }
  const { localRunner } = await import('./local-restore.ts');
  return localRunner(session);
}

export async function showPreview(session: Session, preview: Preview): Promise<void> {
  session.remark(renderPreview(preview, await readingOf(session, preview)), true);
}

/** How this person reads a preview: with the tenant's name, where it has one. */
export async function readingOf(session: Session, { request }: Preview): Promise<Reading> {
  const { style, columns } = session;
  const labels = session.json ? undefined : await labelsFor(session, tenantId(request.tenant));
  return { style, columns, now: session.now(), zone: session.zone(), label: labels?.get(request.tenant) };
}
