/** Facts that signed records show: restores, drills, erasures, and the retention in force. */
import { DAY_MS } from '../../../domain/daily-share.ts';
import { isPartial, RestoreItem } from '../../../domain/restore-record.ts';
import { backups, erasures, restores } from '../../catalog/catalog-index.ts';
import { inParallel } from '../../in-parallel.ts';
import { decideForTenant } from '../../retention/expire-tenant.ts';
import { policyHistory } from '../../retention/policy-in-force.ts';
import { listDrills } from '../../storage/drill-records.ts';
import { isUnderHold } from '../../storage/standing-holds.ts';
import { citeManifests, countOf, type EvidenceLook, isInRange, type LookResult } from './look.ts';

const AT_ONCE = 8;
/** An expiry runs every day: what is free for longer than this was not expired. */
const OVERDUE_MS = 2 * DAY_MS;

export async function lookForRestores(look: EvidenceLook): Promise<LookResult> {
  const done = await recordedRestores(look);
  const cited = await citeManifests(look, done);
  const partial = done.filter(item => isPartial({ ...(item.excluded && { excluded: item.excluded }) })).length;
  return {
    found: [
      ...(cited.evidence.length > 0 ? [`${countOf(cited.evidence.length, 'signed record')} of restores.`] : []),
      ...(partial > 0 ? [`${countOf(partial, 'restore')} excluded tables by name.`] : []),
    ],
    missing: [...(done.length === 0 ? ['No restore is recorded in the range.'] : []), ...cited.missing],
    evidence: cited.evidence,
  };
}

/**
 * Drills by their signed records; and restores beside the live rows or into another database, which show that backups can
 * be restored too.
 */
export async function lookForDrills(look: EvidenceLook): Promise<LookResult> {
  const beside = (await recordedRestores(look)).filter(({ place }) =>
    ['side-by-side', 'into-database'].includes(place ?? ''),
  );
  const cited = await citeManifests(look, beside);
  const tried = await recordedDrills(look);
  const proved = tried.drills.filter(({ record }) => record.outcome !== 'failed').length;
  // One that failed and was repeated until it was proved is what drills are for.
  const last = new Map(tried.drills.map(({ record }) => [record.kind, record.outcome]));
  const open = [...last].filter(([, outcome]) => outcome === 'failed').map(([kind]) => kind);
  const outside = tried.drills.filter(({ record }) => record.scratch?.place === 'outside').length;
  return {
    found: [
      ...(proved > 0
        ? [`${countOf(proved, 'drill')} proved; ${outside} of all drills ran outside the source system.`]
        : []),
      ...(cited.evidence.length > 0
        ? [`${countOf(cited.evidence.length, 'restore')} beside the live rows or into another database.`]
        : []),
    ],
    missing: [
      ...(beside.length + proved === 0 ? ['No restore drill is recorded in the range.'] : []),
      ...(open.length > 0 ? [`The last drill of the range failed: ${open.join(', ')}.`] : []),
      ...tried.altered.map(key => `${key} is not what was signed.`),
      ...cited.missing,
    ],
    evidence: [...tried.evidence, ...cited.evidence],
  };
}

/** Of the range; with one tenant in scope those that restored it. A game day restores nothing. */
async function recordedDrills(look: EvidenceLook) {
  const { drills, altered } = await listDrills(look.deps);
  const concerned = drills.filter(
    ({ record: { kind, startedAt, tenants } }) =>
      kind !== 'game-day' &&
      isInRange(look, startedAt) &&
      (look.only === undefined || tenants.some(({ tenant }) => tenant === look.only)),
  );
  const stored = await inParallel(AT_ONCE, concerned, ({ key }) => look.deps.vault.head(key));
  return {
    drills: concerned,
    altered,
    evidence: stored.flatMap(each => (each ? [{ key: each.key, sha256: each.sha256 }] : [])),
  };
}

