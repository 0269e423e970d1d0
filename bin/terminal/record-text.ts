/** The signed record of a restore as text, wholly: who, why, what was asked, what was written, and the proof. */
import { isPartial, type RestoreRecord } from '../../lib/domain/restore-record.ts';
import { count, duration, exactMoment, moment, plural, printable } from './format.ts';
import type { Style } from './style.ts';
import { renderFacts, renderTable } from './table.ts';
import { fitted, wrap } from './wrap.ts';

export function renderRecord(record: RestoreRecord, style: Style, zone: string, columns: number): string {
  const parts = [
    renderFacts(factsOf(record, style, zone), { style, columns }),
    tablesOf(record, style),
    proofOf(record, style),
    notesOf(record),
  ];
  return fitted(parts.filter(part => part !== '').join('\n'), columns);
}

function factsOf(record: RestoreRecord, style: Style, zone: string): [string, string][] {
  const { request, approvedBy, chain, schema } = record;
  const target = record.targetTime === null ? record.target : exactMoment(record.targetTime, zone);
  const only = [
    ...request.tables.map(table => printable(table)),
    ...request.components,
    ...Object.keys({ ...request.rows, ...request.keys, ...request.columns }).map(
      table => `rows of ${printable(table)}`,
    ),
  ];
  return [
    ['tenant', printable(record.tenantId)],
    ['target', `${target}  ${style.dim(`asked for: ${printable(request.target, 60)}`)}`],
    ['position', record.target],
    ['requested by', printable(record.requestedBy)],
    ['approved by', approvedBy.length === 0 ? 'no one' : approvedBy.map(name => printable(name)).join(', ')],
    ['reason', request.reason === '' ? 'none given' : printable(request.reason)],
    ['mode', `${request.mode}, ${record.place.replaceAll('-', ' ')}${isPartial(record) ? ', partial' : ''}`],
    ['selection', only.length === 0 ? 'everything' : only.join(', ')],
    ...(record.excluded?.length
      ? [['excluded', record.excluded.map(table => printable(table)).join(', ')] as [string, string]]
      : []),
    ...(request.undoes === undefined ? [] : [['undoes', request.undoes] as [string, string]]),
    ...(schema === null ? [] : [['schema', printable(schema)] as [string, string]]),
    ['committed', moment(record.committedAt, zone)],
    ...(record.transaction === null ? [] : [['transaction', record.transaction] as [string, string]]),
    ...(chain === null ? [] : [['restored from', chainOf(chain)] as [string, string]]),
  ];
}

function chainOf({ snapshot, incrementals, runs }: NonNullable<RestoreRecord['chain']>): string {
  const more = [
    ...(incrementals.length > 0 ? [plural(incrementals.length, 'incremental')] : []),
    ...(runs.length > 0 ? [plural(runs.length, 'log run')] : []),
  ];
  return [`snapshot ${snapshot}`, ...more].join(', ');
}

function tablesOf({ tables, totals }: RestoreRecord, style: Style): string {
  const changed = tables.filter(table => table.inserted + table.updated + table.deleted > 0);
  if (changed.length === 0) return '  Nothing differed: no row was written.\n';
  const cells = (name: string, row: { inserted: number; updated: number; deleted: number }) => [
    name,
    ...[row.inserted, row.updated, row.deleted].map(value => (value === 0 ? '·' : count(value))),
  ];
  return renderTable(
    [{ head: 'table' }, ...['inserted', 'updated', 'deleted'].map(head => ({ head, right: true }))],
    changed.map(table => cells(printable(table.table), table)),
    { style, total: cells(plural(changed.length, 'table'), totals) },
  );
}

function proofOf({ proof, phases, attempts }: RestoreRecord, style: Style): string {
  const left = Object.entries(proof.left).filter(([, rows]) => rows > 0);
  const steps = (['plan', 'stage', 'diff', 'apply', 'prove'] as const).map(
    step => `${step} ${duration(phases[`${step}Ms`])}`,
  );
  const lines = [
    left.length === 0
      ? `${style.good('✓')} compared again after writing: no difference`
      : `${style.warn('!')} changed by the application meanwhile: ${left.map(([table, rows]) => `${plural(rows, 'row')} of ${printable(table)}`).join(', ')}`,
    proof.brokenReferences === 0
      ? `${style.good('✓')} every reference is valid`
      : `${style.warn('!')} ${plural(proof.brokenReferences, 'reference')} already broken at the target`,
    ...(attempts > 1 ? [`compared ${attempts} times, because rows changed meanwhile`] : []),
    style.dim(steps.join(', ')),
  ];
  return `${lines.map(line => `  ${line}\n`).join('')}`;
}

function notesOf({ notes, conflicts, sequences }: RestoreRecord): string {
  const lines = [
    ...conflicts.map(
      ({ table, about, explanation }) => `${printable(table)} ${printable(about)}: ${printable(explanation)}`,
    ),
    ...notes.map(({ table, text }) => `${table === null ? '' : `${printable(table)}: `}${printable(text)}`),
    ...sequences.map(({ sequence, now, to }) => `${printable(sequence)} moved from ${now} to ${to}`),
  ];
  return lines.map(line => `${wrap(`• ${line}`, 80, '  ')}\n`).join('');
}
