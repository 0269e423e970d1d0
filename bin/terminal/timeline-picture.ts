/**
 * Draws a tenant's recovery window: time runs to the right up to now; one lane shows where every moment is recoverable and
 * where the log is missing, the lanes below show snapshots, incrementals, archives, markers and restores.
 */
import type { Timeline } from '../../lib/operations/catalog/timeline.ts';
import { duration, moment, namedTenant, plural, printable, relative } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { renderArchives, renderBackups, renderNamed } from './timeline-lists.ts';
import { fitted } from './wrap.ts';

export interface TimelineReading {
  readonly style: Style;
  readonly now: Date;
  readonly zone: string;
  /** Columns of the terminal. */
  readonly columns: number;
  /** What people call the tenant. */
  readonly label?: string;
}

const LANE_NAME = 14;

export function renderTimeline(tenant: string, line: Timeline, reading: TimelineReading): string {
  const { style } = reading;
  const sections = [
    fitted(renderVerdict(tenant, line, reading), reading.columns),
    renderPicture(line, reading),
    renderGapList(line, reading),
    renderTableGaps(line, reading),
    renderBackups(line, reading),
    renderArchives(line, reading),
    renderNamed(line, reading),
  ];
  const text = sections.filter(section => section !== '').join('\n');
  return `${text}${line.newest === null ? '' : `\n${style.dim('Preview a restore with')}  ${style.bold(`holdfast diff ${printable(tenant)} --to TIME|LSN|MARKER`)}\n`}`;
}

function renderVerdict(tenant: string, line: Timeline, { style, now, zone, label }: TimelineReading): string {
  const name = `Tenant ${style.bold(namedTenant(tenant, label))}`;
  const first = line.window[0];
  if (first === undefined || line.newest === null) {
    return `${name}: ${style.bad('no moment is recoverable yet.')} ${line.snapshots.length === 0 ? 'Take a snapshot, then ship the log.' : 'Run `holdfast ship`.'}\n`;
  }
  const span = `from ${style.bold(moment(first.from.time, zone))} to ${style.bold(moment(line.newest.time, zone))}`;
  const except = line.gaps.filter(gap => gap.to !== null).length + line.tableGaps.length;
  const open = line.gaps.some(gap => gap.to === null);
  return `${name}: every moment ${span}${except === 0 ? '' : style.warn(` except ${plural(except, 'gap')}`)}\n  newest ${open ? style.bad(relative(line.newest.time, now)) : style.good(relative(line.newest.time, now))}, ${line.newest.lsn}${open ? style.bad(': the log has been broken since; take a snapshot and ship') : ''}\n`;
}

interface Scale {
  readonly from: number;
  readonly to: number;
  readonly cells: number;
  at(time: string | Date): number;
}

function renderPicture(line: Timeline, reading: TimelineReading): string {
  const { style, now } = reading;
  const times = [
    ...line.window.flatMap(({ from, to }) => [from.time, to.time]),
    ...line.gaps.flatMap(({ from, to }) => [from.time, ...(to === null ? [] : [to.time])]),
    ...line.snapshots.map(item => item.toTime),
  ].map(time => Date.parse(time));
  if (times.length === 0) return '';
  const scale = makeScale(Math.min(...times), Math.max(now.getTime(), ...times), reading.columns - LANE_NAME - 4);
  const { accent, warn } = style;
  const dotted = (name: string, times: readonly string[], sign: string, paint: (text: string) => string) =>
    lane(name, dots(times, sign, scale, paint), style);
  const timesOf = (items: readonly { readonly toTime: string }[]) => items.map(item => item.toTime);
  // Older ones are listed only: they would squeeze the window.
  const archived = line.archives.filter(item => Date.parse(item.toTime) >= scale.from);
  const lanes = [
    lane('', axis(scale, reading), style),
    lane('recoverable', windowLane(line, scale, style), style),
    dotted('snapshots', timesOf(line.snapshots), '●', accent),
    dotted('incrementals', timesOf(line.incrementals), '▪', accent),
    dotted('archives', timesOf(archived), '▣', accent),
    dotted(
      'markers',
      line.markers.map(item => item.time),
      '◆',
      warn,
    ),
    dotted(
      'restores',
      line.restoreCommits.map(item => item.time),
      '↺',
      warn,
    ),
  ];
  return `${lanes.filter(text => text !== '').join('\n')}\n`;
}

