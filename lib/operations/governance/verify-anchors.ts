/**
 * Verifies the chain of anchors, and collects what the anchors say about the chains of some tenants: every head that was
 * ever anchored, not only the latest, so that a trail that was rewritten between two anchors is found too.
 * Memory: the anchors, and the heads of the tenants of one letter.
 */
import type { AnchoredHead, AuditAnchor } from '../../domain/audit-anchor.ts';
import type { AuditProblem } from '../../domain/audit-problem.ts';
import { IntegrityError } from '../../domain/errors.ts';
import { auditAnchorKey } from '../../domain/governance-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { inOrder } from '../in-parallel.ts';
import { type AnchorReadDeps, anchorPlaces, readAnchor, readAnchorPage, type StoredAnchor } from './audit-anchors.ts';

const AT_ONCE = 16;

export interface VerifiedAnchors {
  /** Those that verify, in order. */
  readonly anchors: readonly StoredAnchor[];
  readonly problems: readonly AuditProblem[];
}

/** Throws what the vault throws; damage is among the problems. */
export async function verifyAnchors(deps: AnchorReadDeps): Promise<VerifiedAnchors> {
  const taken = await anchorPlaces(deps.vault);
  const places = Array.from({ length: taken.at(-1) ?? 0 }, (_, index) => index + 1);
  const anchors: StoredAnchor[] = [];
  const problems: AuditProblem[] = [];
  const read = (sequence: number) => orProblem(auditAnchorKey(sequence), sequence, () => readAnchor(deps, sequence));
  for await (const { value, problem } of inOrder(AT_ONCE, places, read)) {
    if (problem) problems.push(problem);
    if (value === undefined) continue;
    const before = anchors.at(-1);
    const follows = value.anchor.sequence === 1 || before?.anchor.sequence === value.anchor.sequence - 1;
    if (follows && value.anchor.previous !== (before?.sha256 ?? null)) {
      const { key } = value;
      problems.push({
        what: 'unlinked',
        key,
        sequence: value.anchor.sequence,
        message: `${key} does not follow the anchor before it.`,
      });
    }
    anchors.push(value);
  }
  return { anchors, problems };
}

/** A head as an anchor has it. */
export interface ExpectedHead extends AnchoredHead {
  readonly anchor: string;
}

/** All anchored heads of the chains of one letter, by tenant and place. Damaged pages are added to `problems`. */
export async function expectedHeads(
  deps: AnchorReadDeps,
  anchors: readonly StoredAnchor[],
  letter: string,
  problems: AuditProblem[],
): Promise<ReadonlyMap<TenantRef, readonly ExpectedHead[]>> {
  const pages = new Map<string, { page: AuditAnchor['pages'][number]; anchor: string }>();
  for (const { anchor, key } of anchors) {
    const page = anchor.pages.find(each => each.letter === letter);
    if (page && !pages.has(page.sha256)) pages.set(page.sha256, { page, anchor: key });
  }
  const expected = new Map<TenantRef, ExpectedHead[]>();
  const read = async ({ page, anchor }: { page: AuditAnchor['pages'][number]; anchor: string }) => ({
    ...(await orProblem(page.key, undefined, () => readAnchorPage(deps, page))),
    anchor,
  });
  for await (const { value, problem, anchor } of inOrder(AT_ONCE, pages.values(), read)) {
    if (problem) problems.push(problem);
    for (const head of value?.heads ?? []) addHead(expected, { ...head, anchor });
  }
  return expected;
}

function addHead(expected: Map<TenantRef, ExpectedHead[]>, head: ExpectedHead): void {
  const known = expected.get(head.tenant) ?? [];
  if (known.at(-1)?.sha256 !== head.sha256) expected.set(head.tenant, [...known, head]);
}

async function orProblem<T>(
  key: string,
  sequence: number | undefined,
  read: () => Promise<T>,
): Promise<{ value?: T; problem?: AuditProblem }> {
  try {
    return { value: await read() };
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    const isMissing = error.code === 'object-missing';
    const problem: AuditProblem = {
      what: isMissing ? 'missing' : 'altered',
      key,
      ...(sequence !== undefined && { sequence }),
      message: isMissing ? `${key} is missing.` : `${key} is not what this installation wrote there.`,
    };
    return { problem };
  }
}
