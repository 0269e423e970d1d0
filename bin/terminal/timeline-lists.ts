/** What a tenant's timeline lists under its picture: backups, archives, and the moments with names. The newest of each. */
import type { Timeline } from '../../lib/operations/catalog/timeline.ts';
import { count, moment, plural, printable, relative, size } from './format.ts';
import { renderTable } from './table.ts';
import type { TimelineReading } from './timeline-picture.ts';

const LISTED = 8;

export function renderBackups(line: Timeline, { style, now, zone, columns: width }: TimelineReading): string {
  const all = [...line.snapshots, ...line.incrementals].sort((a, b) => (a.toTime < b.toTime ? -1 : 1));
  const shown = all.slice(-LISTED);
  if (shown.length === 0) return '';
  const rows = shown.map(item => [
    style.accent(item.kind === 'snapshot' ? '●' : '▪'),
    item.keepUntil === undefined ? item.kind : `${item.kind}, ${printable(item.reason)}`,
    item.id,
    moment(item.toTime, zone),
    relative(item.toTime, now),
    count(item.rows),
    item.storedBytes === 0 ? '·' : size(item.storedBytes),
    item.verified === undefined
      ? style.dim('–')
      : item.verified.ok
        ? style.good(`✓ ${relative(item.verified.at, now)}`)
        : style.bad('✗ failed'),
  ]);
  const columns = [
    { head: '' },
    { head: 'backup' },
    { head: 'id' },
    { head: 'at' },
    { head: '', right: true, optional: true },
    { head: 'rows', right: true, optional: true },
    { head: 'stored', right: true, optional: true },
    { head: 'verified' },
  ];
  const older = all.length - shown.length;
  return `${renderTable(columns, rows, { style, columns: width })}${older === 0 ? '' : `  ${style.dim(`… and ${count(older)} older`)}\n`}`;
}

export function renderArchives(line: Timeline, { style, now, zone, columns: width }: TimelineReading): string {
  if (line.archives.length === 0) return '';
  const rows = line.archives
    .slice(-LISTED)
    .map(({ id, keep, toTime, rows: number, storedBytes }) => [
      ...[style.accent('▣'), keep, id, moment(toTime, zone), relative(toTime, now)],
      ...[number === null ? '' : count(number), size(storedBytes)],
    ]);
  const older = line.archives.length - rows.length;
  const columns = [
    ...[
      { head: '' },
      { head: 'archive' },
      { head: 'id' },
      { head: 'rows of' },
      { head: '', right: true, optional: true },
    ],
    ...[
      { head: 'rows', right: true, optional: true },
      { head: 'stored', right: true, optional: true },
    ],
  ];
  return `${renderTable(columns, rows, { style, columns: width })}${older === 0 ? '' : `  ${style.dim(`… and ${count(older)} older`)}\n`}`;
}

export function renderNamed(line: Timeline, { style, now, zone, columns: width }: TimelineReading): string {
  const rows = [
    ...line.markers.map(({ name, lsn, time, reachable }) => ({
      time,
      cells: [
        style.warn('◆'),
        printable(name, 40),
        moment(time, zone),
        relative(time, now),
        lsn,
        reachable ? '' : style.bad('not recoverable'),
      ],
    })),
    ...line.restoreCommits.map(({ id, lsn, time }) => ({
      time,
      cells: [style.warn('↺'), id, moment(time, zone), relative(time, now), lsn, style.dim(`--to before:${id}`)],
    })),
    ...line.erasures.map(({ id, table, at, count: rows }) => ({
      time: at,
      cells: [
        style.warn('⌫'),
        id,
        moment(at, zone),
        relative(at, now),
        '',
        `${plural(rows, 'row')} of ${printable(table)} erased`,
      ],
    })),
  ].sort((a, b) => (a.time < b.time ? -1 : 1));
  if (rows.length === 0) return '';
  const columns = [
    { head: '' },
    { head: 'marker, restore' },
    { head: 'at' },
    { head: '', right: true, optional: true },
    { head: 'position', optional: true },
    { head: '' },
  ];
  return renderTable(
    columns,
    rows.slice(-LISTED).map(row => row.cells),
    { style, columns: width },
  );
}
