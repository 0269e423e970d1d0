/**
 * The cost of stored bytes, by class and region. Follows the lifecycle rules of the vault stack (objects of tenants
 * above 128 KiB: Standard → Infrequent Access after 30 days → Glacier Instant Retrieval after 90, or Intelligent-Tiering
 * at once) and its replication: the secondary like the primary, the tertiary with objects of tenants above 128 KiB in Glacier Instant Retrieval from
 * the first day, with a minimum billing of 90 days.
 *
 * Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html
 */

import { DAYS_A_MONTH } from '../domain/run-frequency.ts';
import type { PriceName } from './aws-prices.ts';
import { type CostLine, costLine } from './cost-line.ts';
import type { Assumptions, FleetProfile } from './fleet-profile.ts';
import { type FleetSettings, keptByClass } from './fleet-settings.ts';
import type { FleetWork, ObjectKind } from './fleet-work.ts';

const GB = 1e9;
/** Smaller objects stay in Standard: the cold classes bill them as this size. */
const LEAST_BYTES = 128 * 1024;
const LEAST_DAYS = 90;
const TO_INFREQUENT = 30;
const TO_ARCHIVE = 90;
const COLD = 'S3 storage, tertiary';

/** Bytes in each class, or in the tier of that price. */
interface Held {
  readonly standard: number;
  readonly infrequent: number;
  readonly archive: number;
}

export function storageLines(
  profile: FleetProfile,
  work: FleetWork,
  settings: FleetSettings,
  given: Assumptions,
): CostLine[] {
  const { regions } = settings;
  const small = work.objects.filter(kind => kind.name !== 'snapshot packs');
  const packs = work.objects.find(kind => kind.name === 'snapshot packs')!;
  const { now, older } = packsHeld(profile, settings, given, packs);
  const snapshots = both(now, older);
  const line = (group: string, name: string, region: string, price: PriceName, gigabytes: number) =>
    costLine(group, name, region, price, [[gigabytes, 'GB']]);
  const added = work.objects.reduce((sum, kind) => sum + kind.count * kind.bytes, 0) / GB;
  const warm = warmRegions(settings).flatMap(([place, region]) => {
    const group = `S3 storage, ${place}`;
    const held = place === 'primary' && staysWarm(settings) ? both(allStandard(now), older) : snapshots;
    return [
      line(group, 'snapshots, Standard', region, 's3Standard', held.standard / GB),
      line(group, 'snapshots, Infrequent Access', region, 's3Infrequent', held.infrequent / GB),
      line(group, 'snapshots, Glacier Instant Retrieval', region, 's3InstantArchive', held.archive / GB),
      ...small.map(kind => line(group, kind.name, region, 's3Standard', (onHand(kind) * kind.bytes) / GB)),
    ];
  });
  const { tertiary } = regions;
  const cold = (tertiary === undefined ? [] : work.objects).map(kind => {
    const archived = goesCold(kind);
    const held = kind === packs ? total(snapshots) : archived ? coldBytes(kind) : onHand(kind) * kind.bytes;
    return line(COLD, kind.name, tertiary!, archived ? 's3InstantArchive' : 's3Standard', held / GB);
  });
  return [
    ...warm,
    ...cold,
    ...transferLines(settings, added),
    ...movedLines(settings, packs),
    ...readLines(settings, now),
    ...(tertiary === undefined ? [] : work.objects.filter(goesCold)).map(kind =>
      costLine(COLD, `${kind.name} moved to Glacier Instant Retrieval`, tertiary!, 's3ToInstantArchive', [
        [kind.count, 'objects'],
      ]),
    ),
  ];
}

/** `added`: gigabytes. */
function transferLines({ regions }: FleetSettings, added: number): CostLine[] {
  const line = (name: string, price: PriceName) =>
    costLine('S3 replication', name, regions.primary, price, [[added, 'GB']]);
  const { secondary, tertiary } = regions;
  return [
    ...(secondary === undefined ? [] : [line('transfer to the secondary', 'transferOut')]),
    ...(tertiary === undefined ? [] : [line('transfer to the tertiary', 'transferOut')]),
    ...(secondary === undefined ? [] : [line('time control to the secondary', 's3TimeControl')]),
  ];
}

/** The regions with the primary's lifecycle. */
function warmRegions({ regions: { primary, secondary } }: FleetSettings): [string, string][] {
  return [['primary', primary], ...(secondary === undefined ? [] : [['secondary', secondary] as [string, string]])];
}

/** Objects that the tertiary stores in the cold class at once. */
function goesCold(kind: ObjectKind): boolean {
  return kind.place === 'tenants' && kind.bytes > LEAST_BYTES;
}

