/**
 * The daily anchor of the audit trail: signs where every chain ends, so that a chain whose last events were removed can be
 * told from one that ended there. The chains are found by listing the vault, not from the catalog. Only chains that grew
 * are looked at, and only pages that changed are written.
 *
 * Invariants: pages are durable before the anchor that names them; a head never moves back: where a chain became shorter,
 * its former head stays anchored and an alarm is raised.
 */
import { type AnchoredHead, AuditAnchor, type AuditAnchorPage, anchorLeaf } from '../../domain/audit-anchor.ts';
import { IntegrityError, StorageError } from '../../domain/errors.ts';
import { auditAnchorKey, auditAnchorPageKey, auditEventKey, auditLetterPrefix } from '../../domain/governance-key.ts';
import { merkleRoot } from '../../domain/merkle-tree.ts';
import { newId } from '../../domain/new-id.ts';
import type { Principal } from '../../domain/principal.ts';
import { retainUntil } from '../../domain/settings.ts';
import { REF_LETTERS, SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { inOrder, inParallel } from '../in-parallel.ts';
import { putSigned } from '../storage/signed-document.ts';
import { unlessStored } from '../storage/write-once.ts';
import { anchorPlaces, readAnchor, readAnchorPage, type StoredAnchor } from './audit-anchors.ts';
import { type AuditDeps, appendEvent } from './audit-trail.ts';

export type AnchorDeps = AuditDeps & Pick<Deps, 'random'>;

export interface AnchoredAudit {
  readonly key: string;
  readonly sha256: string;
  readonly sequence: number;
  readonly at: string;
  readonly chains: number;
  readonly events: number;
  /** Chains that grew since the anchor before. */
  readonly grown: number;
  /** Chains that are shorter or other than the anchor before says, in words. */
  readonly contradictions: readonly string[];
}

/** What one letter's chains come to. */
interface AnchoredLetter {
  readonly page: AuditAnchor['pages'][number] | undefined;
  readonly heads: readonly AnchoredHead[];
  readonly grown: number;
  readonly contradictions: readonly string[];
}

const LETTERS_AT_ONCE = 8;
const HEADS_AT_ONCE = 8;
/** Two processes that anchor at once take turns. */
const MAX_ATTEMPTS = 5;

/**
 * Makes an anchor and records it in the chain of `system`, as `who`. StorageError `lost-race`, `audit-unwritable`, and
 * what the vault throws; an alarm `audit-chain-broken` where the vault contradicts the anchor before.
 */
export async function anchorAudit(deps: AnchorDeps, who: Principal): Promise<AnchoredAudit> {
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
    const made = await makeAnchor(deps);
    if (made === undefined) continue;
    if (made.contradictions.length > 0) await alarmContradictions(deps, made.contradictions);
    await appendEvent(deps, SYSTEM, {
      who,
      action: 'anchorAudit',
      outcome: 'done',
      records: { [made.key]: made.sha256 },
      details: { chains: made.chains, events: made.events },
    });
    return made;
  }
  throw new StorageError('lost-race', 'Other processes made anchors of the audit trail at the same time.', {
    hint: 'Those anchors are as good as this one.',
  });
}

/** Undefined if another process has taken the place. */
async function makeAnchor(deps: AnchorDeps): Promise<AnchoredAudit | undefined> {
  const now = deps.clock.now();
  const lock = { retainUntil: retainUntil(deps.settings, 'record', now) };
  const last = (await anchorPlaces(deps.vault)).at(-1) ?? 0;
  const stored = last > 0 ? await deps.vault.head(auditAnchorKey(last)) : undefined;
  const { before, damage } = await anchorBefore(deps, last);
  const id = newId(deps, now);
  const letters = await inParallel(LETTERS_AT_ONCE, [...REF_LETTERS], letter =>
    anchorLetter(deps, { id, letter, before, ...lock }),
  );
  const heads = letters.flatMap(each => each.heads);
  const anchor = AuditAnchor.parse({
    format: 'holdfast.audit-anchor/1',
    installation: deps.installation,
    sequence: last + 1,
    previous: stored?.sha256 ?? null,
    at: now.toISOString(),
    chains: heads.length,
    events: heads.reduce((sum, head) => sum + head.sequence, 0),
    pages: letters.flatMap(each => each.page ?? []),
  });
  const key = auditAnchorKey(anchor.sequence);
  const signed = await unlessStored(putSigned(deps, key, anchor, lock));
  if (signed === undefined) return undefined;
  const { sequence, at, chains, events } = anchor;
  const grown = letters.reduce((sum, each) => sum + each.grown, 0);
  const contradictions = [...damage, ...letters.flatMap(each => each.contradictions)];
  return { key, sha256: signed.sha256, sequence, at, chains, events, grown, contradictions };
}

