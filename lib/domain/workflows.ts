/**
 * The state machines by name: what each does, and an example input. The single source for the stacks, the command line
 * and the pages that describe them.
 */

export interface WorkflowFacts {
  /** One sentence, shown above the graph in the console and in lists. */
  readonly does: string;
  /** An input that the first step accepts: used by a start without input if `ready`, otherwise a template to fill in. */
  readonly example: Readonly<Record<string, unknown>>;
  /** The example can be used unchanged. */
  readonly ready: boolean;
}

export const WORKFLOWS = {
  'back-up-fleet': {
    does: 'Takes a snapshot of every tenant, or of the named tenants.',
    example: { tenants: 'all', reason: 'manual', read: 'auto' },
    ready: true,
  },
  'fold-incrementals': {
    does: 'Folds the change log of each tenant that changed into an incremental.',
    example: { changed: true, reason: 'manual' },
    ready: true,
  },
  'verify-fleet': {
    does: "Restores each tenant's newest snapshot into scratch tables and compares; then compares the live rows with the state rebuilt for the same moment.",
    example: { tenants: 'all', reason: 'manual' },
    ready: true,
  },
  'archive-fleet': {
    does: 'Makes self-contained copies for years: of every tenant for which one is due, or with "keep" of the named tenants.',
    example: { tenants: 'all', reason: 'manual' },
    ready: true,
  },
  'expire-backups': {
    does: 'Removes objects that no retained backup needs and whose lock has ended; planOnly changes nothing.',
    example: { planOnly: true },
    ready: true,
  },
  'keep-holds': {
    does: 'Proves every legal hold: holds what is not held, copies new log for held tenants, and certifies each hold again.',
    example: { reason: 'manual' },
    ready: true,
  },
  'verify-audit': {
    does: 'Verifies every event and every anchor of the audit trail; changes nothing.',
    example: {},
    ready: true,
  },
  'build-report': {
    does: 'Makes a signed report of what was measured, with its page: of the last complete period of its kind, or of the days "from" to "to".',
    example: { kind: 'daily' },
    ready: true,
  },
  'rebuild-catalog': {
    does: 'Writes the catalog again from the signed manifests in the vault; safe to repeat.',
    example: {},
    ready: true,
  },
  preflight: {
    does: 'Examines the network, keys, vault, catalog, database and limits of the installation; changes nothing.',
    example: {},
    ready: true,
  },
  'begin-epoch': {
    does: 'Continues the installation on another server, or on one that was restored: begins a source epoch. Confirm the server that the shipper refuses.',
    example: { confirm: '7412345678901234567/2' },
    ready: false,
  },
  'carry-out-request': {
    does: 'Executes a request that people approved: places or releases a legal hold, begins the destruction of a tenant, shortens retention, or exports a tenant, sealed. Started by the last approval.',
    // Everything else is in the signed request: starting it gives nobody a right.
    example: { tenant: 'abcdefghijklmnopqrstuvwxy2', request: '0mfs8t2xk-4k2j9x1q', action: 'hold' },
    ready: false,
  },
  'fail-over': {
    does: 'Fails over to this region, or back, as people approved it: freezes both regions, promotes the database, goes on with the log, validates and leads the application. Started by the last approval.',
    // Everything else is in the signed request: starting it gives nobody a right.
    example: { tenant: 'system', request: '0mfs8t2xk-4k2j9x1q', action: 'fail-over' },
    ready: false,
  },
  'finish-destructions': {
    does: 'Looks after every destruction of a tenant: destroys, proves and certifies what is due, stops what a hold stands on, and removes what is no longer locked.',
    // With "tenant": the key of that one at once. What is destroyed was approved when it was ordered.
    example: {},
    ready: true,
  },
  'run-drill': {
    does: 'Tries recovery: restores tenants into a scratch database, proves and measures it, and signs a record; {"due": true} takes the drill that is due, if one is.',
    example: { kind: 'single-tenant' },
    ready: true,
  },
  'read-cluster-backup': {
    does: "Reads one tenant of the cluster's own backup: RDS restores it beside the source, the rows are kept for a week as a target of restores, and the scratch database is always deleted.",
    example: { tenant: 'acme', moment: '2026-01-31T10:04:59Z' },
    ready: false,
  },
  'restore-tenant': {
    does: 'Restores rows of one tenant, after a preview and approval; "previewOnly": true stops after the preview, and {"plan": …} applies that preview.',
    // A restore that needs approval is requested by a person, not started: `holdfast restore` does that.
    example: { tenant: 'acme', target: '2026-01-31T10:04:59Z', previewOnly: true, reason: 'ticket 4711' },
    ready: false,
  },
  'restore-tenants': {
    does: 'Previews or restores many tenants by one request, each by restore-tenant; without "previewOnly" it applies the previews of the group.',
    example: {
      group: 'release-7',
      tenants: ['acme', 'globex'],
      request: { target: '2026-01-31T10:04:59Z', reason: 'ticket 4711' },
      previewOnly: true,
    },
    ready: false,
  },
} as const satisfies Readonly<Record<string, WorkflowFacts>>;

export type Workflow = keyof typeof WORKFLOWS;

export const WORKFLOW_NAMES = Object.keys(WORKFLOWS) as readonly Workflow[];

/** The step of restore-tenant that waits for people. */
export const APPROVAL_STEP = 'Wait for approval';
