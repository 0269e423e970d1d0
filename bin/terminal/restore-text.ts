/** What a restore changed, and its proof. */
import { isPartial } from '../../lib/domain/restore-record.ts';
import type { RestoreResult } from '../../lib/operations/restore/apply/apply-restore.ts';
import { PARTIAL_EXIT_CODE } from './error-text.ts';
import { count, duration, exactMoment, plural, printable } from './format.ts';
import { revertedText } from './preview-text.ts';
import type { Session } from './session.ts';
import type { Style } from './style.ts';
import { renderTable } from './table.ts';
import { fitted } from './wrap.ts';

/** Shows the result. Tables excluded by name make it partial, which the exit code reports too. */
export function reportRestore(
  session: Pick<Session, 'emit' | 'exitWith' | 'style' | 'zone' | 'columns'>,
  result: RestoreResult,
  command?: (words: string) => string,
): void {
  const partial = isPartial(result.record);
  session.emit({ ...result, ...(partial && { partial }) }, () => renderRestore(result, session, command));
  if (partial) session.exitWith(PARTIAL_EXIT_CODE);
}

/** `command`: makes a complete command line of these words. */
export function renderRestore(
  { record, preview }: RestoreResult,
  { style, zone, columns }: Pick<Session, 'style' | 'zone' | 'columns'>,
  command = (words: string) => `holdfast ${words}`,
): string {
  const { totals, phases, proof } = record;
  const took = phases.planMs + phases.stageMs + phases.diffMs + phases.applyMs + phases.proveMs;
  const done = isPartial(record) ? style.warn('! Partially restored') : style.good('✓ Restored');
  const { reverts } = record.request;
  const whom = `tenant ${style.bold(printable(record.tenantId))}`;
  const moment = record.targetTime === null ? record.target : exactMoment(record.targetTime, zone());
  const what = reverts
    ? `${style.good('✓ Took back')} ${revertedText(reverts)} of ${whom}`
    : `${done} ${whom} to ${style.bold(moment)}`;
  const head = `${what} in ${style.bold(duration(took))}  ${style.dim(record.id)}\n${leftOut(record, style)}`;
  if (record.place === 'side-by-side') {
    const rows = Object.entries(proof.rows).map(([table, number]) => [printable(table), count(number)]);
    return `${fitted(`${head}\nThe restored state is in schema ${style.bold(printable(record.schema ?? ''))}, beside the live tables, which were not changed.`, columns)}\n${renderTable([{ head: 'table' }, { head: 'rows', right: true }], rows, { style })}`;
  }
  const changed = record.tables.filter(table => table.inserted + table.updated + table.deleted > 0);
  const number = (value: number, sign: string, paint: (text: string) => string) =>
    value === 0 ? '·' : paint(`${sign}${count(value)}`);
  const cells = (name: string, row: { inserted: number; updated: number; deleted: number }) => [
    name,
    number(row.inserted, '+', style.good),
    number(row.updated, '~', style.warn),
    number(row.deleted, '−', style.bad),
  ];
  const table =
    changed.length === 0
      ? `  Nothing differed${isPartial(record) ? ' in what was compared' : ''}: no row was written.\n`
      : renderTable(
          [
            { head: 'table' },
            { head: 'inserted', right: true },
            { head: 'updated', right: true },
            { head: 'deleted', right: true },
          ],
          changed.map(row => cells(printable(row.table), row)),
          { style, total: cells(plural(changed.length, 'table'), totals) },
        );
  return fitted(`${head}\n${table}\n${renderProof({ record, preview }, style, command)}`, columns);
}

function leftOut({ excluded = [] }: RestoreResult['record'], style: Style): string {
  if (excluded.length === 0) return '';
  return `  ${style.warn('partial:')} excluded as requested, and unchanged: ${excluded.map(table => printable(table)).join(', ')}\n`;
}

function renderProof({ record }: RestoreResult, style: Style, command: (words: string) => string): string {
  const { proof, phases, attempts, place } = record;
  const left = Object.entries(proof.left).filter(([, rows]) => rows > 0);
  const same =
    left.length === 0
      ? `${style.good('✓')} compared again after writing: no difference`
      : `${style.warn('!')} the application has since changed ${left.map(([table, rows]) => `${plural(rows, 'row')} of ${printable(table)}`).join(', ')}`;
  const references =
    proof.brokenReferences === 0
      ? `${style.good('✓')} every reference is valid`
      : `${style.warn('!')} ${plural(proof.brokenReferences, 'reference')} already broken at the target`;
  const lines = [same, references];
  if (record.sequences.length > 0)
    lines.push(`${style.good('✓')} ${plural(record.sequences.length, 'sequence')} moved forward`);
  if (attempts > 1)
    lines.push(`${style.accent('•')} the application changed rows at the same time: compared ${attempts} times`);
  for (const { code, table, count: rows } of record.conflicts)
    if (code === 'changed-since')
      lines.push(`${style.warn('!')} ${printable(table)}: ${plural(rows, 'row')} changed since, left as they are`);
  for (const note of record.notes)
    lines.push(
      `${style.accent('•')} ${note.table === null ? '' : `${printable(note.table)}: `}${printable(note.text)}`,
    );
  const steps = `planned ${duration(phases.planMs)}, staged ${duration(phases.stageMs)}, compared ${duration(phases.diffMs)}, applied ${duration(phases.applyMs)}, proved ${duration(phases.proveMs)}`;
  const undo =
    place === 'in-place' ? `\n${style.dim('Undo it with')}  ${style.bold(command(`undo ${record.id}`))}\n` : '';
  return `${lines.map(line => `  ${line}\n`).join('')}  ${style.dim(steps)}\n${undo}`;
}
