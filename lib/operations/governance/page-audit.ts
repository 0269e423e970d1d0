/**
 * The newest events that pass a filter, a page at a time: of one chain, or of all. Invariants: pages that follow each other
 * leave out no event and show none twice, whatever is appended meanwhile; a page that looked at as many events as it may says
 * where the next one continues, so that a filter which nothing passes does not read the whole trail at once.
 */
import type { AuditEvent } from '../../domain/audit-event.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { readAllAudit } from './read-all-audit.ts';
import { type AuditFilter, type AuditReadDeps, passesFilter, readAudit, type StoredAuditEvent } from './read-audit.ts';

/** An event that the page before ended with. */
export type AuditPosition = Pick<AuditEvent, 'tenant' | 'sequence'>;

export interface AuditPageAsked {
  /** `system` for what concerns no tenant. Absent: all chains. */
  readonly tenant?: TenantRef | undefined;
  readonly filter: Omit<AuditFilter, 'before'>;
  readonly limit: number;
  readonly after?: AuditPosition | undefined;
  /** Events that are looked at. @default Infinity */
  readonly mostRead?: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly events: readonly StoredAuditEvent[];
  /** Null: no older event passes. */
  readonly next: AuditPosition | null;
  /** When the last event that was looked at was written; null: none was. */
  readonly readTo: string | null;
}

/** IntegrityError `audit-chain-broken` at the first place that cannot be proved. */
export async function pageAudit(
  deps: AuditReadDeps,
  { tenant, filter, limit, after, mostRead = Number.POSITIVE_INFINITY }: AuditPageAsked,
): Promise<AuditPage> {
  const events: StoredAuditEvent[] = [];
  let read = 0;
  let readTo: string | null = null;
  for await (const stored of eventsAfter(deps, tenant, filter.from, after)) {
    const passes = passesFilter(filter, stored.event);
    if (passes && events.length === limit) return { events, next: positionOf(events.at(-1)!), readTo };
    if (passes) events.push(stored);
    readTo = stored.event.at;
    read += 1;
    if (read >= mostRead) return { events, next: positionOf(stored), readTo };
  }
  return { events, next: null, readTo };
}

async function* eventsAfter(
  deps: AuditReadDeps,
  tenant: TenantRef | undefined,
  from: Date | undefined,
  after: AuditPosition | undefined,
): AsyncGenerator<StoredAuditEvent> {
  const since = from === undefined ? {} : { from };
  if (tenant !== undefined) {
    const begin = after === undefined ? {} : { before: after.sequence };
    return yield* readAudit(deps, tenant, { ...since, ...begin }, 'newest-first');
  }
  let isBefore = after !== undefined;
  for await (const stored of readAllAudit(deps, since)) {
    if (!isBefore) yield stored;
    else if (stored.event.tenant === after!.tenant && stored.event.sequence === after!.sequence) isBefore = false;
  }
}

function positionOf({ event: { tenant, sequence } }: StoredAuditEvent): AuditPosition {
  return { tenant, sequence };
}
