/**
 * The memory of each function in MB, and with it its share of a processor (planner/function-time.ts). The stacks deploy
 * these sizes and `holdfast cost` computes with them. Why each has what it has, with measurements:
 * docs/decisions/0032-lambda-memory.md.
 */

/** Most functions work on one document or page at a time: some 120 MiB resident, nearly all of it the runtime and our code. */
const DEFAULT_MB = 512;
/** Holds manifests or a stretch of the log of one tenant, or many requests at once; nobody waits for it. */
const HOLDS_DOCUMENTS_MB = 1024;
/** A whole processor: moves rows or log in bulk, and what it has not moved yet is not protected, verified or rebuilt. */
const ONE_PROCESSOR_MB = 1769;
/** A person waits for a restore, and restores are rare: decompression beside the main thread. The most of a new account. */
const PERSON_WAITS_MB = 3008;

const MEMORY_MB: Readonly<Record<string, number>> = {
  'plan-snapshot': HOLDS_DOCUMENTS_MB,
  'commit-snapshot': HOLDS_DOCUMENTS_MB,
  'fold-tenant': HOLDS_DOCUMENTS_MB,
  'expire-log': HOLDS_DOCUMENTS_MB,
  'expire-replicas': HOLDS_DOCUMENTS_MB,
  'copy-keys': HOLDS_DOCUMENTS_MB,
  'restore-keys': HOLDS_DOCUMENTS_MB,
  'anchor-audit': HOLDS_DOCUMENTS_MB,
  'verify-audit': HOLDS_DOCUMENTS_MB,
  'build-status-page': HOLDS_DOCUMENTS_MB,

  'ship-log': ONE_PROCESSOR_MB,
  'begin-epoch': ONE_PROCESSOR_MB,
  failover: ONE_PROCESSOR_MB,
  'read-part': ONE_PROCESSOR_MB,
  'read-cluster-backup': ONE_PROCESSOR_MB,
  'verify-backup': ONE_PROCESSOR_MB,
  'archive-tenant': ONE_PROCESSOR_MB,
  'export-tenant': ONE_PROCESSOR_MB,
  'rebuild-catalog': ONE_PROCESSOR_MB,
  'rebuild-log': ONE_PROCESSOR_MB,
  // Sums over all tenants, within one call.
  'build-report': ONE_PROCESSOR_MB,
  // Little work, but in front of a person, and nearly always after a start.
  'request-restore': ONE_PROCESSOR_MB,
  'check-restore': ONE_PROCESSOR_MB,
  'plan-group': ONE_PROCESSOR_MB,
  approve: ONE_PROCESSOR_MB,
  'acknowledge-failure': ONE_PROCESSOR_MB,
  investigate: ONE_PROCESSOR_MB,
  'request-failover': ONE_PROCESSOR_MB,
  'post-status': ONE_PROCESSOR_MB,
  'serve-api': ONE_PROCESSOR_MB,
  'serve-tenant': ONE_PROCESSOR_MB,
  'serve-requests': ONE_PROCESSOR_MB,
  'serve-rows': ONE_PROCESSOR_MB,
  // Plans an export as plan-restore plans a restore.
  'request-action': ONE_PROCESSOR_MB,

  'plan-restore': PERSON_WAITS_MB,
  'stage-restore': PERSON_WAITS_MB,
  'preview-restore': PERSON_WAITS_MB,
  'apply-restore': PERSON_WAITS_MB,
  'hand-over-restore': PERSON_WAITS_MB,
  // They measure how long a restore takes.
  'drill-tenant': PERSON_WAITS_MB,
  'region-drill-tenant': PERSON_WAITS_MB,
};

/** `name`: that of the function, without the installation's. */
export function functionMemoryMb(name: string): number {
  return MEMORY_MB[name] ?? DEFAULT_MB;
}
