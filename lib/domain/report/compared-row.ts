/**
 * A measure of a period beside the same of the period before. Invariant: where no day of the part is known, it is not
 * recorded, whatever its sum says.
 */
import type { PeriodTotals } from './day-totals.ts';
import { NOT_RECORDED } from './numbers-text.ts';
import type { Report } from './report.ts';
import { dataTable } from './report-parts.ts';

export interface ComparedMeasure {
  readonly name: string;
  /** Whose days must be known. */
  readonly part: keyof PeriodTotals['missing'];
  readonly text: (totals: PeriodTotals) => string;
}

/** Name, this period, before. */
export function comparedRow(
  { totals, previous }: Pick<Report, 'totals' | 'previous'>,
  measure: ComparedMeasure,
): string[] {
  return [measure.name, measureText(totals, measure), previous === null ? '–' : measureText(previous, measure)];
}

/** A report without a period before has no column for it. */
export function besideBefore({ previous }: Pick<Report, 'previous'>, rows: readonly string[][]): string {
  if (previous === null)
    return dataTable(
      ['Measure', 'This period'],
      rows.map(row => row.slice(0, 2)),
    );
  return dataTable(['Measure', 'This period', 'Before'], rows);
}

/** The text, or that it is not recorded. */
export function measureText(totals: PeriodTotals, { part, text }: Omit<ComparedMeasure, 'name'>): string {
  return totals.missing[part] === totals.days ? NOT_RECORDED : text(totals);
}
