/** A tenant's activity as a picture of 80 columns: a line for each bucket of time, and what is unusual, with a command. */
import type { ChangeCounts, TableSum } from '../../lib/domain/activity.ts';
import {
  type ActivityBucket,
  SPIKE_FACTOR,
  SPIKE_ROWS,
  type Spike,
  type TimeRange,
} from '../../lib/domain/activity-histogram.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { LINE, renderSum, renderUnrouted } from './change-text.ts';
import { count, duration, moment, plural, printable } from './format.ts';
import type { Style } from './style.ts';
import { wrap } from './wrap.ts';

export interface ActivityReport {
  readonly tenant: string;
  readonly table: string | undefined;
  /** Absent where the log has nothing in the bounds. */
  readonly range?: TimeRange | undefined;
  readonly sizeMs: number;
  readonly buckets: readonly ActivityBucket[];
  readonly spikes: readonly Spike[];
  readonly unrouted: readonly TableSum[];
  readonly holes: readonly TimeRange[];
}

interface Reading {
  readonly style: Style;
  zone(): string;
  command(words: string): string;
}

/** Spikes that are listed. */
const LISTED_SPIKES = 8;
const DONE: Readonly<Record<keyof ChangeCounts, string>> = {
  insert: 'inserted',
  update: 'updated',
  delete: 'deleted',
  truncate: 'truncated',
};
const THRESHOLDS = { insert: 'inserts', update: 'updates', delete: 'deletes', truncate: 'deletes' } as const;

/** For a program. */
export function activityDocument(report: ActivityReport, { command }: Pick<Reading, 'command'>): unknown {
  const { tenant, table, range, sizeMs, buckets, spikes, unrouted, holes } = report;
  return {
    ...{ tenant, ...(table !== undefined && { table }), from: range?.from ?? null, to: range?.to ?? null },
    ...{ bucketSeconds: sizeMs / 1000, buckets: buckets.map(bucketDocument) },
    spikes: spikes.map(spike => ({
      ...{ kind: spike.kind, ...spanOf(spike.bucket), count: spike.count, median: spike.median },
      ...{ transaction: spike.transaction ?? null, command: command(commandOf(report, spike)) },
    })),
    ...{ unrouted, holes },
  };
}

function bucketDocument(bucket: ActivityBucket) {
  const { largest, from: _from, to: _to, ...counts } = bucket;
  return { ...spanOf(bucket), ...counts, largest };
}

function spanOf({ from, to }: ActivityBucket) {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}

export function renderActivity(report: ActivityReport, reading: Reading): string {
  const { style, zone } = reading;
  const { range, unrouted, holes, buckets } = report;
  if (range === undefined) return 'The log has nothing in this range.\n';
  const unrecorded = buckets.reduce((sum, bucket) => sum + bucket.unrecorded, 0);
  const sections = [
    renderHead(report, range, style, zone()),
    renderBuckets(report, style, zone()),
    renderSpikes(report, reading),
    ...(unrecorded === 0
      ? []
      : [`${style.warn('!')} Tables not recorded: ${plural(unrecorded, 'change')} of runs of an earlier version.\n`]),
    ...(unrouted.length === 0 ? [] : [`${renderUnrouted({ tables: unrouted }, style)}\n`]),
    ...holes.map(hole => `${style.bad('✗')} No log from ${moment(hole.from, zone())} to ${moment(hole.to, zone())}.\n`),
  ];
  return sections.join('\n');
}

function renderHead({ tenant, table, sizeMs }: ActivityReport, range: TimeRange, style: Style, zone: string): string {
  const span = `from ${style.bold(moment(range.from, zone))} to ${style.bold(moment(range.to, zone))}`;
  const what = table === undefined ? '' : `${printable(table, 60)}, `;
  return `Tenant ${style.bold(printable(tenant, 40))}\n  ${span}\n  ${style.dim(`${what}changes per ${duration(sizeMs)}`)}\n`;
}

function renderBuckets({ buckets, spikes }: ActivityReport, style: Style, zone: string): string {
  const unusual = new Set(spikes.map(spike => spike.bucket));
  const most = Math.max(1, ...buckets.map(sizeOf));
  const counts = buckets.flatMap(bucket => [bucket.insert, bucket.update, bucket.delete]);
  const columns = Math.max('inserted'.length, ...counts.map(each => count(each).length));
  const lines: string[] = [];
  let quiet = 0;
  const endQuiet = () => {
    if (quiet > 0) lines.push(style.dim(`  … ${count(quiet)} without changes`));
    quiet = 0;
  };
  for (const bucket of buckets) {
    if (sizeOf(bucket) + bucket.truncate === 0) {
      quiet += 1;
      continue;
    }
    endQuiet();
    lines.push(bucketLine(bucket, { most, columns, zone, paint: unusual.has(bucket) ? style.bad : style.dim }));
  }
  endQuiet();
  const head = ['inserted', 'updated', 'deleted'].map(name => name.padStart(columns)).join('  ');
  return `${[style.dim(`  ${'time'.padEnd(11)}  ${head}`), ...lines].join('\n')}\n`;
}

