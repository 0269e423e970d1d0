/**
 * The state machines by name: what each does, and an input to start it with. One place for the stacks, the command line
 * and the pages that describe them.
 */

export interface WorkflowFacts {
  /** One sentence: what a person reads above the graph and in a list. */
  readonly does: string;
  /** An input that the first step takes: what a start without an input uses where `ready`, else a form to fill in. */
  readonly example: Readonly<Record<string, unknown>>;
  /** The example can be used as it is. */
  readonly ready: boolean;
}

export const WORKFLOWS = {
  'back-up-fleet': {
    does: 'Takes a snapshot of every tenant, or of those named.',
    example: { tenants: 'all', reason: 'manual', read: 'auto' },
    ready: true,
  },
  'fold-incrementals': {
    does: 'Folds the change log of each tenant that changed into an incremental.',
    example: { changed: true, reason: 'manual' },
    ready: true,
  },
  'verify-fleet': {
    does: "Restores each tenant's newest snapshot into scratch tables and compares; then compares the live rows with what is rebuilt for that moment.",
    example: { tenants: 'all', reason: 'manual' },
    ready: true,
  },
  'expire-backups': {
    does: 'Removes what no live backup needs and whose lock has ended; planOnly changes nothing.',
    example: { planOnly: true },
    ready: true,
  },
  'rebuild-catalog': {
    does: 'Writes the catalog anew from the signed manifests in the vault; safe to repeat.',
    example: {},
    ready: true,
  },
  'restore-tenant': {
    does: 'Restores rows of one tenant, after a preview and approval; with "previewOnly": true it only looks, and {"plan": …} applies what was looked at.',
    example: { tenant: 'acme', target: '2026-01-31T10:04:59Z', requestedBy: 'alice', reason: 'ticket 4711' },
    ready: false,
  },
} as const satisfies Readonly<Record<string, WorkflowFacts>>;

export type Workflow = keyof typeof WORKFLOWS;

export const WORKFLOW_NAMES = Object.keys(WORKFLOWS) as readonly Workflow[];

/** The step of restore-tenant in which people are waited for. */
export const APPROVAL_STEP = 'Wait for approval';
