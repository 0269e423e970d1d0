/**
 * Advice on how often tenants of a tier get a snapshot: fewer where nobody waits for a quick restore, more where somebody does.
 * The price is recovery time: what the log has since the newest snapshot is replayed. Invariant: no change is advised whose
 * longer replay takes more than a tenth of the tier's recovery time objective.
 */
import { OBJECTIVES, TIERS, type Tier } from '../domain/objectives.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import type { FleetSettings } from './fleet-settings.ts';
import { timed } from './measured-calls.ts';
import { hoursBetween, tierShares } from './snapshot-count.ts';

/** Hours that are proposed. */
const PROPOSED: Readonly<Record<Tier, number>> = { critical: 6, standard: 48, historical: 168, archive: 168 };
const SHARE_OF_OBJECTIVE = 0.1;
const MB = 1_000_000;

interface FrequencyChange {
  readonly id: string;
  readonly change: string;
  readonly recoveryPoint: string;
  readonly recoveryTime: string;
  readonly note: string;
  readonly settings: FleetSettings;
}

/** One for each tier that has tenants and another frequency. */
export function frequencyChanges(
  profile: FleetProfile,
  settings: FleetSettings,
  given: Assumptions,
): FrequencyChange[] {
  const shares = tierShares(profile, settings);
  return TIERS.filter(tier => shares[tier] > 0).flatMap(tier => {
    const [now, then] = [hoursBetween(settings, tier), PROPOSED[tier]];
    if (now === then) return [];
    const more = replay(profile, given, then) - replay(profile, given, now);
    if (more > OBJECTIVES[tier].recoveryTimeSeconds * SHARE_OF_OBJECTIVE) return [];
    const megabytes = ((profile.changedBytesPerDay / MB) * Math.abs(then - now)) / 24;
    const amount = `${Number(megabytes.toPrecision(2)).toLocaleString('en-US')} MB of log ${then > now ? 'more' : 'less'}`;
    return [
      {
        id: `snapshot-${tier}-${then}-hours`,
        change: `Snapshot tenants of the tier ${tier} every ${then} hours (tiers.snapshotHours)`,
        recoveryPoint: 'as before',
        recoveryTime: `an average tenant replays up to ${amount}, ${seconds(Math.abs(more))} ${then > now ? 'longer' : 'shorter'}`,
        note:
          then > now
            ? 'A damaged snapshot leaves an older base; a class of retention has no more snapshots than are taken.'
            : 'The schedule starts as often, and takes only who is due.',
        settings: withHours(settings, tier, then),
      },
    ];
  });
}

/** Seconds to replay the log of an average tenant over these hours, at the measured rate at which rows are staged. */
function replay({ changedBytesPerDay }: FleetProfile, given: Assumptions, hours: number): number {
  const megabytes = ((changedBytesPerDay / MB) * hours) / 24;
  return timed(given, 'stage-restore', 0, { rowsRestored: megabytes }).seconds;
}

function seconds(value: number): string {
  return value < 1 ? 'less than a second' : `about ${Math.round(value)} s`;
}

/** The others keep their hours, and the schedule starts as often as the strictest needs. */
function withHours(settings: FleetSettings, changed: Tier, hours: number): FleetSettings {
  const all = TIERS.map(tier => [tier, tier === changed ? hours : hoursBetween(settings, tier)] as const);
  const snapshotHours = Object.fromEntries(all) as Record<Tier, number>;
  const { schedules, tiers } = settings;
  const often = { ...schedules.full, expression: `rate(${hours} hours)` };
  const full = hours < hoursBetween(settings, changed) ? often : schedules.full;
  return { ...settings, schedules: { ...schedules, full }, tiers: { ...tiers, snapshotHours } };
}
