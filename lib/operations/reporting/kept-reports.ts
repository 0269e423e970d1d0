/**
 * Reports in the vault. Invariants: the report of a complete period is made once, and asking again gives the same bytes; a
 * stored report counts only if this installation signed it for its place.
 */
import { IntegrityError } from '../../domain/errors.ts';
import { reportKey, reportNameOf, reportsPrefix } from '../../domain/governance-key.ts';
import type { DayCorrection } from '../../domain/report/day-corrections.ts';
import type { DayMeasures } from '../../domain/report/day-measures.ts';
import { dayOfTime, type ReportKind } from '../../domain/report/period.ts';
import { Report } from '../../domain/report/report.ts';
import type { Deps } from '../../ports.ts';
import { inParallel } from '../in-parallel.ts';
import { openSigned, signText } from '../storage/signed-document.ts';

const AT_ONCE = 16;

type KeepDeps = Pick<Deps, 'vault' | 'signer'>;

export interface KeptReport {
  readonly key: string;
  readonly report: Report;
  /** The exact text that is signed. */
  readonly text: string;
}

/** Undefined where there is none. IntegrityError `object-altered`. */
export async function findReport(deps: KeepDeps, key: string): Promise<KeptReport | undefined> {
  if (!(await deps.vault.head(key))) return undefined;
  const stored = Buffer.from(await deps.vault.get(key)).toString('utf8');
  const { value, signed } = await openSigned(deps.signer, { key, place: key, text: stored }, Report);
  return { key, report: value, text: signed.document };
}

/** Keys of those of a kind, the newest period first. */
export async function reportKeys({ vault }: Pick<Deps, 'vault'>, kind: ReportKind): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of vault.keys(reportsPrefix(kind))) if (reportNameOf(key) !== undefined) keys.push(key);
  return keys.reverse();
}

/** Signs and stores it, locked. StorageError `object-exists`. */
export async function keepReport(deps: KeepDeps, key: string, report: Report, retainUntil: Date): Promise<KeptReport> {
  const text = JSON.stringify(report, null, 2);
  await deps.vault.put(key, Buffer.from(await signText(deps.signer, key, text)), { retainUntil });
  return { key, report, text };
}

export interface ReportedDays {
  readonly measures: ReadonlyMap<string, DayMeasures>;
  /** By the day that they correct. */
  readonly corrections: ReadonlyMap<string, readonly DayCorrection[]>;
  /** Days whose signed report is altered. */
  readonly altered: readonly string[];
}

/**
 * What signed daily reports of these days say, of their own days and of days before them. One that is altered says nothing,
 * and is named.
 */
export async function reportedDays(deps: KeepDeps, days: readonly string[]): Promise<ReportedDays> {
  const measures = new Map<string, DayMeasures>();
  const corrections = new Map<string, DayCorrection[]>();
  const altered: string[] = [];
  await inParallel(AT_ONCE, days, async day => {
    try {
      const report = (await findReport(deps, reportKey('daily', day)))?.report;
      const own = report?.days.find(each => each.day === day);
      if (own) measures.set(day, { ...own, source: 'signed-report' });
      for (const each of report?.corrections ?? [])
        corrections.set(each.day, [...(corrections.get(each.day) ?? []), each]);
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      altered.push(day);
    }
  });
  return { measures, corrections, altered: altered.sort() };
}

/** Of a report that is no whole period of its kind: made again, it has another name. */
export function rangeName(from: string, to: string, at: Date): string {
  return `${from}_${to}-${dayOfTime(at.getTime())}T${at.toISOString().slice(11, 23).replaceAll(/[:.]/g, '')}`;
}
