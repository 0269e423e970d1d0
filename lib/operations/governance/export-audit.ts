/**
 * Exports chains of the audit trail for people and systems without access to the vault, a line of JSON at a time. As
 * `jsonl` with its proof: each event's exact signed text, and at the end where the chain ends and which anchor says so;
 * examples/verify-audit checks such a file with nothing but the public key. As `ocsf` for a SIEM.
 *
 * Invariant: only events that verify are exported, in the order of their chain; a file whose chain has no last line is not
 * complete, and the verifier refuses it. Memory: the events being fetched.
 */
import { anchorLeaf } from '../../domain/audit-anchor.ts';
import { AUDIT_PREFIX } from '../../domain/governance-key.ts';
import { merkleProof } from '../../domain/merkle-tree.ts';
import { ocsfEvent } from '../../domain/ocsf-event.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { anchorPlaces, readAnchor, readAnchorPage, type StoredAnchor } from './audit-anchors.ts';
import { type AuditReadDeps, readAudit } from './read-audit.ts';

export const EXPORT_FORMATS = ['jsonl', 'ocsf'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

type ExportDeps = AuditReadDeps & Pick<Deps, 'clock'>;

/**
 * Lines without line feeds; of all chains, or of one. IntegrityError `audit-chain-broken` at the first place that cannot be
 * proved.
 */
export async function* exportAudit(deps: ExportDeps, format: ExportFormat, only?: TenantRef): AsyncGenerator<string> {
  const lines = format === 'jsonl' ? provedLines : ocsfLines;
  if (only !== undefined) return yield* lines(deps, only);
  for await (const { tenant } of chainHeads(deps.vault, AUDIT_PREFIX)) yield* lines(deps, tenant);
}

async function* ocsfLines(deps: ExportDeps, tenant: TenantRef): AsyncGenerator<string> {
  for await (const { event, key, sha256 } of readAudit(deps, tenant))
    yield JSON.stringify(ocsfEvent(event, `${deps.installation}/${key}`, sha256));
}

async function* provedLines(deps: ExportDeps, tenant: TenantRef): AsyncGenerator<string> {
  // Before the chain is read, so that it reaches as far as the anchor at least.
  const anchor = await anchorOf(deps, tenant);
  const { installation } = deps;
  const keyIds = new Set<string>(anchor ? [anchor.signature.keyId] : []);
  const exportedAt = deps.clock.now().toISOString();
  yield JSON.stringify({ kind: 'header', format: 'holdfast.audit-export/1', installation, tenant, exportedAt });
  let head: { sequence: number; sha256: string } | null = null;
  for await (const { event, key, sha256, signed } of readAudit(deps, tenant)) {
    keyIds.add(signed.signature.keyId);
    head = { sequence: event.sequence, sha256 };
    yield JSON.stringify({ kind: 'event', key, sha256, ...signed });
  }
  const keys = await Promise.all([...keyIds].map(async id => [id, await deps.signer.publicKey(id)] as const));
  yield JSON.stringify({ kind: 'end', head, anchor, keys: Object.fromEntries(keys) });
}

/** The newest anchor that names the chain, with the proof that it does; null if none does. */
async function anchorOf(deps: ExportDeps, tenant: TenantRef) {
  const last = (await anchorPlaces(deps.vault)).at(-1);
  if (last === undefined) return null;
  const stored: StoredAnchor = await readAnchor(deps, last);
  const named = stored.anchor.pages.find(page => page.letter === tenant[0]);
  if (named === undefined) return null;
  const { heads } = await readAnchorPage(deps, named);
  const index = heads.findIndex(head => head.tenant === tenant);
  if (index < 0) return null;
  const path = merkleProof(heads.map(anchorLeaf), index);
  return {
    key: stored.key,
    ...stored.signed,
    letter: named.letter,
    head: heads[index],
    index,
    size: heads.length,
    path,
  };
}
