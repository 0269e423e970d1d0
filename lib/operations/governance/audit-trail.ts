/**
 * Writes events of the audit trail. Each tenant has a chain; the event at place n names the digest of the stored object
 * at place n - 1, which the vault knows, so a writer needs no right to open events.
 *
 * Invariants: places are taken write-once and in order, so a chain has no fork and no gap, whatever the catalog says and
 * wherever a writer crashes; an event that is returned is durable; one that cannot be written is an error, and the
 * action that it belongs to must not go on.
 */
import { sha256Hex } from '../../codec/digest.ts';
import { AuditDraft, AuditEvent } from '../../domain/audit-event.ts';
import { HoldfastError, StorageError } from '../../domain/errors.ts';
import { auditEventKey } from '../../domain/governance-key.ts';
import { retainUntil, type Settings } from '../../domain/settings.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { unlessStored } from '../storage/write-once.ts';
import { sealAuditEvent } from './audit-event-file.ts';
import { type ChainEnd, chainEnd } from './chain-end.ts';

export type AuditDeps = Pick<
  Deps,
  'installation' | 'vault' | 'keyring' | 'signer' | 'catalog' | 'clock' | 'notifier' | 'crash'
> & { readonly settings: Settings };

export interface AppendedEvent {
  readonly event: AuditEvent;
  readonly key: string;
  /** Of the stored bytes: the next event names it. */
  readonly sha256: string;
}

/** Each lost race is another writer's event in the chain. */
const MAX_ATTEMPTS = 100;

/**
 * Appends an event to the chain of the tenant, or of `system`. Resolves when it is durable. StorageError
 * `audit-unwritable`, with an alarm; the event may still have been stored if the vault's answer was lost.
 */
export async function appendEvent(deps: AuditDeps, tenant: TenantRef, draft: AuditDraft): Promise<AppendedEvent> {
  const checked = AuditDraft.parse(draft);
  try {
    return await append(deps, tenant, checked);
  } catch (cause) {
    await alarmUnwritable(deps, tenant, cause);
    throw unwritable(tenant, cause);
  }
}

async function append(deps: AuditDeps, tenant: TenantRef, draft: AuditDraft): Promise<AppendedEvent> {
  let end = await knownEnd(deps, tenant);
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const appended = await putNext(deps, tenant, draft, end);
    if (appended) {
      await deps.crash?.('audit.after-event');
      await noteHead(deps, tenant, appended.event.sequence);
      return appended;
    }
    end = await chainEnd(deps.vault, sequence => auditEventKey(tenant, sequence), end.sequence);
  }
  throw new StorageError('lost-race', `The next place in the audit trail was taken ${MAX_ATTEMPTS} times.`, {
    hint: 'Many actions on this tenant are recorded at once. Run it again.',
    details: { tenant },
  });
}

/** Where the chain ends. A catalog that knows of a later event means that events are missing: that alarms. */
async function knownEnd(deps: AuditDeps, tenant: TenantRef): Promise<ChainEnd> {
  // Without the catalog the end is found in the vault.
  const hint = await auditHeads.get(deps.catalog, tenant).catch(() => 0);
  const end = await chainEnd(deps.vault, sequence => auditEventKey(tenant, sequence), hint);
  if (end.sequence < hint) {
    await deps.notifier.notify({
      severity: 'alarm',
      code: 'audit-chain-broken',
      message: `The audit trail of ${tenant} ends at event ${end.sequence}, but the catalog knows of event ${hint}.`,
      details: { tenant, end: end.sequence, known: hint },
    });
  }
  return end;
}

/** Undefined if another writer has taken the place. */
async function putNext(
  deps: AuditDeps,
  tenant: TenantRef,
  draft: AuditDraft,
  { sequence, last }: ChainEnd,
): Promise<AppendedEvent | undefined> {
  const now = deps.clock.now();
  const event = AuditEvent.parse({
    format: 'holdfast.audit-event/1',
    tenant,
    sequence: sequence + 1,
    previous: last?.sha256 ?? null,
    at: now.toISOString(),
    ...draft,
  });
  const key = auditEventKey(tenant, event.sequence);
  const bytes = await sealAuditEvent(deps, event);
  const sha256 = sha256Hex(bytes);
  const storing = deps.vault.put(key, bytes, { retainUntil: retainUntil(deps.settings, 'record', now) });
  const stored = await unlessStored(storing);
  // A repeated request, after an answer that was lost, finds its own object.
  if (stored === undefined && (await deps.vault.head(key))?.sha256 !== sha256) return undefined;
  return { event, key, sha256 };
}

/** The event is durable: that the catalog cannot be written costs the next writer some requests. */
async function noteHead(deps: AuditDeps, tenant: TenantRef, sequence: number): Promise<void> {
  await deps.catalog.write([auditHeads.put(tenant, sequence)]).catch(() => {});
}

async function alarmUnwritable(deps: AuditDeps, tenant: TenantRef, cause: unknown): Promise<void> {
  const reason = cause instanceof HoldfastError ? cause.code : 'unknown';
  const notice = deps.notifier.notify({
    severity: 'alarm',
    code: 'audit-unwritable',
    message: `An event of ${tenant} could not be written to the audit trail (${reason}). The action was stopped.`,
    details: { tenant, reason },
  });
  // The error is thrown in any case.
  await notice.catch(() => {});
}

function unwritable(tenant: TenantRef, cause: unknown): StorageError {
  const why = cause instanceof HoldfastError ? `: ${cause.message}` : '.';
  return new StorageError('audit-unwritable', `The audit trail of ${tenant} cannot be written${why}`, {
    hint: 'The action was stopped, since what is not recorded must not happen. Correct the cause, then run it again.',
    cause,
    details: { tenant },
  });
}
