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
import { AUDIT_PREFIX, auditLetterPrefix } from '../../domain/governance-key.ts';
import { REF_LETTERS, SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { auditHeads } from '../catalog/audit-heads.ts';
import { chainHeads } from '../catalog/chain-heads.ts';
import { inParallel } from '../in-parallel.ts';
import { NO_LIMIT, type TimeBudget } from '../time-budget.ts';
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
  /** The time was used up: nothing is known of the chains after this one. A next call with it as `after` continues. */
  readonly continueAfter?: TenantRef;
}

/** Chains between two looks at the time. */
const TOGETHER = 16;

export interface AuditAsked {
  /** Chains to verify, `system` among them if wanted; default: all. */
  readonly tenants?: readonly TenantRef[];
  /** Only chains after this one: where an earlier call stopped. */
  readonly after?: TenantRef | undefined;
  readonly budget?: TimeBudget;
  /** Called with each event that verifies, those of one chain in order. */
  readonly onEvent?: (event: AuditEvent) => void;
}

/** Throws what vault and keyring throw. */
export async function verifyAudit(
  deps: AuditReadDeps & Pick<Deps, 'notifier'>,
  { tenants, onEvent: told, after, budget = NO_LIMIT }: AuditAsked = {},
): Promise<AuditVerification> {
  const verified = await verifyAnchors(deps);
  const problems: AuditProblem[] = [];
  // Found by every call; told by the first.
  if (after === undefined) problems.push(...verified.problems, ...(tenants ? [] : await outsideChains(deps)));
  const named = tenants ?? (await inCatalog(deps));
  const naming = anchorsNamed();
  const onEvent = (event: AuditEvent) => {
    told?.(event);
    naming.onEvent(event);
  };
  const chains: ChainReport[] = [];
  let last = after;
  for (const letter of lettersOf(tenants)) {
    if (after !== undefined && letter < after[0]!) continue;
    if (chains.length > 0 && budget.isUsed()) return finished(deps, { verified, chains, problems, naming }, last);
    const found = after?.[0] === letter ? [] : problems;
    const expected = await expectedHeads(deps, verified.anchors, letter, found);
    const all = tenants ?? [...(await storedChains(deps, letter, named, found)), ...expected.keys()];
    const wanted = chainsOf(all, letter, last);
    const verify = (tenant: TenantRef) => verifyOne(deps, tenant, expected.get(tenant) ?? [], onEvent);
    for (let start = 0; start < wanted.length; start += TOGETHER) {
      if (start > 0 && budget.isUsed()) return finished(deps, { verified, chains, problems, naming }, last);
      const some = wanted.slice(start, start + TOGETHER);
      chains.push(...(await inParallel(CHAINS_AT_ONCE, some, verify)));
      last = some.at(-1);
    }
  }
  return finished(deps, { verified, chains, problems, naming });
}

/** In order, those after `after`. */
function chainsOf(tenants: readonly TenantRef[], letter: string, after: TenantRef | undefined): TenantRef[] {
  const own = [...new Set(tenants)].filter(tenant => tenant.startsWith(letter));
  return own.filter(tenant => after === undefined || tenant > after).sort();
}

interface Found {
  readonly verified: VerifiedAnchors;
  readonly chains: readonly ChainReport[];
  readonly problems: readonly AuditProblem[];
  readonly naming: ReturnType<typeof anchorsNamed>;
}

async function finished(
  deps: Pick<Deps, 'notifier'>,
  { verified, chains, problems: general, naming }: Found,
  continueAfter?: TenantRef,
): Promise<AuditVerification> {
  const problems = [...general, ...naming.problems(verified), ...chains.flatMap(chain => chain.problems)];
  if (problems.length > 0) await alarmProblems(deps, problems);
  const newest = verified.anchors.at(-1);
  const last = newest && {
    ...{ sequence: newest.anchor.sequence, key: newest.key, sha256: newest.sha256, at: newest.anchor.at },
  };
  return {
    ...{ chains, anchors: { count: verified.anchors.length, ...(last && { last }) }, problems },
    ...(continueAfter !== undefined && { continueAfter }),
  };
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

/** Those that the vault has of one letter, and those that are `known`; what belongs to no chain is a problem. */
async function storedChains(
  { vault }: Pick<Deps, 'vault'>,
  letter: string,
  known: readonly TenantRef[],
  problems: AuditProblem[],
): Promise<TenantRef[]> {
  const found = new Set(known);
  const foreign: string[] = [];
  for await (const { tenant } of chainHeads(vault, auditLetterPrefix(letter), key => foreign.push(key)))
    found.add(tenant);
  // Those below a chain are found with it.
  const chains = new Set<string>(found);
  problems.push(...foreign.filter(key => !chains.has(key.split('/')[1] ?? '')).map(foreignObject));
  return [...found];
}

async function inCatalog({ catalog }: Pick<Deps, 'catalog'>): Promise<TenantRef[]> {
  const found: TenantRef[] = [];
  for await (const tenant of auditHeads.chains(catalog)) found.push(tenant);
  return found;
}

/** Objects that lie where no chain can be. Skips from letter to letter. */
async function outsideChains({ vault }: Pick<Deps, 'vault'>): Promise<AuditProblem[]> {
  const problems: AuditProblem[] = [];
  let [after, skipped]: (string | undefined)[] = [];
  for (;;) {
    const key = await firstKey(vault, after);
    if (key === undefined) return problems;
    const letter = key.charAt(AUDIT_PREFIX.length);
    const isChain = letter !== '' && REF_LETTERS.includes(letter);
    if (!isChain) problems.push(foreignObject(key));
    // After everything of that letter: `~` sorts after all characters of our keys. Whatever sorts after it is passed one by one.
    after = isChain && skipped !== letter ? `${auditLetterPrefix(letter)}~` : key;
    skipped = letter;
  }
}

async function firstKey(vault: Pick<Deps['vault'], 'keys'>, after: string | undefined): Promise<string | undefined> {
  for await (const key of vault.keys(AUDIT_PREFIX, after)) return key;
  return undefined;
}

function foreignObject(key: string): AuditProblem {
  return { what: 'foreign', key, message: `${key} is no event of the audit trail.` };
}

/** In the order of the keys; of these tenants, or all. */
function lettersOf(tenants: readonly TenantRef[] | undefined): string[] {
  return [...new Set(tenants ? tenants.map(tenant => tenant[0]!) : REF_LETTERS)].sort();
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
