/** Facts about who may do what and what was done: audit trail, approvals, roles, holds, destructions, regions. */
import type { AuditEvent } from '../../../domain/audit-event.ts';
import type { EvidenceReference } from '../../../domain/evidence/bundle.ts';
import {
  auditEventKey,
  destructionOf,
  type GovernanceKind,
  governanceKindPrefix,
  governancePrefix,
} from '../../../domain/governance-key.ts';
import type { GovernedAction } from '../../../domain/governed-action.ts';
import { requestPartKey } from '../../../domain/governed-request.ts';
import { holdRecordOf } from '../../../domain/hold.ts';
import { SYSTEM } from '../../../domain/tenant.ts';
import { inParallel } from '../../in-parallel.ts';
import { listRequests } from '../list-requests.ts';
import { verifyAudit } from '../verify-audit.ts';
import { countOf, type EvidenceLook, isInRange, type LookResult } from './look.ts';

const AT_ONCE = 8;
/** Actions that remove or overwrite what a tenant has. */
const DANGEROUS: readonly GovernedAction[] = ['restore', 'release', 'destroy', 'change-policy'];

export async function lookForAudit(look: EvidenceLook): Promise<LookResult> {
  const { deps, only } = look;
  let denied = 0;
  const onEvent = ({ outcome, at }: AuditEvent) => {
    if (outcome === 'denied' && isInRange(look, at)) denied += 1;
  };
  const report = await verifyAudit(deps, { onEvent, ...(only !== undefined && { tenants: [only, SYSTEM] }) });
  const chains = report.chains.filter(chain => chain.events > 0);
  const heads = await inParallel(AT_ONCE, chains, ({ tenant, events }) =>
    deps.vault.head(auditEventKey(tenant, events)),
  );
  const last = report.anchors.last;
  const evidence: EvidenceReference[] = [
    ...heads.flatMap(head => (head ? [{ key: head.key, sha256: head.sha256 }] : [])),
    ...(last ? [{ key: last.key, sha256: last.sha256 }] : []),
  ];
  const events = chains.reduce((sum, chain) => sum + chain.events, 0);
  return {
    found: [
      ...(events > 0 ? [`${countOf(events, 'event')} in ${countOf(chains.length, 'chain')} verify.`] : []),
      ...(events > 0 ? [`${countOf(denied, 'attempt')} of the range ${denied === 1 ? 'was' : 'were'} denied.`] : []),
      ...(last ? [`The last of ${countOf(report.anchors.count, 'signed anchor')} is of ${last.at}.`] : []),
    ],
    missing: [
      ...(events === 0 ? ['The audit trail has no event.'] : []),
      ...(last ? [] : ['No anchor was signed: a missing end of the trail would not show.']),
      ...(report.problems.length > 0 ? [`${countOf(report.problems.length, 'problem')} in the audit trail.`] : []),
    ],
    evidence,
  };
}

export async function lookForApprovals(look: EvidenceLook): Promise<LookResult> {
  const { deps, only, configuration } = look;
  const views = await listRequests(deps, { ended: Number.MAX_SAFE_INTEGER, ...(only && { tenant: only }) });
  const executed = views.filter(({ result }) => result && isInRange(look, result.at));
  const approved = executed.filter(({ result }) => result!.approvedBy.length > 0).length;
  const open = executed.filter(({ request, review }) => request.brokeGlass && !review).length;
  const without = DANGEROUS.filter(action => (configuration.approvals[action] ?? 0) === 0);
  const stored = await inParallel(AT_ONCE, executed, ({ request }) =>
    deps.vault.head(requestPartKey(request.tenant, request.id, 'result')),
  );
  return {
    found:
      executed.length > 0
        ? [`${countOf(executed.length, 'request')} executed, ${approved} of them approved by other people.`]
        : [],
    missing: [
      ...(executed.length === 0 ? ['No request was executed in the range.'] : []),
      ...(without.length > 0 ? [`No approval is configured for: ${without.join(', ')}.`] : []),
      ...(open > 0 ? [`${countOf(open, 'execution')} without approvals, not reviewed yet.`] : []),
    ],
    evidence: stored.flatMap(object => (object ? [{ key: object.key, sha256: object.sha256 }] : [])),
  };
}

/** The configuration itself is in the bundle: nothing is stored that could be cited. */
export async function lookForRoles({ configuration: { roles } }: EvidenceLook): Promise<LookResult> {
  const named = Object.entries(roles).filter(([, people]) => people > 0);
  return {
    found: named.map(([role, people]) => `${role}: ${countOf(people, 'entry').replace('entrys', 'entries')}.`),
    missing: named.length === 0 ? ['No roles are configured: whoever uses the machine may do everything.'] : [],
    evidence: [],
  };
}

export async function lookForRegions({ configuration: { regions, place } }: EvidenceLook): Promise<LookResult> {
  return {
    found:
      regions.length > 1
        ? [`The vault has copies in ${countOf(regions.length, 'region')}: ${regions.join(', ')}.`]
        : [],
    missing:
      regions.length > 1
        ? []
        : [place === 'aws' ? 'The vault has no copy in another region.' : 'The vault is on one machine only.'],
    evidence: [],
  };
}

export async function lookForHolds(look: EvidenceLook): Promise<LookResult> {
  const evidence = await storedDocuments(look, 'holds', () => true);
  const records = evidence.map(({ key }) => holdRecordOf(key)?.record);
  const placed = records.filter(record => record === 'hold');
  const released = records.filter(record => record === 'release');
  return {
    found:
      evidence.length > 0
        ? [
            `${countOf(placed.length, 'legal hold')} placed, ${placed.length - released.length} of them not released.`,
            `${countOf(evidence.length, 'signed document')} of legal holds.`,
          ]
        : [],
    missing: evidence.length > 0 ? [] : ['No legal hold is recorded.'],
    evidence,
  };
}

export async function lookForDestructions(look: EvidenceLook): Promise<LookResult> {
  const evidence = await storedDocuments(look, 'destructions', at => isInRange(look, at));
  const parts = evidence.map(({ key }) => destructionOf(key)?.part);
  const ordered = parts.filter(part => part === 'order');
  const certified = parts.filter(part => part === 'certificate');
  return {
    found:
      evidence.length > 0
        ? [
            `${countOf(ordered.length, 'destruction')} ordered and ${certified.length} certified in the range.`,
            `${countOf(evidence.length, 'signed document')} of destructions.`,
          ]
        : [],
    missing: evidence.length > 0 ? [] : ['No destruction is recorded in the range.'],
    evidence,
  };
}

async function storedDocuments(
  { deps, only }: EvidenceLook,
  kind: GovernanceKind,
  counts: (storedAt: Date) => boolean,
): Promise<EvidenceReference[]> {
  const found: EvidenceReference[] = [];
  const prefix = only === undefined ? governanceKindPrefix(kind) : governancePrefix(kind, only);
  for await (const { key, sha256, storedAt } of deps.vault.list(prefix)) {
    if (counts(storedAt)) found.push({ key, sha256 });
  }
  return found;
}