async function recordedRestores(look: EvidenceLook) {
  const each = await inParallel(AT_ONCE, look.tenants, async ({ ref }) =>
    (await restores.list(look.deps.catalog, ref)).map(value => RestoreItem.parse(value)),
  );
  return each.flat().flatMap(item => {
    const { key, sha256, at } = item;
    const counts = item.state === 'done' && key !== undefined && sha256 !== undefined && at !== undefined;
    return counts && isInRange(look, at) ? [{ ...item, key, sha256 }] : [];
  });
}

export async function lookForErasures(look: EvidenceLook): Promise<LookResult> {
  const each = await inParallel(AT_ONCE, look.tenants, ({ ref }) => erasures.list(look.deps.catalog, ref));
  const recorded = each.flat().filter(({ at }) => isInRange(look, at));
  const cited = await citeManifests(look, recorded);
  const rows = recorded.reduce((sum, { count }) => sum + count, 0);
  return {
    found:
      cited.evidence.length > 0
        ? [`${countOf(cited.evidence.length, 'signed erasure')} of ${countOf(rows, 'row')}, which restores omit.`]
        : [],
    missing: [...(recorded.length === 0 ? ['No erasure is recorded in the range.'] : []), ...cited.missing],
    evidence: cited.evidence,
  };
}

export async function lookForRetention(look: EvidenceLook): Promise<LookResult> {
  const histories = await inParallel(AT_ONCE, look.tenants, ({ ref }) => policyHistory(look.deps, ref));
  const stored = histories.flat().map(({ stored: { key, sha256 }, document }) => ({ key, sha256, document }));
  const none = histories.filter(history => history.length === 0).length;
  const changes = stored.filter(({ document }) => isInRange(look, document.at));
  const approved = changes.filter(({ document }) => document.because === 'approved').length;
  return {
    found:
      stored.length === 0
        ? []
        : [
            `${countOf(histories.length - none, 'tenant')} with a signed retention in force.`,
            `${countOf(changes.length, 'policy document')} of the range, ${approved} of approved shortenings.`,
          ],
    missing: [
      ...(look.tenants.length === 0 ? ['No tenant is protected.'] : []),
      ...(none > 0 ? [`${countOf(none, 'tenant')} without a retention on record: no expiry has run yet.`] : []),
    ],
    evidence: stored.map(({ key, sha256 }) => ({ key, sha256 })),
  };
}

/** Looks at this moment, whatever the range: what should be gone is there or is not. */
export async function lookForExpiry(look: EvidenceLook): Promise<LookResult> {
  const { deps } = look;
  const each = await inParallel(AT_ONCE, look.tenants, ({ ref }) => overdueOf(look, ref));
  const overdue = each.reduce((sum, one) => sum + one.overdue, 0);
  const unknown = each.filter(one => one.evidence.length === 0).length;
  return {
    found:
      unknown < each.length ? [`Retention was compared with what is stored at ${deps.clock.now().toISOString()}.`] : [],
    missing: [
      ...(look.tenants.length === 0 ? ['No tenant is protected.'] : []),
      ...(unknown > 0 ? [`${countOf(unknown, 'tenant')} without a retention on record: no expiry has run yet.`] : []),
      ...(overdue > 0
        ? [`${countOf(overdue, 'backup')} are past their retention and their lock, and still there.`]
        : []),
    ],
    evidence: each.flatMap(one => one.evidence),
  };
}

async function overdueOf({ deps }: EvidenceLook, ref: EvidenceLook['tenants'][number]['ref']) {
  const last = (await policyHistory(deps, ref)).at(-1);
  if (last === undefined) return { overdue: 0, evidence: [] };
  const { decisions } = await decideForTenant(deps, ref, last.document.policy, await isUnderHold(deps, ref));
  const keys = new Map((await backups.list(deps.catalog, ref)).map(item => [item.id, item.key]));
  const gone = decisions.filter(({ keep }) => !keep);
  const late = deps.clock.now().getTime() - OVERDUE_MS;
  const free = await inParallel(AT_ONCE, gone, async ({ backup }) => {
    const stored = await deps.vault.head(keys.get(backup.id)!);
    return stored !== undefined && !stored.hold && stored.retainUntil.getTime() < late;
  });
  const { key, sha256 } = last.stored;
  return { overdue: free.filter(Boolean).length, evidence: [{ key, sha256 }] };
}
