/**
 * The preview of a restore as text: changes per table, sample rows, conflicts, what will happen and how long it takes.
 * Values from the database are made printable.
 */
import { destinationKind, destinationOf } from '../../lib/domain/destination.ts';
import {
  blockingConflicts,
  type Conflict,
  type Preview,
  type RowSample,
  type TablePreview,
} from '../../lib/domain/preview.ts';
import { count, duration, exactMoment, namedTenant, plural, printable, relative } from './format.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { fitted } from './wrap.ts';

export interface Reading {
  /** What people call the tenant. */
  readonly label?: string | undefined;
  readonly style: Style;
  readonly now: Date;
  readonly zone: string;
  /** Columns of the terminal. Default: no limit. */
  readonly columns?: number;
}

const VALUE_WIDTH = 40;
const SAMPLE_COLUMNS = 4;

/** The command that applies it: a kept plan applies exactly what was shown, a request compares again. */
export interface NextStep {
  readonly command: string;
  readonly exactly: boolean;
}

/** `next` is absent where a confirmation follows. */
export function renderPreview(preview: Preview, reading: Reading, next?: NextStep): string {
  const { style, columns = Number.POSITIVE_INFINITY } = reading;
  const changed = preview.tables.filter(table => rowsOf(table) > 0);
  const sections = [renderHead(preview, reading)];
  if (changed.length === 0) sections.push(style.good(`  ${nothingDiffers(preview)}\n`));
  else sections.push(renderCounts(preview, changed, reading));
  const samples = changed.filter(table => table.samples.length > 0).map(table => renderSamples(table, style));
  if (samples.length > 0) sections.push(samples.join('\n'));
  if (preview.conflicts.length > 0) sections.push(renderConflicts(preview.conflicts, style));
  if (preview.notes.length > 0) sections.push(renderNotes(preview, style));
  if (changed.length > 0) sections.push(renderConsequences(preview, style));
  if (next !== undefined && changed.length > 0 && blockingConflicts(preview).length === 0) {
    const label = next.exactly ? 'Apply exactly this with' : 'Apply it with';
    sections.push(`${style.dim(label)}  ${style.bold(next.command)}\n`);
  }
  return fitted(sections.join('\n'), columns);
}

/** Refers only to what was compared. */
function nothingDiffers({ conflicts, notes }: Preview): string {
  const apart = notes.some(({ code }) => NOT_COMPARED.includes(code)) || conflicts.some(({ blocking }) => blocking);
  return apart
    ? 'No difference in what was compared; see below for what was not.'
    : 'Nothing differs: the live rows already match the target.';
}

const NOT_COMPARED: readonly string[] = ['left-out', 'kept', 'table-lost', 'table-added', 'column-lost', 'erased'];

function renderHead(preview: Preview, { style, now, zone, label }: Reading): string {
  const { request } = preview;
  const when =
    preview.targetTime === null
      ? ''
      : ` ${style.bold(exactMoment(preview.targetTime, zone))} ${style.dim(`(${relative(preview.targetTime, now)})`)}`;
  const asked = printable(request.target, 60);
  const name =
    preview.targetTime !== null && !/^\d{4}-/.test(asked)
      ? `${asked} =`
      : preview.targetTime === null
        ? style.bold(asked)
        : '';
  const scope = describeScope(preview);
  const tenant = style.bold(namedTenant(request.tenant, label, 60));
  const below = scope === '' ? '' : `  ${style.dim(scope)}\n`;
  if (request.reverts)
    return `Tenant ${tenant} without ${style.bold(revertedText(request.reverts))} from ${exactMoment(preview.targetTime ?? request.target, zone)} on  ${style.dim(preview.target)}\n${below}`;
  return `Tenant ${tenant} to ${[name, when.trim()].filter(Boolean).join(' ')}  ${style.dim(preview.target)}\n${below}`;
}

/** What is taken back, in words. */
export function revertedText({ only, except }: NonNullable<Preview['request']['reverts']>): string {
  if (only) return plural(only.length, 'transaction');
  return except ? `all but ${plural(except.length, 'transaction')}` : 'what happened';
}