/** Number of objects at any time. */
function onHand(kind: ObjectKind): number {
  return (kind.count * kind.keptDays) / DAYS_A_MONTH;
}

function coldBytes(kind: ObjectKind): number {
  return (kind.count / DAYS_A_MONTH) * Math.max(LEAST_DAYS, kind.keptDays) * kind.bytes;
}

/**
 * A tenant's newest state, and for each older kept snapshot the chunks that changed until the next one. The age of a
 * chunk is that of its last change.
 */
function packsHeld(
  profile: FleetProfile,
  settings: FleetSettings,
  { compression }: Assumptions,
  packs: ObjectKind,
): { readonly now: Held; readonly older: Held } {
  const { dailyDays, weeklyDays } = settings.retention;
  const state = profile.tenants * profile.tenantBytes * compression;
  const changed = (days: number) => 1 - (1 - profile.newChunkShare * profile.active.day) ** days;
  const between = (from: number, to: number, period: number) => Math.max(0, (to - from) / period) * changed(period);
  const older = {
    standard: between(0, TO_INFREQUENT, 1),
    infrequent: between(TO_INFREQUENT, weeklyDays, 7),
    archive: 0,
  };
  const dailies = between(0, dailyDays, 1);
  older.standard = Math.min(older.standard, dailies);
  for (const { from, to, everyDays } of keptByClass(settings.retention).filter(part => part.everyDays > 7))
    older.archive += between(from, to, everyDays);
  const unchanged = (days: number) => 1 - changed(days);
  const now = {
    standard: 1 - unchanged(TO_INFREQUENT),
    infrequent: unchanged(TO_INFREQUENT) - unchanged(TO_ARCHIVE),
    archive: unchanged(TO_ARCHIVE),
  };
  const bytesOf = ({ standard, infrequent, archive }: Held): Held => {
    const held = { standard: state * standard, infrequent: state * infrequent, archive: state * archive };
    // Objects that are too small to be moved.
    return packs.bytes > LEAST_BYTES ? held : allStandard(held);
  };
  return { now: bytesOf(now), older: bytesOf(older) };
}

function both(one: Held, other: Held): Held {
  return {
    standard: one.standard + other.standard,
    infrequent: one.infrequent + other.infrequent,
    archive: one.archive + other.archive,
  };
}

function allStandard(held: Held): Held {
  return { standard: total(held), infrequent: 0, archive: 0 };
}

/** Intelligent-Tiering keeps what is read within its 30 days where it is: the newest states, which are verified. */
function staysWarm({ storage, schedules }: FleetSettings): boolean {
  return storage.tiering === 'intelligent' && schedules.verifyWithinDays < TO_INFREQUENT;
}

/** Verification stages every newest state, in the primary. Intelligent-Tiering charges for no read. */
function readLines({ storage, schedules, regions: { primary } }: FleetSettings, now: Held): CostLine[] {
  if (storage.tiering === 'intelligent') return [];
  const line = (name: string, price: PriceName, bytes: number) =>
    costLine('S3 storage, primary', `${name} read by verification`, primary, price, [
      [DAYS_A_MONTH / schedules.verifyWithinDays, 'times'],
      [bytes / GB, 'GB'],
    ]);
  return [
    line('Infrequent Access', 's3ReadInfrequent', now.infrequent),
    line('Glacier Instant Retrieval', 's3ReadInstantArchive', now.archive),
  ];
}

function total(held: Held): number {
  return held.standard + held.infrequent + held.archive;
}

/** Each pack with a long enough retention is moved twice, in each such region; or once, and watched while it is kept. */
function movedLines(settings: FleetSettings, packs: ObjectKind): CostLine[] {
  if (packs.bytes <= LEAST_BYTES) return [];
  return warmRegions(settings).flatMap(([place, region]) => {
    const group = `S3 storage, ${place}`;
    if (settings.storage.tiering === 'intelligent')
      return [
        costLine(group, 'packs moved to Intelligent-Tiering', region, 's3ToIntelligent', [[packs.count, 'packs']]),
        costLine(group, 'packs watched by Intelligent-Tiering', region, 's3Watched', [[onHand(packs), 'packs']]),
      ];
    return [
      costLine(group, 'packs moved to Infrequent Access', region, 's3ToInfrequent', [[packs.count, 'packs']]),
      costLine(group, 'packs moved to Glacier Instant Retrieval', region, 's3ToInstantArchive', [
        [packs.count, 'packs'],
      ]),
    ];
  });
}
