/**
 * The state machines: what each does, and an example input. Shared by the stacks, the command line and the reference
 * pages.
 */

export interface WorkflowFacts {
  /** One sentence, shown above the graph and in lists. */
  readonly does: string;
  /** A valid input: used for a start without input where `ready`, else a template to fill in. */
  readonly example: Readonly<Record<string, unknown>>;
  /** The example can be used unchanged. */
  readonly ready: boolean;
}

export const WORKFLOWS = {
  'back-up-fleet': {
    does: 'Takes a snapshot of all tenants, or of the named ones.',
    example: { tenants: 'all', reason: 'manual', read: 'auto' },
    ready: true,
  },
  'fold-incrementals': {
    does: 'Folds the change log of each changed tenant into an incremental.',
    example: { changed: true, reason: 'manual' },
    ready: true,
  },
  'verify-fleet': {
    does: "Restores each tenant's newest snapshot into scratch tables and verifies it; then compares the live rows with the state rebuilt for that moment.",
    example: { tenants: 'all', reason: 'manual' },
    ready: true,
  },
  'expire-backups': {
    does: 'Removes objects that no kept backup needs and whose lock has ended; planOnly changes nothing.',
    example: { planOnly: true },
    ready: true,
  },
  'rebuild-catalog': {
    does: 'Rebuilds the catalog from the signed manifests in the vault; safe to repeat.',
    example: {},
    ready: true,
  },
  'restore-tenant': {
    does: 'Restores rows of one tenant, after a preview and approval; "previewOnly": true stops after the preview, and {"plan": …} applies that preview.',
    example: { tenant: 'acme', target: '2026-01-31T10:04:59Z', requestedBy: 'alice', reason: 'ticket 4711' },
    ready: false,
  },
} as const satisfies Readonly<Record<string, WorkflowFacts>>;

export type Workflow = keyof typeof WORKFLOWS;

export const WORKFLOW_NAMES = Object.keys(WORKFLOWS) as readonly Workflow[];

/** The step of restore-tenant that waits for people. */
export const APPROVAL_STEP = 'Wait for approval';
