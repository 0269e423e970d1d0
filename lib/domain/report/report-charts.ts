/** The charts of a report, each of one question, with the table of the same days for who reads no pictures. */
import { OBJECTIVES } from '../objectives.ts';
import { type Chart, type ChartSeries, chartFigure } from './chart.ts';
import type { DayMeasures } from './day-measures.ts';
import { bytesText, countText, secondsText } from './numbers-text.ts';
import { dataTable } from './report-parts.ts';

/** Fewer days are no trend. */
export const LEAST_CHART_DAYS = 3;

interface Question {
  readonly title: string;
  readonly description: string;
  readonly kind: Chart['kind'];
  readonly series: readonly { readonly name: string; readonly value: (day: DayMeasures) => number | null }[];
  readonly unit: 'seconds' | 'bytes' | 'count';
  readonly limit?: { readonly value: number; readonly name: string };
}

const MS = 1000;

const QUESTIONS = {
  silence: {
    title: 'Longest time without a newer recoverable moment',
    description: 'For each day, the longest time in which the newest recoverable moment did not move.',
    kind: 'line',
    series: [{ name: 'longest of the day', value: day => day.log?.longestSilenceSeconds ?? null }],
    unit: 'seconds',
    limit: { value: OBJECTIVES.standard.recoveryPointSeconds, name: 'objective of the tier standard' },
  },
  changes: {
    title: 'Changes shipped',
    description: 'For each day, the changes of all tenants in the log.',
    kind: 'bar',
    series: [{ name: 'changes', value: day => day.log?.changes ?? null }],
    unit: 'count',
  },
  coverage: {
    title: 'Tenants without a snapshot',
    description: 'For each day, the tenants that were due and have no snapshot of the day.',
    kind: 'bar',
    series: [
      { name: 'due, without a snapshot', value: ({ backups }) => backups && backups.expected - backups.covered },
    ],
    unit: 'count',
  },
  durations: {
    title: 'Duration of snapshots',
    description: 'For each day, the median and the 95th percentile of the snapshots.',
    kind: 'line',
    series: [
      { name: 'median', value: day => msToSeconds(day.backups?.durationMs?.median) },
      { name: '95 % are shorter', value: day => msToSeconds(day.backups?.durationMs?.p95) },
    ],
    unit: 'seconds',
  },
  added: {
    title: 'Bytes added',
    description: 'For each day, the bytes stored for the log and for backups.',
    kind: 'bar',
    series: [
      { name: 'log', value: day => day.log?.storedBytes ?? null },
      { name: 'backups', value: day => day.backups?.storedBytes ?? null },
    ],
    unit: 'bytes',
  },
  stored: {
    title: 'Bytes in the vault',
    description: 'At the end of each day, the bytes of the log and of backups.',
    kind: 'line',
    series: [
      { name: 'log', value: day => day.stored?.logBytes ?? null },
      { name: 'backups', value: day => day.stored?.backupBytes ?? null },
    ],
    unit: 'bytes',
  },
  recovery: {
    title: 'Recovery time',
    description: 'For each day, the longest restore that was recorded.',
    kind: 'bar',
    series: [{ name: 'longest of the day', value: ({ restores }) => longestOf(restores) }],
    unit: 'seconds',
  },
  drilled: {
    title: 'Recovery time in drills',
    description: 'For each day, the longest recovery of one tenant that a drill proved.',
    kind: 'bar',
    series: [{ name: 'longest of the day', value: ({ drills }) => longestOf(drills) }],
    unit: 'seconds',
  },
} as const satisfies Readonly<Record<string, Question>>;
export type ChartName = keyof typeof QUESTIONS;

/** Nothing for a few days, whose numbers the tables have. */
export function chartOf(name: ChartName, days: readonly DayMeasures[]): string {
  if (days.length < LEAST_CHART_DAYS) return '';
  const question: Question = QUESTIONS[name];
  const { title, description, kind, limit } = question;
  const series = question.series.map(each => ({ name: each.name, values: days.map(each.value) }));
  const { factor, text } = scaleOf(question.unit, series);
  const scaled = series.map(each => ({
    ...each,
    values: each.values.map(value => (value === null ? null : value / factor)),
  }));
  const chart: Chart = {
    ...{ id: `chart-${name}`, title, description, kind, series: scaled, text },
    labels: days.map(({ day }) => day.slice(5)),
    ...(limit && { limit: { ...limit, value: limit.value / factor } }),
  };
  return `${chartFigure(chart)}\n${tableOf(question, days)}`;
}

function tableOf({ series, unit, title }: Question, days: readonly DayMeasures[]): string {
  const text = { seconds: secondsText, bytes: bytesText, count: countText }[unit];
  const rows = days.map(day => [day.day, ...series.map(({ value }) => text(value(day)))]);
  return `<details><summary>Table: ${title.toLowerCase()}</summary>${dataTable(['Day', ...series.map(({ name }) => name)], rows)}</details>`;
}

/** A unit in which the axis has round numbers. */
function scaleOf(unit: Question['unit'], series: readonly ChartSeries[]) {
  const plain = (name: string) => (value: number) => `${Number(value.toPrecision(3))} ${name}`;
  if (unit === 'bytes') return { factor: 1, text: bytesText };
  if (unit === 'count')
    return { factor: 1, text: (value: number) => (Number.isInteger(value) ? countText(value) : '') };
  const greatest = Math.max(0, ...series.flatMap(({ values }) => values.flatMap(value => value ?? [])));
  if (greatest >= 2 * 86_400) return { factor: 86_400, text: plain('d') };
  if (greatest >= 2 * 3600) return { factor: 3600, text: plain('h') };
  if (greatest >= 2 * 60) return { factor: 60, text: plain('min') };
  return { factor: 1, text: plain('s') };
}

function msToSeconds(ms: number | undefined): number | null {
  return ms === undefined ? null : ms / MS;
}

/** Days without a restore have no recovery time; of days that are not known nothing is said. */
function longestOf(done: readonly { readonly seconds: number | null }[] | null): number | null {
  return done === null ? null : done.reduce((most, { seconds }) => Math.max(most, seconds ?? 0), 0);
}
