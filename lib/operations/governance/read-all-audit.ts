/**
 * The newest events of all chains, merged by time. A chain is opened only when its last event could be the next one, so
 * that a page of events costs a page of reads, however many tenants there are. Memory: a place for each chain.
 */
import { AUDIT_PREFIX, auditEventKey } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { inOrder } from '../in-parallel.ts';
import { type AuditFilter, type AuditReadDeps, readAudit, type StoredAuditEvent } from './read-audit.ts';

const HEADS_AT_ONCE = 16;

interface OpenChain {
  readonly events: AsyncGenerator<StoredAuditEvent>;
  readonly next: StoredAuditEvent;
}

/** Newest first. IntegrityError `audit-chain-broken` at the first place that cannot be proved. */
export async function* readAllAudit(deps: AuditReadDeps, filter: AuditFilter = {}): AsyncGenerator<StoredAuditEvent> {
  const closed = await chainsByAge(deps);
  const open: OpenChain[] = [];
  for (;;) {
    const newest = open.reduce<OpenChain | undefined>(
      (best, each) => (!best || isNewer(each, best) ? each : best),
      undefined,
    );
    const candidate = closed.at(-1);
    // An event is stored after it was dated: a chain has nothing newer than its last object.
    if (candidate && (!newest || candidate.storedAt.toISOString() >= newest.next.event.at)) {
      closed.pop();
      await advance(open, readAudit(deps, candidate.tenant, filter, 'newest-first'));
      continue;
    }
    if (newest === undefined) return;
    yield newest.next;
    open.splice(open.indexOf(newest), 1);
    await advance(open, newest.events);
  }
}

async function advance(open: OpenChain[], events: AsyncGenerator<StoredAuditEvent>): Promise<void> {
  const { value, done } = await events.next();
  if (!done) open.push({ events, next: value });
}

/** Of two at the same moment, always the same one: pages of the list continue each other. */
function isNewer({ next: { event: one } }: OpenChain, { next: { event: other } }: OpenChain): boolean {
  return one.at === other.at ? one.tenant < other.tenant : one.at > other.at;
}

/** The one that was written to last comes last. */
async function chainsByAge(deps: AuditReadDeps): Promise<{ tenant: TenantRef; storedAt: Date }[]> {
  const found: { tenant: TenantRef; storedAt: Date }[] = [];
  const heads = inOrder(HEADS_AT_ONCE, chainHeads(deps.vault, AUDIT_PREFIX), async ({ tenant, sequence }) => {
    const stored = await deps.vault.head(auditEventKey(tenant, sequence));
    return { tenant, storedAt: stored?.storedAt ?? new Date(0) };
  });
  for await (const head of heads) found.push(head);
  return found.sort((one, other) => one.storedAt.getTime() - other.storedAt.getTime());
}