function sizeOf(bucket: ActivityBucket): number {
  return bucket.insert + bucket.update + bucket.delete + bucket.unrecorded;
}

interface BucketLine {
  /** Changes of the longest bar. */
  readonly most: number;
  /** Of a number. */
  readonly columns: number;
  readonly zone: string;
  paint(text: string): string;
}

function bucketLine(bucket: ActivityBucket, { most, columns, zone, paint }: BucketLine): string {
  const recorded = bucket.insert + bucket.update + bucket.delete + bucket.truncate > 0 || bucket.unrecorded === 0;
  const numbers = [bucket.insert, bucket.update, bucket.delete].map(value => (recorded ? count(value) : '?'));
  const cells = numbers.map(text => text.padStart(columns)).join('  ');
  const start = `  ${moment(new Date(bucket.from), zone).slice(5, 16)}  ${cells}  `;
  const room = LINE - start.length - (bucket.truncate > 0 ? 2 : 0);
  const bar = '█'.repeat(Math.max(sizeOf(bucket) > 0 ? 1 : 0, Math.round((room * sizeOf(bucket)) / most)));
  return `${start}${paint(`${bucket.truncate > 0 ? '✗ ' : ''}${bar}`)}`.trimEnd();
}

function renderSpikes(report: ActivityReport, { style, zone, command }: Reading): string {
  const { spikes } = report;
  const rule = `at least ${SPIKE_ROWS} rows, and more than ${SPIKE_FACTOR} times the median of the other lines with such changes`;
  if (spikes.length === 0) return style.dim(`${wrap(`Nothing unusual: no line has ${rule}.`, LINE)}\n`);
  const listed = spikes.slice(0, LISTED_SPIKES).map(spike => {
    const { kind, bucket, count: changed, median } = spike;
    const when = moment(new Date(bucket.from), zone()).slice(5, 16);
    const usual = kind === 'truncate' ? '' : ` (median ${count(median)})`;
    const what = kind === 'truncate' ? plural(changed, 'truncated table') : `${count(changed)} ${DONE[kind]}`;
    const lines = [`  ${style.bad('✗')} ${style.bold(`${when}  ${what}`)}${usual}`];
    if (spike.transaction) lines.push(...largestLines(spike.transaction, kind, style));
    return [...lines, `    ${style.accent(command(commandOf(report, spike)))}`].join('\n');
  });
  const more = spikes.length - listed.length;
  const rest = more > 0 ? `  ${style.dim(`… and ${count(more)} more`)}\n` : '';
  return `${wrap(`Unusual: ${rule}; and every truncate.`, LINE)}\n${listed.join('\n')}\n${rest}`;
}

/** The largest tables of the transaction. */
function largestLines({ xid, tables }: NonNullable<Spike['transaction']>, kind: keyof ChangeCounts, style: Style) {
  const sorted = [...tables].sort((a, b) => b[kind] - a[kind]);
  const shown = sorted.slice(0, 2).map(sum => `  ${renderSum(sum, style)}`);
  const left = sorted.length - shown.length;
  const more = left > 0 ? `; ${plural(left, 'more table', 'more tables')}` : '';
  return [`    ${style.dim(`largest: transaction ${xid}${more}`)}`, ...shown.map(line => `  ${line}`)];
}

/** The words of the command that shows what happened. */
function commandOf({ tenant, table, range }: ActivityReport, { transaction, bucket, kind }: Spike): string {
  const name = shellWord(printable(tenant));
  if (transaction !== undefined) return `show-transaction ${name} ${transaction.xid}`;
  const { from, to } = spanOf(bucket);
  const only = table === undefined ? '' : ` --table ${shellWord(printable(table))}`;
  // A target in the future is refused.
  const until = range !== undefined && range.to < to ? range.to : to;
  return `transactions ${name} --from ${from} --to ${until}${only} --${THRESHOLDS[kind]} '>0' --sort ${THRESHOLDS[kind]}`;
}
