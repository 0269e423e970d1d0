/**
 * The runbook page for every notified code and every alarm. Invariant, held by test/unit/runbook.test.ts: every notified
 * code is listed here, every page exists, and every page is referred to.
 */

/** Files of docs/runbook that an alarm or a notice leads to. */
export type RunbookPage =
  | 'application-blocked'
  | 'approval-wanted'
  | 'archive-failed'
  | 'archive-late'
  | 'audit-anchor-late'
  | 'audit-chain-broken'
  | 'audit-unwritable'
  | 'backup-failed'
  | 'backup-late'
  | 'base-unreadable'
  | 'cluster-backup'
  | 'drill-failed'
  | 'drill-late'
  | 'drill-slow'
  | 'failover-automatic'
  | 'failover-failed'
  | 'glass-broken'
  | 'destruction'
  | 'hold-broken'
  | 'hold-review-due'
  | 'integrity-failed'
  | 'key-in-danger'
  | 'keys-without-replica'
  | 'live-differs'
  | 'log-comparison-undecided'
  | 'log-gap'
  | 'log-unreadable'
  | 'long-restore-failed'
  | 'message-undelivered'
  | 'model-mismatch'
  | 'notices-undelivered'
  | 'objects-without-replica'
  | 'possible-accident'
  | 'preflight'
  | 'primary-silent'
  | 'recovery-point-age'
  | 'recovery-point-objective'
  | 'region-lost'
  | 'region-suspected'
  | 'replica-expiry-behind'
  | 'replication-behind'
  | 'report-late'
  | 'request-failed'
  | 'restore-failed'
  | 'restore-progress'
  | 'restore-slow'
  | 'slot-retained-wal'
  | 'status-page-late'
  | 'status-posted'
  | 'storage-budget'
  | 'tenant-policies'
  | 'verification-late';

export const NOTICE_PAGES: Readonly<Record<string, RunbookPage>> = {
  'application-blocked': 'application-blocked',
  'approval-wanted': 'approval-wanted',
  'archive-failed': 'archive-failed',
  'archive-late': 'archive-late',
  'audit-chain-broken': 'audit-chain-broken',
  'audit-unwritable': 'audit-unwritable',
  'backup-failed': 'backup-failed',
  'base-unreadable': 'base-unreadable',
  'drill-failed': 'drill-failed',
  'drill-late': 'drill-late',
  'drill-slow': 'drill-slow',
  'failover-automatic': 'failover-automatic',
  'failover-failed': 'failover-failed',
  'glass-broken': 'glass-broken',
  'destroyed-tenant-writes': 'destruction',
  'destruction-stopped': 'destruction',
  'destruction-unproved': 'destruction',
  'hold-broken': 'hold-broken',
  'hold-review-due': 'hold-review-due',
  'identity-mended': 'application-blocked',
  'integrity-failed': 'integrity-failed',
  'live-differs': 'live-differs',
  'log-comparison-undecided': 'log-comparison-undecided',
  'log-gap': 'log-gap',
  'log-index-failed': 'integrity-failed',
  'log-index-refused': 'integrity-failed',
  'log-unreadable': 'log-unreadable',
  'message-test': 'message-undelivered',
  'message-undelivered': 'message-undelivered',
  'model-mismatch': 'model-mismatch',
  'new-epoch': 'log-gap',
  'possible-accident': 'possible-accident',
  preflight: 'preflight',
  'region-changed': 'region-lost',
  'region-suspected': 'region-suspected',
  'report-made': 'report-late',
  'request-failed': 'request-failed',
  'restore-began': 'restore-progress',
  'restore-ended': 'restore-progress',
  'restore-failed': 'restore-failed',
  'scratch-left': 'cluster-backup',
  'shipping-stopped': 'recovery-point-age',
  'snapshot-failed': 'backup-failed',
  'status-posted': 'status-posted',
  'tenant-policies': 'tenant-policies',
  'value-too-large': 'log-gap',
};

/** Codes that are not listed belong to integrity errors, which share one page. */
export function runbookPage(code: string): RunbookPage {
  return NOTICE_PAGES[code] ?? 'integrity-failed';
}
