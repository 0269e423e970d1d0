/**
 * What happened, as every recipient is told of it: notices and CloudWatch alarms as one document. Invariants: every notice
 * is exactly one event; what a customer is told is fixed text without internals; an event names a tenant by its reference.
 */
import * as z from 'zod';
import type { Told } from './chat-message.ts';
import { CustomerWords, customerWords } from './customer-words.ts';
import { NOTICE_PAGES, type RunbookPage, runbookPage } from './runbook.ts';
import { parseTenantRef, TenantRef } from './tenant.ts';

export const EVENT_KINDS = [
  ...(['backup-late', 'backup-failed', 'integrity', 'window-shrunk', 'approval-wanted', 'restore', 'drill'] as const),
  ...(['hold', 'destruction', 'fail-over', 'status-change', 'accident', 'audit', 'installation'] as const),
] as const;
type EventKind = (typeof EVENT_KINDS)[number];

export const HoldfastEvent = z.strictObject({
  format: z.literal('holdfast.event/1'),
  /** What repeats of it have in common: code, tenant and, of requests and restores, which one. */
  key: z.string().min(1).max(400),
  kind: z.enum(EVENT_KINDS),
  /** `critical`: passes quiet hours. `warning`: another alarm. */
  severity: z.enum(['critical', 'warning', 'info']),
  installation: z.string(),
  /** Of the notice, or the name of the CloudWatch alarm without that of the installation. */
  code: z.string(),
  message: z.string(),
  tenant: TenantRef.nullable(),
  details: z.record(z.string(), z.unknown()),
  /** URL of its page in the runbook. */
  runbook: z.string().nullable(),
  /** ISO 8601 UTC. */
  at: z.string(),
  /** An alarm that is over. */
  ended: z.boolean(),
  /** Null: customers are not told. */
  customer: CustomerWords.nullable(),
});
export type HoldfastEvent = z.infer<typeof HoldfastEvent>;

type Weight = 'critical' | 'warning';

/** By page, since every notice and every alarm has one: what kind of event, and how urgent an alarm of it is. */
const EVENTS: Readonly<Record<RunbookPage, readonly [EventKind, Weight]>> = {
  'application-blocked': ['installation', 'critical'],
  'approval-wanted': ['approval-wanted', 'warning'],
  'archive-failed': ['backup-failed', 'warning'],
  'archive-late': ['backup-late', 'warning'],
  'audit-anchor-late': ['audit', 'warning'],
  'audit-chain-broken': ['audit', 'critical'],
  'audit-unwritable': ['audit', 'critical'],
  'backup-failed': ['backup-failed', 'warning'],
  'backup-late': ['backup-late', 'warning'],
  'base-unreadable': ['integrity', 'critical'],
  'cluster-backup': ['installation', 'warning'],
  'drill-failed': ['drill', 'warning'],
  'drill-late': ['drill', 'warning'],
  'drill-slow': ['drill', 'warning'],
  'failover-automatic': ['fail-over', 'critical'],
  'failover-failed': ['fail-over', 'critical'],
  'glass-broken': ['audit', 'critical'],
  destruction: ['destruction', 'critical'],
  'hold-broken': ['hold', 'critical'],
  'hold-review-due': ['hold', 'warning'],
  'integrity-failed': ['integrity', 'critical'],
  'key-in-danger': ['integrity', 'critical'],
  'keys-without-replica': ['installation', 'warning'],
  'live-differs': ['integrity', 'critical'],
  'log-comparison-undecided': ['integrity', 'warning'],
  'log-gap': ['window-shrunk', 'critical'],
  'log-unreadable': ['window-shrunk', 'critical'],
  'long-restore-failed': ['restore', 'critical'],
  'message-undelivered': ['installation', 'warning'],
  'model-mismatch': ['backup-failed', 'warning'],
  'notices-undelivered': ['installation', 'critical'],
  'objects-without-replica': ['installation', 'warning'],
  'possible-accident': ['accident', 'critical'],
  preflight: ['installation', 'warning'],
  'primary-silent': ['fail-over', 'critical'],
  'recovery-point-age': ['backup-late', 'critical'],
  'recovery-point-objective': ['backup-late', 'critical'],
  'region-lost': ['fail-over', 'critical'],
  'region-suspected': ['fail-over', 'critical'],
  'replica-expiry-behind': ['installation', 'warning'],
  'replication-behind': ['installation', 'warning'],
  'report-late': ['installation', 'warning'],
  'request-failed': ['installation', 'warning'],
  'restore-failed': ['restore', 'critical'],
  'restore-progress': ['restore', 'warning'],
  'restore-slow': ['restore', 'warning'],
  'slot-retained-wal': ['backup-late', 'critical'],
  'status-page-late': ['status-change', 'warning'],
  'status-posted': ['status-change', 'warning'],
  'storage-budget': ['installation', 'warning'],
  'tenant-policies': ['installation', 'warning'],
  'verification-late': ['backup-late', 'warning'],
};

/** Of these each one is told by itself, and once: by the id of the request or restore. */
const TOLD_ONE_BY_ONE = new Set(['approval-wanted', 'restore-began', 'restore-ended', 'status-posted']);

export function eventOf(told: Told): HoldfastEvent {
  const { installation, severity, code, message, details = {}, runbook = null, at, ended = false } = told;
  const [kind, weight] = EVENTS[pageOf(told)];
  const tenant = typeof details.tenant === 'string' ? (parseTenantRef(details.tenant) ?? null) : null;
  const one = TOLD_ONE_BY_ONE.has(code) && typeof details.id === 'string' ? details.id : undefined;
  // A note never waits with an alarm.
  const which = severity === 'alarm' ? undefined : (one ?? 'note');
  return {
    ...{ format: 'holdfast.event/1', key: [code, tenant, which].filter(Boolean).join('/').slice(0, 400), kind },
    ...{ severity: severity === 'alarm' ? weight : 'info', installation, code, message, tenant, details },
    ...{ runbook, at, ended, customer: tenant === null || ended ? null : customerWords(code) },
  };
}

/** Whether a repeat of it says nothing new. */
export function isToldOnce({ code, details }: Pick<HoldfastEvent, 'code' | 'details'>): boolean {
  return TOLD_ONE_BY_ONE.has(code) && typeof details.id === 'string';
}

/** As notifiers and webhooks know it. */
export function toldOfEvent(event: HoldfastEvent): Told {
  const { installation, code, message, details, runbook, at, ended } = event;
  return {
    ...{ installation, severity: event.severity === 'info' ? 'info' : 'alarm', code, message, details },
    ...(runbook !== null && { runbook }),
    at,
    ...(ended && { ended }),
  };
}

/** Of an alarm of CloudWatch its name is no code of a notice: the page is in its link. */
function pageOf({ code, runbook }: Told): RunbookPage {
  const linked = runbook === undefined ? undefined : /([a-z-]+)\.md$/.exec(runbook)?.[1];
  if (!(code in NOTICE_PAGES) && linked !== undefined && linked in EVENTS) return linked as RunbookPage;
  return runbookPage(code);
}
