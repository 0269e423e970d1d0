/**
 * Verifies one chain of the audit trail from its first place to its last, against what anchors say about it. Unlike
 * readAudit, it goes on after a problem, and lists the vault instead of asking for places, so that everything that is
 * there and everything that should be is seen. Memory: the events being fetched, and the heads that are still expected.
 */
import { sha256Hex } from '../../codec/digest.ts';
import type { AuditEvent } from '../../domain/audit-event.ts';
import type { AuditProblem } from '../../domain/audit-problem.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { auditEventKey, auditPlaceOf, auditPrefix } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { inOrder } from '../in-parallel.ts';
import { openAuditEvent } from './audit-event-file.ts';
import type { ExpectedHead } from './verify-anchors.ts';

const AT_ONCE = 16;

export interface ChainReport {
  readonly tenant: TenantRef;
  /** Events that verify. */
  readonly events: number;
  /** Times of the first and the last of them. */
  readonly from?: string;
  readonly to?: string;
  /** Place up to which the anchors prove that nothing was removed; 0: no anchor names the chain. */
  readonly anchoredTo: number;
  /** Events after that place: whether more followed them, only the catalog knows, which proves nothing. */
  readonly notAnchored: number;
  readonly problems: readonly AuditProblem[];
}

export interface ChainExpectation {
  readonly heads: readonly ExpectedHead[];
  /** Last place that the catalog knows of, or 0. */
  readonly known: number;
  readonly onEvent?: (event: AuditEvent) => void;
}

type ChainDeps = Pick<Deps, 'installation' | 'vault' | 'keyring' | 'signer'>;

interface ReadPlace {
  readonly sequence: number;
  readonly key: string;
  /** Undefined if the object is gone. */
  readonly sha256?: string;
  /** Undefined if it does not verify. */
  readonly event?: AuditEvent;
}

/** Throws what vault and keyring throw; damage is among the problems. */
export async function verifyAuditChain(
  deps: ChainDeps,
  tenant: TenantRef,
  { heads, known, onEvent }: ChainExpectation,
): Promise<ChainReport> {
  const problems: AuditProblem[] = [];
  const expected = new Map(
    heads.map(head => [head.sequence, [...heads.filter(each => each.sequence === head.sequence)]]),
  );
  const anchoredTo = heads.reduce((most, head) => Math.max(most, head.sequence), 0);
  const seen = { events: 0, from: undefined as string | undefined, to: undefined as string | undefined };
  let before: ReadPlace = { sequence: 0, key: '' };
  for await (const place of inOrder(AT_ONCE, placesOf(deps, tenant, problems), key => readPlaceOf(deps, tenant, key))) {
    problems.push(...gapBetween(tenant, before.sequence, place.sequence));
    problems.push(...placeProblems(tenant, place, before, expected.get(place.sequence)));
    if (place.event) {
      seen.events += 1;
      seen.from ??= place.event.at;
      seen.to = place.event.at;
      onEvent?.(place.event);
    }
    before = place;
  }
  problems.push(...cutTail(tenant, before.sequence, heads, known));
  const notAnchored = Math.max(0, before.sequence - anchoredTo);
  const { events, from, to } = seen;
  return { tenant, events, ...(from && { from }), ...(to && { to }), anchoredTo, notAnchored, problems };
}

/** Keys of the places; anything else below the prefix is a problem. */
async function* placesOf(deps: ChainDeps, tenant: TenantRef, problems: AuditProblem[]): AsyncGenerator<string> {
  for await (const key of deps.vault.keys(auditPrefix(tenant))) {
    if (auditPlaceOf(key)?.tenant === tenant) yield key;
    else problems.push({ what: 'foreign', key, tenant, message: `${key} is no event of the audit trail.` });
  }
}

async function readPlaceOf(deps: ChainDeps, tenant: TenantRef, key: string): Promise<ReadPlace> {
  const { sequence } = auditPlaceOf(key)!;
  let sha256: string | undefined;
  try {
    const bytes = await deps.vault.get(key);
    sha256 = sha256Hex(bytes);
    const { event } = await openAuditEvent(deps, tenant, sequence, bytes);
    return { sequence, key, sha256, event };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { sequence, key, ...(sha256 !== undefined && { sha256 }) };
  }
}

function gapBetween(tenant: TenantRef, before: number, sequence: number): AuditProblem[] {
  if (sequence === before + 1) return [];
  const first = before + 1;
  const key = auditEventKey(tenant, first);
  const places = first === sequence - 1 ? `Event ${first}` : `Events ${first} to ${sequence - 1}`;
  return [{ what: 'missing', key, tenant, sequence: first, message: `${places} of ${tenant} are missing.` }];
}

function placeProblems(
  tenant: TenantRef,
  { sequence, key, sha256, event }: ReadPlace,
  before: ReadPlace,
  anchored: readonly ExpectedHead[] = [],
): AuditProblem[] {
  const at = { key, tenant, sequence };
  const problems: AuditProblem[] = anchored
    .filter(head => head.sha256 !== sha256)
    .map(head => ({
      ...at,
      what: 'anchor',
      message: `Event ${sequence} of ${tenant} is not the one in ${head.anchor}.`,
    }));
  if (event === undefined) {
    const message = `Event ${sequence} of ${tenant} is not what this installation wrote there.`;
    return [{ ...at, what: 'altered', message }, ...problems];
  }
  const follows = before.sequence === sequence - 1;
  if (follows && event.previous !== (before.sha256 ?? null)) {
    const message = `Event ${sequence} of ${tenant} names another event ${sequence - 1} than the stored one.`;
    return [{ ...at, what: 'unlinked', message }, ...problems];
  }
  return problems;
}

/** Events that an anchor or the catalog knows of, after the last one in the vault. */
function cutTail(tenant: TenantRef, last: number, heads: readonly ExpectedHead[], known: number): AuditProblem[] {
  const beyond = heads.filter(head => head.sequence > last);
  const end = Math.max(...beyond.map(head => head.sequence), 0);
  const why = end > 0 ? `${beyond.at(-1)!.anchor} has event ${end}` : `the catalog knows of event ${known}`;
  if (end === 0 && known <= last) return [];
  const key = auditEventKey(tenant, last + 1);
  const message = `The chain of ${tenant} ends at event ${last}, but ${why}.`;
  return [{ what: 'missing', key, tenant, sequence: last + 1, message }];
}