function makeScale(from: number, to: number, cells: number): Scale {
  const width = Math.max(20, Math.min(100, cells));
  const span = Math.max(1, to - from);
  const at = (time: string | Date) =>
    Math.min(width - 1, Math.max(0, Math.round(((new Date(time).getTime() - from) / span) * (width - 1))));
  return { from, to, cells: width, at };
}

function lane(name: string, cells: string, style: Style): string {
  return cells.trim() === '' ? '' : `  ${style.dim(name.padEnd(LANE_NAME))}${cells.trimEnd()}`;
}

/** Three moments: the beginning, the middle and now. Dates are shown if the picture spans about a day or more. */
function axis(scale: Scale, { style, zone }: TimelineReading): string {
  const days = scale.to - scale.from > 20 * 3600 * 1000;
  const label = (at: number) => {
    const text = moment(new Date(at), zone);
    return days ? text.slice(5, 16) : text.slice(11, 19);
  };
  const [begin, middle, end] = [label(scale.from), label((scale.from + scale.to) / 2), 'now'];
  const room = scale.cells - begin.length - middle.length - end.length;
  const left = Math.max(1, Math.floor(scale.cells / 2 - begin.length - middle.length / 2));
  return style.dim(begin + ' '.repeat(left) + middle + ' '.repeat(Math.max(1, room - left)) + end);
}

function windowLane(line: Timeline, scale: Scale, style: Style): string {
  const cells: string[] = Array.from({ length: scale.cells }, () => ' ');
  const fill = (from: string, to: string | Date, text: string) => {
    for (let cell = scale.at(from); cell <= scale.at(to); cell++) cells[cell] = text;
  };
  for (const { from, to } of line.window) fill(from.time, to.time, style.good('━'));
  for (const { from, to } of line.gaps) fill(from.time, to?.time ?? new Date(scale.to), style.bad('╳'));
  for (const { from, to } of line.window) {
    cells[scale.at(from.time)] = style.good('┣');
    if (to !== line.window.at(-1)!.to) cells[scale.at(to.time)] = style.good('┫');
  }
  const last = line.window.at(-1);
  if (last === undefined) return cells.join('');
  const end = scale.at(last.to.time);
  cells[end] = style.good('▶');
  // Later commits are only in the database until they are shipped.
  for (let cell = end + 1; cell < scale.cells; cell++) if (cells[cell] === ' ') cells[cell] = style.dim('┄');
  return cells.join('');
}

function dots(times: readonly string[], sign: string, scale: Scale, paint: (text: string) => string): string {
  const cells: string[] = Array.from({ length: scale.cells }, () => ' ');
  for (const time of times) cells[scale.at(time)] = paint(sign);
  return cells.join('');
}

function renderGapList(line: Timeline, { style, now, zone, columns: width }: TimelineReading): string {
  if (line.gaps.length === 0) return '';
  const rows = line.gaps.map(({ from, to, reason }) => [
    style.bad('╳'),
    moment(from.time, zone),
    to === null ? style.bad('still open') : moment(to.time, zone),
    duration((to === null ? now.getTime() : Date.parse(to.time)) - Date.parse(from.time)),
    reason,
  ]);
  return renderTable(
    [
      { head: '' },
      { head: 'gap after' },
      { head: 'until' },
      { head: 'duration', right: true, optional: true },
      { head: 'reason' },
    ],
    rows,
    { style, columns: width },
  );
}

/** Gaps of some tables only: the window continues for all others. */
function renderTableGaps(line: Timeline, { style, now, zone, columns: width }: TimelineReading): string {
  if (line.tableGaps.length === 0) return '';
  const rows = line.tableGaps.map(({ tables, from, to, reason, detail }) => [
    style.bad('╳'),
    tables.map(table => printable(table)).join(', '),
    moment(from.time, zone),
    to === null ? style.bad('still open') : moment(to.time, zone),
    duration((to === null ? now.getTime() : Date.parse(to.time)) - Date.parse(from.time)),
    detail === null ? reason : `${reason}: ${detail}`,
  ]);
  const columns = [
    { head: '' },
    { head: 'tables' },
    { head: 'gap after' },
    { head: 'until' },
    { head: 'duration', right: true },
    { head: 'reason' },
  ];
  return renderTable(columns, rows, { style, columns: width });
}
