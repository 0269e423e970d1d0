/**
 * Verifies the audit trail: every chain against itself and against every anchor, and the anchors against each other and
 * against the chain of `system`, which names them. Finds any event that is missing, altered, reordered, duplicated or
 * copied from elsewhere, and a removed tail as far as the last anchor reaches. Changes nothing, and alarms if
 * it finds anything.
 *
 * The catalog is asked only which chains it knows of, and how far they went: it can add a suspicion, never remove one.
 */
import type { AuditEvent } from '../../domain/audit-event.ts';
import type { AuditProblem } from '../../domain/audit-problem.ts';
import { AUDIT_PREFIX } from '../../domain/object-key.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { inParallel } from '../in-parallel.ts';
import type { AuditReadDeps } from './read-audit.ts';
import { type ExpectedHead, expectedHeads, type VerifiedAnchors, verifyAnchors } from './verify-anchors.ts';
import { type ChainReport, verifyAuditChain } from './verify-audit-chain.ts';

const CHAINS_AT_ONCE = 4;

export interface AuditVerification {
  readonly chains: readonly ChainReport[];
  readonly anchors: {
    readonly count: number;
    /** The latest that verifies. Events after its time are not covered by any anchor yet. */
    readonly last?: { readonly sequence: number; readonly key: string; readonly sha256: string; readonly at: string };
  };
  /** All of them, those of the chains included. */
  readonly problems: readonly AuditProblem[];
}

export interface AuditAsked {
  /** Chains to verify, `system` among them if wanted; default: all. */
  readonly tenants?: readonly TenantRef[];
  /** Called with each event that verifies, those of one chain in order. */
  readonly onEvent?: (event: AuditEvent) => void;
}

/** Throws what vault and keyring throw. */
export async function verifyAudit(
  deps: AuditReadDeps & Pick<Deps, 'notifier'>,
  options: AuditAsked = {},
): Promise<AuditVerification> {
  const verified = await verifyAnchors(deps);
  const problems = [...verified.problems];
  const wanted = options.tenants ?? (await knownChains(deps, problems));
  const letters = options.tenants ? lettersOf(wanted) : lettersOf([...wanted, ...anchoredLetters(verified)]);
  const chains: ChainReport[] = [];
  const naming = anchorsNamed();
  const onEvent = (event: AuditEvent) => {
    options.onEvent?.(event);
    naming.onEvent(event);
  };
  for (const letter of letters) {
    const expected = await expectedHeads(deps, verified.anchors, letter, problems);
    const all = options.tenants ? wanted : [...wanted, ...expected.keys()];
    const tenants = [...new Set(all)].filter(tenant => tenant.startsWith(letter)).sort();
    const verify = (tenant: TenantRef) => verifyOne(deps, tenant, expected.get(tenant) ?? [], onEvent);
    chains.push(...(await inParallel(CHAINS_AT_ONCE, tenants, verify)));
  }
  problems.push(...naming.problems(verified), ...chains.flatMap(chain => chain.problems));
  if (problems.length > 0) await alarmProblems(deps, problems);
  const newest = verified.anchors.at(-1);
  const last = newest && {
    sequence: newest.anchor.sequence,
    key: newest.key,
    sha256: newest.sha256,
    at: newest.anchor.at,
  };
  return { chains, anchors: { count: verified.anchors.length, ...(last && { last }) }, problems };
}

async function alarmProblems(deps: Pick<Deps, 'notifier'>, problems: readonly AuditProblem[]): Promise<void> {
  const more = problems.length > 1 ? ` ${problems.length - 1} more.` : '';
  await deps.notifier.notify({
    severity: 'alarm',
    code: 'audit-chain-broken',
    message: `The audit trail does not verify. ${problems[0]!.message}${more}`,
    details: { count: problems.length, keys: problems.slice(0, 20).map(problem => problem.key) },
  });
}

async function verifyOne(
  deps: AuditReadDeps,
  tenant: TenantRef,
  heads: readonly ExpectedHead[],
  onEvent: (event: AuditEvent) => void,
): Promise<ChainReport> {
  const known = await auditHeads.get(deps.catalog, tenant);
  return verifyAuditChain(deps, tenant, { heads, known, onEvent });
}

/** Those in the vault and in the catalog; what belongs to no chain is a problem. */
async function knownChains(deps: AuditReadDeps, problems: AuditProblem[]): Promise<TenantRef[]> {
  const found = new Set<TenantRef>();
  const chains = new Set<string>();
  const foreign: string[] = [];
  for await (const { tenant } of chainHeads(deps.vault, AUDIT_PREFIX, key => foreign.push(key))) found.add(tenant);
  for await (const tenant of auditHeads.chains(deps.catalog)) found.add(tenant);
  for (const tenant of found) chains.add(tenant);
  for (const key of foreign) {
    // Those below a chain are found with it.
    if (!chains.has(key.split('/')[1] ?? ''))
      problems.push({ what: 'foreign', key, message: `${key} is no event of the audit trail.` });
  }
  return [...found];
}

function anchoredLetters({ anchors }: VerifiedAnchors): string[] {
  return anchors.flatMap(({ anchor }) => anchor.pages.map(page => page.letter));
}

function lettersOf(texts: readonly string[]): string[] {
  return [...new Set(texts.map(text => text[0]!))].sort();
}

/** The chain of `system` names every anchor: one that was removed, with those after it, is missing there. */
function anchorsNamed() {
  const named = new Map<string, string>();
  return {
    onEvent: (event: AuditEvent) => {
      if (event.tenant !== SYSTEM || event.action !== 'anchorAudit') return;
      for (const [key, sha256] of Object.entries(event.records ?? {})) named.set(key, sha256);
    },
    problems: ({ anchors, problems }: VerifiedAnchors): AuditProblem[] => {
      const stored = new Map(anchors.map(({ key, sha256 }) => [key, sha256]));
      const reported = new Set(problems.map(problem => problem.key));
      return [...named]
        .filter(([key, sha256]) => stored.get(key) !== sha256 && !reported.has(key))
        .map(([key]) => ({
          what: 'missing',
          key,
          message: `The system’s chain names the anchor ${key}, which is not there.`,
        }));
    },
  };
}