function placeOf(request: Preview['request']): string {
  const destination = destinationOf(request);
  switch (destination.kind) {
    case 'in-place':
      return '';
    case 'side-by-side':
      return 'side by side';
    case 'database':
      return 'into another database';
    case 'tenant':
      return `as tenant ${destination.tenant}`;
  }
}

function describeScope({ request }: Preview): string {
  const names = (record: Record<string, unknown>) => Object.keys(record).map(name => printable(name));
  const parts = [
    request.mode === 'missing-only' ? 'missing rows only' : '',
    request.mode === 'columns'
      ? `only columns ${Object.entries(request.columns)
          .map(([table, columns]) => `${table} (${columns.join(', ')})`)
          .join(', ')}`
      : '',
    request.tables.length > 0 ? `tables ${request.tables.join(', ')}` : '',
    request.exclude?.length ? `partial: without ${request.exclude.join(', ')}` : '',
    request.components.length > 0 ? `components ${request.components.join(', ')}` : '',
    names(request.rows).length > 0 ? `selected rows of ${names(request.rows).join(', ')}` : '',
    names(request.keys).length > 0 ? `selected keys of ${names(request.keys).join(', ')}` : '',
    placeOf(request),
  ];
  return parts
    .filter(part => part !== '')
    .map(part => printable(part, 160))
    .join('; ');
}

function renderCounts(
  preview: Preview,
  changed: readonly TablePreview[],
  { style, columns = Number.POSITIVE_INFINITY }: Reading,
): string {
  const { totals } = preview;
  const cells = (table: string, inserts: number, updates: number, deletes: number, about: string) => [
    table,
    signed('+', inserts, style.good),
    signed('~', updates, style.warn),
    signed('−', deletes, style.bad),
    about,
  ];
  const unchanged = preview.tables.length - changed.length;
  const table = renderTable(
    [
      { head: 'table' },
      { head: 'inserted', right: true },
      { head: 'updated', right: true },
      { head: 'deleted', right: true },
      { head: 'changed columns' },
    ],
    changed.map(each => cells(printable(each.table), each.inserts, each.updates, each.deletes, describeColumns(each))),
    {
      style,
      columns,
      total: cells(plural(changed.length, 'table'), totals.inserts, totals.updates, totals.deletes, ''),
    },
  );
  const isRevert = preview.request.reverts !== undefined;
  const later = isRevert ? 0 : changed.reduce((sum, each) => sum + (each.bornAfter ?? 0), 0);
  const born =
    later === 0
      ? ''
      : `  ${style.warn('!')} ${plural(later, 'row')} to delete did not exist at the target: they were written since and are lost (--mode missing-only keeps them)\n`;
  return unchanged === 0
    ? `${table}${born}`
    : `${table}  ${style.dim(`${plural(unchanged, 'other table')} unchanged`)}\n${born}`;
}

function signed(sign: string, value: number, paint: (text: string) => string): string {
  return value === 0 ? '·' : paint(`${sign}${count(value)}`);
}

function describeColumns(table: TablePreview): string {
  const columns = Object.entries(table.columns).sort((a, b) => b[1] - a[1]);
  const shown = columns
    .slice(0, SAMPLE_COLUMNS)
    .map(([name, rows]) => (rows === table.updates ? printable(name) : `${printable(name)} (${count(rows)})`));
  const more = columns.length > SAMPLE_COLUMNS ? [`${columns.length - SAMPLE_COLUMNS} more`] : [];
  const alongside = table.alongside > 0 ? [`${count(table.alongside)} along with others`] : [];
  return [...shown, ...more, ...alongside].join(', ');
}

function renderSamples(table: TablePreview, style: Style): string {
  const lines = table.samples.map(sample => `    ${renderSample(sample, style)}`);
  const left = rowsOf(table) - table.samples.length;
  if (left > 0) lines.push(`    ${style.dim(`… and ${count(left)} more`)}`);
  return `  ${style.bold(printable(table.table))}\n${lines.join('\n')}\n`;
}

