/**
 * The container that applies a restore that is too long for a function: what the state machine passes to it, and when each
 * side gives up on the other. Invariant: the container ends itself well before the state machine stops waiting, so that
 * nothing commits after the execution has failed.
 */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

/** Environment variables, by member of RestoreTaskInput. None of them is a secret. */
export const RESTORE_TASK_VARIABLES = {
  token: 'HOLDFAST_TASK_TOKEN',
  tenant: 'HOLDFAST_TENANT',
  id: 'HOLDFAST_PREVIEW',
  planKey: 'HOLDFAST_PLAN',
  startedAt: 'HOLDFAST_STARTED_AT',
} as const;

/** Where fetch-code.ts finds the bundle. */
export const CODE_URL_VARIABLE = 'HOLDFAST_CODE_URL';
export const CODE_DIGEST_VARIABLE = 'HOLDFAST_CODE_SHA256';

/** Entry of the container in the bundle. */
export const RESTORE_TASK_FILE = 'task-apply-restore';
/** What fetches the bundle, in it too. */
export const FETCH_CODE_FILE = 'task-fetch-code';

export const RestoreTaskInput = z.object({
  /** Answers the step; useless without the right to answer tasks. */
  token: z.string().min(1),
  ...{ tenant: TenantRef, id: z.string().min(1), planKey: z.string().min(1), startedAt: z.string().min(1) },
});
export type RestoreTaskInput = z.infer<typeof RestoreTaskInput>;

/** The container reports that it works. */
export const BEAT_MS = 60_000;
/** Without an accepted report for so long it ends itself, and the server rolls its transaction back. */
export const ABANDONED_MS = 5 * 60_000;
/** The state machine stops waiting: longer than a container takes to start, and than twice the time above. */
export const HEARTBEAT_MINUTES = 12;
