/** Whether a tenant is safe, in one word: the same for the status, the metrics and the reports. */
import { OBJECTIVES } from '../../domain/objectives.ts';
import type { TenantStatus } from './timeline.ts';

/** The log is late for everybody once it misses the strictest objective. */
export const LOG_LATE_MS = OBJECTIVES.critical.recoveryPointSeconds * 1000;

export const TENANT_STATES = ['unprotected', 'broken', 'partial', 'late', 'safe', 'departed', 'destroyed'] as const;
/**
 * `late`: the newest moment is too old, or the log is not advancing; `partial`: changes of some tables cannot be replayed;
 * `broken`: the log is broken until a new snapshot; `unprotected`: no moment is recoverable; `departed`: it left the
 * database; `destroyed`: its key is being destroyed, or was.
 */
export type TenantState = (typeof TENANT_STATES)[number];

/** Nothing is to be done about them. */
export const FINE_STATES: ReadonlySet<TenantState> = new Set(['safe', 'departed', 'destroyed']);

/**
 * `logAgeMs`: age of the newest moment of the log itself, null where nothing has been shipped yet. A recent snapshot does
 * not make a tenant safe while the log is not advancing: what is written now would be lost.
 */
export function stateOf(tenant: TenantStatus, logAgeMs: number | null): TenantState {
  if (tenant.outside !== undefined) return tenant.outside;
  if (tenant.newestAgeMs === null) return 'unprotected';
  if (tenant.needsSnapshot) return 'broken';
  if (tenant.tableGaps.length > 0) return 'partial';
  return logAgeMs === null || Math.max(tenant.newestAgeMs, logAgeMs) > LOG_LATE_MS ? 'late' : 'safe';
}
