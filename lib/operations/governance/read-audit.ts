/**
 * Reads a chain of the audit trail, and verifies every event on the way: signature, place, and that it is the one that
 * its successor names. Memory: the events being fetched.
 *
 * Invariant: an event that is returned is one that this installation wrote at that place; a chain that cannot be proved
 * ends with an error, never earlier than expected.
 */
import { sha256Hex } from '../../codec/digest.ts';
import type { AuditEvent, AuditOutcome } from '../../domain/audit-event.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { auditEventKey, auditPlaceOf, auditPrefix } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { inOrder } from '../in-parallel.ts';
import type { SignedDocument } from '../storage/signed-document.ts';
import { openAuditEvent } from './audit-event-file.ts';
import { chainEnd } from './chain-end.ts';

export type AuditReadDeps = Pick<Deps, 'installation' | 'vault' | 'keyring' | 'signer' | 'catalog'>;

export interface AuditFilter {
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
  /** Part of the principal's name, in any case. */
  readonly who?: string;
  readonly action?: string;
  readonly outcome?: AuditOutcome;
  /** Only places below this one; newest first, reading begins there. */
  readonly before?: number;
}

export interface StoredAuditEvent {
  readonly event: AuditEvent;
  readonly key: string;
  /** Of the stored bytes. */
  readonly sha256: string;
  /** The exact signed text and its signature. */
  readonly signed: SignedDocument;
}

const AT_ONCE = 16;
/** More than the clocks of two writers differ. */
const CLOCKS_MS = 24 * 3600 * 1000;

/**
 * The events of a tenant, or of `system`, that pass the filter. IntegrityError `audit-chain-broken` at the first place
 * that cannot be proved.
 */
export async function* readAudit(
  deps: AuditReadDeps,
  tenant: TenantRef,
  filter: AuditFilter = {},
  order: 'oldest-first' | 'newest-first' = 'oldest-first',
): AsyncGenerator<StoredAuditEvent> {
  const last = await lastPlace(deps, tenant);
  const places = order === 'oldest-first' ? upTo(last) : downFrom(Math.min(last, filter.before ?? last));
  let before: StoredAuditEvent | undefined;
  for await (const stored of inOrder(AT_ONCE, places, place => readPlace(deps, tenant, place))) {
    const [earlier, later] = order === 'oldest-first' ? [before, stored] : [stored, before];
    if (later && later.event.previous !== (earlier?.sha256 ?? null))
      throw broken(later.key, 'does not follow the event before it');
    before = stored;
    if (passesFilter(filter, stored.event)) yield stored;
    else if (order === 'newest-first' && isBefore(stored.event, filter.from)) return;
  }
}

/** The last place; neither the catalog nor the vault knows of one after it. */
async function lastPlace(deps: AuditReadDeps, tenant: TenantRef): Promise<number> {
  const keyOf = (sequence: number) => auditEventKey(tenant, sequence);
  const hint = await auditHeads.get(deps.catalog, tenant);
  const { sequence: last } = await chainEnd(deps.vault, keyOf, hint);
  if (last < hint) throw broken(keyOf(last + 1), `is missing: the catalog knows of event ${hint}`);
  for await (const key of deps.vault.keys(auditPrefix(tenant), keyOf(last))) {
    // Another writer may have appended since.
    if ((auditPlaceOf(key)?.sequence ?? 0) > last + 1 && !(await deps.vault.head(keyOf(last + 1))))
      throw broken(keyOf(last + 1), 'is missing: there are events after it');
    break;
  }
  return last;
}

async function readPlace(deps: AuditReadDeps, tenant: TenantRef, sequence: number): Promise<StoredAuditEvent> {
  const key = auditEventKey(tenant, sequence);
  try {
    const bytes = await deps.vault.get(key);
    return { ...(await openAuditEvent(deps, tenant, sequence, bytes)), key, sha256: sha256Hex(bytes) };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    throw broken(key, error.code === 'object-missing' ? 'is missing' : 'is not what was written there', error);
  }
}

function* upTo(last: number): Generator<number> {
  for (let place = 1; place <= last; place++) yield place;
}

function* downFrom(last: number): Generator<number> {
  for (let place = last; place > 0; place--) yield place;
}

export function passesFilter(filter: AuditFilter, { at, who, action, outcome, sequence }: AuditEvent): boolean {
  const time = new Date(at);
  if (filter.before !== undefined && sequence >= filter.before) return false;
  if (filter.from && time < filter.from) return false;
  if (filter.to && time >= filter.to) return false;
  if (filter.who !== undefined && !who.name.toLowerCase().includes(filter.who.toLowerCase())) return false;
  if (filter.action !== undefined && action !== filter.action) return false;
  return filter.outcome === undefined || outcome === filter.outcome;
}

function isBefore(event: AuditEvent, from: Date | undefined): boolean {
  return from !== undefined && new Date(event.at).getTime() < from.getTime() - CLOCKS_MS;
}

function broken(key: string, what: string, cause?: unknown): IntegrityError {
  return new IntegrityError('audit-chain-broken', `The event ${key} of the audit trail ${what}.`, {
    hint: 'Nothing after it was read. `holdfast audit verify` names every such place; treat it as an intrusion.',
    cause,
    details: { key },
  });
}