function renderSample(sample: RowSample, style: Style): string {
  const key = Object.entries({ ...sample.key, ...sample.about })
    .map(([name, value]) => `${printable(name)} ${show(value)}`)
    .join(', ');
  if (sample.op === 'insert') return `${style.good('+')} ${key}`;
  if (sample.op === 'delete') return `${style.bad('−')} ${key}`;
  const all = Object.entries(sample.changes);
  const changes = all
    .slice(0, SAMPLE_COLUMNS)
    .map(([name, { now, target }]) => `${printable(name)}: ${style.bad(show(now))} → ${style.good(show(target))}`);
  const more =
    all.length > SAMPLE_COLUMNS ? style.dim(` and ${plural(all.length - SAMPLE_COLUMNS, 'more column')}`) : '';
  return `${style.warn('~')} ${key}   ${changes.join('  ')}${more}`;
}

function show(value: string | null): string {
  return value === null ? 'NULL' : printable(value, VALUE_WIDTH);
}

function renderConflicts(conflicts: readonly Conflict[], style: Style): string {
  const blocking = conflicts.filter(conflict => conflict.blocking);
  const lines = conflicts.map(conflict => {
    const sign = conflict.blocking ? style.bad('✗') : style.warn('!');
    const by = (conflict.by ?? []).slice(0, CHANGERS).map(each => `      ${style.dim(changerText(each))}`);
    const head = `  ${sign} ${style.bold(printable(conflict.table))} ${printable(conflict.about)}: ${plural(conflict.count, 'row')}. ${printable(conflict.explanation)} ${style.dim(`[${conflict.code}]`)}`;
    return [head, ...by].join('\n');
  });
  const head =
    blocking.length > 0
      ? style.bad(plural(blocking.length, 'blocking conflict'))
      : style.warn('Conflicts that do not block the restore');
  return `${head}\n${lines.join('\n')}\n`;
}

const CHANGERS = 3;

function changerText({ xid, time, rows }: NonNullable<Conflict['by']>[number]): string {
  return `transaction ${xid} at ${time} changed ${plural(rows, 'row')}`;
}

function renderNotes(preview: Preview, style: Style): string {
  const lines = preview.notes.map(
    note => `  ${style.accent('•')} ${note.table === null ? '' : `${printable(note.table)}: `}${printable(note.text)}`,
  );
  return `${style.bold('Notes')}\n${lines.join('\n')}\n`;
}

function renderConsequences(preview: Preview, style: Style): string {
  const { measured } = preview;
  const lines =
    blockingConflicts(preview).length > 0
      ? ['The restore is refused: resolve the blocking conflicts first, or select other rows or another moment.']
      : consequences(preview);
  const measure = `planned in ${duration(measured.planMs)}, staged in ${duration(measured.stageMs)}, compared in ${duration(measured.diffMs)}`;
  return `${style.bold('What will happen')}\n${lines.map(line => `  ${line}\n`).join('')}  ${style.dim(measure)}\n`;
}

function consequences({ request, totals, sequences, predictedApplyMs, triggersSuppressed }: Preview): string[] {
  const elsewhere = destinationKind(request) !== 'in-place';
  const transaction =
    request.batches === undefined ? 'one transaction' : `transactions of ${plural(request.batches, 'row')}`;
  const lines = [
    `${plural(totals.rows, 'row')} in ${transaction}, about ${duration(predictedApplyMs)}. ${elsewhere ? 'Live rows are not changed.' : 'No row of another tenant is locked or changed.'}`,
    triggersSuppressed
      ? 'Triggers and foreign-key actions of the application do not fire.'
      : 'Triggers of the application FIRE: this role is not permitted to suppress them.',
  ];
  if (sequences.length > 0) {
    lines.push(
      `${plural(sequences.length, 'sequence')} ${sequences.length === 1 ? 'moves' : 'move'} forward past the restored keys.`,
    );
  }
  if (elsewhere) return lines;
  return [
    ...lines,
    'Rows that the application changes at the same time are not overwritten.',
    'The difference is then computed again and must be empty. The restore can be undone.',
  ];
}

function rowsOf(table: TablePreview): number {
  return table.inserts + table.updates + table.deletes;
}