/** A damaged anchor is reported and does not prevent the next one. */
async function anchorBefore(
  deps: AnchorDeps,
  sequence: number,
): Promise<{ before: StoredAnchor | undefined; damage: string[] }> {
  if (sequence === 0) return { before: undefined, damage: [] };
  try {
    return { before: await readAnchor(deps, sequence), damage: [] };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    return { before: undefined, damage: [`The anchor ${auditAnchorKey(sequence)} is damaged.`] };
  }
}

interface LetterOptions {
  readonly id: string;
  readonly letter: string;
  readonly before: StoredAnchor | undefined;
  readonly retainUntil: Date;
}

async function anchorLetter(deps: AnchorDeps, options: LetterOptions): Promise<AnchoredLetter> {
  const { id, letter, before, ...lock } = options;
  const named = before?.anchor.pages.find(page => page.letter === letter);
  const contradictions: string[] = [];
  const former = await formerHeads(deps, named, contradictions);
  const heads = await currentHeads(deps, letter, former, contradictions);
  const grown = heads.filter(head => former.get(head.tenant)?.sequence !== head.sequence).length;
  if (heads.length === 0) return { page: undefined, heads, grown, contradictions };
  const root = merkleRoot(heads.map(anchorLeaf));
  if (named && former.size > 0 && named.root === root) {
    await deps.vault.extendRetention(named.key, lock.retainUntil);
    return { page: named, heads, grown, contradictions };
  }
  const key = auditAnchorPageKey(id, letter);
  const page: AuditAnchorPage = { format: 'holdfast.audit-anchor-page/1', heads: [...heads] };
  const { sha256 } = await putSigned(deps, key, page, lock);
  return { page: { letter, key, sha256, root }, heads, grown, contradictions };
}

async function formerHeads(
  deps: AnchorDeps,
  named: AuditAnchor['pages'][number] | undefined,
  contradictions: string[],
): Promise<ReadonlyMap<TenantRef, AnchoredHead>> {
  if (named === undefined) return new Map();
  try {
    const { heads } = await readAnchorPage(deps, named);
    return new Map(heads.map(head => [head.tenant, head]));
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    contradictions.push(`The page ${named.key} of the anchor before is damaged.`);
    return new Map();
  }
}

/** In order of the references. */
async function currentHeads(
  deps: AnchorDeps,
  letter: string,
  former: ReadonlyMap<TenantRef, AnchoredHead>,
  contradictions: string[],
): Promise<AnchoredHead[]> {
  const missing = new Set(former.keys());
  const heads: AnchoredHead[] = [];
  const listed = chainHeads(deps.vault, auditLetterPrefix(letter));
  const read = (end: { tenant: TenantRef; sequence: number }) => headOf(deps, end, former.get(end.tenant));
  for await (const { head, wrong } of inOrder(HEADS_AT_ONCE, listed, read)) {
    missing.delete(head.tenant);
    heads.push(head);
    if (wrong !== undefined) contradictions.push(wrong);
  }
  for (const tenant of missing) {
    heads.push(former.get(tenant)!);
    contradictions.push(`The chain of ${tenant} is missing.`);
  }
  return heads.sort((one, other) => (one.tenant < other.tenant ? -1 : 1));
}

async function headOf(
  deps: AnchorDeps,
  { tenant, sequence }: { tenant: TenantRef; sequence: number },
  former: AnchoredHead | undefined,
): Promise<{ head: AnchoredHead; wrong?: string }> {
  if (former && former.sequence > sequence) {
    return { head: former, wrong: `The chain of ${tenant} ends at ${sequence}, before its anchor ${former.sequence}.` };
  }
  if (former?.sequence === sequence) return { head: former };
  const anchored = former && (await deps.vault.head(auditEventKey(tenant, former.sequence)));
  if (former && anchored?.sha256 !== former.sha256) {
    return { head: former, wrong: `Event ${former.sequence} of ${tenant} is not the one that its anchor names.` };
  }
  const stored = await deps.vault.head(auditEventKey(tenant, sequence));
  if (stored) return { head: { tenant, sequence, sha256: stored.sha256 } };
  throw new StorageError('lost-race', `The last event of ${tenant} was listed and is not in the vault.`, {
    hint: 'Run it again. If it recurs, run `holdfast audit verify`.',
    details: { tenant, sequence },
  });
}

async function alarmContradictions(deps: AnchorDeps, found: readonly string[]): Promise<void> {
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'audit-chain-broken',
    message: `${found[0]} ${found.length > 1 ? `${found.length - 1} more. ` : ''}Run \`holdfast audit verify\`.`,
    details: { contradictions: found.slice(0, 20), count: found.length },
  });
}
