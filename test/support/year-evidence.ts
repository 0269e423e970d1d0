/** What an evidence bundle of a range must find and must miss, from the model of the year alone. */
import type { FactName } from '../../lib/domain/evidence/facts.ts';
import { DAY_MS } from './retention-model.ts';
import type { ModelTenant, YearModel } from './year-model.ts';

export interface ModelFact {
  /** Sentences that are found, among others; empty: nothing is. */
  readonly found: readonly string[];
  readonly missing: readonly string[];
}

export interface ModelRange {
  readonly from: number;
  readonly to: number;
  readonly now: number;
}

const several = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
const isPresent = ({ departedAt, destroyed }: ModelTenant) => departedAt === undefined && !destroyed;

export function modelFacts(model: YearModel, range: ModelRange): Map<FactName, ModelFact> {
  return new Map<FactName, ModelFact>([
    ...backupFacts(model, range),
    ...recordFacts(model, range),
    ...governanceFacts(model, range),
    ['roles', { found: ['approver: 2 entries.'], missing: [] }],
    ['other-regions', { found: ['The vault has copies in 2 regions: here, there.'], missing: [] }],
  ]);
}

const isIn = ({ from, to }: ModelRange, at: number) => at >= from && at < to;

function backupFacts(model: YearModel, range: ModelRange): [FactName, ModelFact][] {
  const present = model.tenants.filter(isPresent);
  const taken = present.map(({ promises }) => promises.taken.filter(({ at }) => isIn(range, at)).length);
  const total = taken.reduce((sum, count) => sum + count, 0);
  const without = taken.filter(count => count === 0).length;
  const failed = present.reduce((sum, tenant) => sum + failedDays(tenant, range), 0);
  return [
    [
      'backups-taken',
      {
        found: [`${several(total, 'signed snapshot')} in the range.`],
        missing: [
          ...(without > 0 ? [`${several(without, 'tenant')} without any snapshot in the range.`] : []),
          ...(failed > 0 ? [`${several(failed, 'day')} of single tenants without a snapshot.`] : []),
        ],
      },
    ],
    // The log of these days comes twice a day.
    ['log-shipped', { found: [], missing: ['The log did not advance for 720 minutes; the objective is 60 minutes.'] }],
    [
      'backups-verified',
      {
        found: [],
        missing: [`${several(present.length, 'tenant')} without a successful verification in the range.`],
      },
    ],
    ['objects-locked', { found: [], missing: [] }],
    [
      'sealed-per-tenant',
      {
        found: [`${several(present.length, 'tenant')} with backups sealed by AES-256-GCM, bound to that tenant.`],
        missing: [],
      },
    ],
  ];
}

/** Full days since it was first seen of which a daily snapshot would still be there. */
function failedDays({ policies, firstSeen, backedUp }: ModelTenant, { from, to, now }: ModelRange): number {
  const shortest = Math.min(...policies.map(({ periods }) => periods.dailyDays));
  const since = Math.max(from, firstSeen, policies.length === 0 ? 0 : now - shortest * DAY_MS);
  let failed = 0;
  for (let day = Math.floor(from / DAY_MS); day * DAY_MS < to; day++) {
    const isFull = day * DAY_MS >= since && (day + 1) * DAY_MS <= Math.min(to, now);
    if (isFull && !backedUp.has(day)) failed += 1;
  }
  return failed;
}

function recordFacts(model: YearModel, range: ModelRange): [FactName, ModelFact][] {
  const restores = model.restores.filter(({ at }) => isIn(range, at));
  const drills = restores.filter(({ drill }) => drill).length;
  const policies = model.tenants.flatMap(tenant => tenant.policies).filter(({ at }) => isIn(range, at));
  const approved = policies.filter(policy => policy.approved).length;
  return [
    [
      'restores-recorded',
      counted(
        restores.length,
        `${several(restores.length, 'signed record')} of restores.`,
        'No restore is recorded in the range.',
      ),
    ],
    [
      'restore-drills',
      counted(
        drills,
        `${several(drills, 'restore')} beside the live rows or into another database.`,
        'No restore drill is recorded in the range.',
      ),
    ],
    ['erasures-recorded', { found: [], missing: ['No erasure is recorded in the range.'] }],
    [
      'retention-in-force',
      {
        found: [
          `${several(model.tenants.length, 'tenant')} with a signed retention in force.`,
          `${several(policies.length, 'policy document')} of the range, ${approved} of approved shortenings.`,
        ],
        missing: [],
      },
    ],
    ['retention-applied', { found: [], missing: [] }],
  ];
}

function counted(count: number, found: string, none: string): ModelFact {
  return count > 0 ? { found: [found], missing: [] } : { found: [], missing: [none] };
}

function governanceFacts(model: YearModel, range: ModelRange): [FactName, ModelFact][] {
  const denied = model.denied.filter(at => isIn(range, at)).length;
  const executed = model.requests.filter(({ state, doneAt = 0 }) => state === 'done' && isIn(range, doneAt));
  const approved = executed.filter(({ approvals }) => approvals > 0).length;
  const open = executed.filter(({ glass }) => glass === 'broken').length;
  const holds = model.tenants.flatMap(tenant => tenant.holds);
  const standing = holds.filter(hold => hold.standing).length;
  const documents = holds.reduce((sum, hold) => sum + hold.documents, 0);
  const destructions = model.tenants.flatMap(tenant => tenant.destructions).filter(({ at }) => isIn(range, at));
  const parts = (part: string) => destructions.filter(each => each.part === part).length;
  return [
    [
      'audit-trail',
      {
        found: [
          `${several(model.events, 'event')} in ${several(model.chains.size, 'chain')} verify.`,
          `${several(denied, 'attempt')} of the range ${denied === 1 ? 'was' : 'were'} denied.`,
        ],
        missing: [],
      },
    ],
    [
      'approvals',
      {
        found: [`${several(executed.length, 'request')} executed, ${approved} of them approved by other people.`],
        missing: open > 0 ? [`${several(open, 'execution')} without approvals, not reviewed yet.`] : [],
      },
    ],
    [
      'legal-holds',
      {
        found: [
          `${several(holds.length, 'legal hold')} placed, ${standing} of them not released.`,
          `${several(documents, 'signed document')} of legal holds.`,
        ],
        missing: [],
      },
    ],
    [
      'destructions',
      counted(
        destructions.length,
        `${several(parts('order'), 'destruction')} ordered and ${parts('certificate')} certified in the range.`,
        'No destruction is recorded in the range.',
      ),
    ],
  ];
}
