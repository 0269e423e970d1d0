/** `find`: when there was last a row like this, and what became of it. */
import type { Command } from 'commander';
import type { FoundRow, FoundRows } from '../../lib/domain/row-life.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { findRows } from '../../lib/operations/incident/find-rows.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { count, exactMoment, plural, printable } from '../terminal/format.ts';
import { positiveInteger } from '../terminal/log-range.ts';
import { keysWord, keyWord } from '../terminal/row-key.ts';
import {
  changesText,
  commandText,
  contextText,
  LINE_COLUMNS,
  type RowReading,
  transactionText,
  valuesText,
} from '../terminal/row-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { wrap } from '../terminal/wrap.ts';
import { diffCommand, refuseRemote, targetOf } from './history.ts';

interface FindOptions {
  readonly deleted?: boolean;
  readonly since?: string;
  readonly to?: string;
  readonly limit: number;
}

export function registerFind(program: Command): void {
  program
    .command('find')
    .description('find rows as they once were, and what became of them')
    .argument('<tenant>', 'tenant id')
    .argument('<table>', 'table, as in the tenant model')
    .argument('<predicate>', 'condition over the columns, as for --rows')
    .option('--deleted', 'only rows that are gone')
    .option('--since <target>', 'beginning (default: the earliest moment that the log reaches)')
    .option('--to <target>', 'end (default: the newest shipped)')
    .option('--limit <n>', 'show at most n rows, the newest', positiveInteger, 20)
    .addHelpText(
      'after',
      `\nThe table is staged as it was at the beginning, in a private schema of the\ndatabase, and the log is replayed onto it; no live row is touched.\n\nExamples:\n  $ holdfast find 17 public.invoices "total > 1000" --deleted\n  $ holdfast find 17 users "email = 'ann@example.org'" --since '2 days ago'`,
    )
    .action(inSession(find));
}

async function find(
  session: Session,
  tenant: string,
  table: string,
  predicate: string,
  options: FindOptions,
): Promise<void> {
  refuseRemote(session, 'What became of rows');
  const ctx = await session.context();
  const id = await spellTenant(ctx, tenant);
  const range = { from: targetOf(session, options.since), to: targetOf(session, options.to) };
  const { deleted = false, limit } = options;
  const found = await findRows(ctx, id, { ...range, table, predicate, deleted, limit });
  const rows = found.rows.map(row => ({ ...row, command: commandFor(id, found.table, row) }));
  session.emit({ tenant: id, ...found, rows }, () =>
    renderFound(id, found, deleted, { style: session.style, zone: session.zone() }),
  );
}

/** Brings a row back that is gone, shows what a restore would change of one that is otherwise, or the life of one that is not. */
function commandFor(tenant: string, table: string, { key, ended, gone }: FoundRow): string {
  if (ended === null) return `holdfast history ${shellWord(tenant)} ${shellWord(table)} ${keyWord(key)}`;
  if (!gone) return diffCommand(tenant, table, ended.xid, keysWord(key));
  return `holdfast restore ${shellWord(tenant)} --to before:${ended.xid} --table ${shellWord(table)} --keys ${keysWord(key)} --mode missing-only`;
}

function renderFound(tenant: string, found: FoundRows, deleted: boolean, reading: RowReading): string {
  const { style, zone } = reading;
  const { live, changed, gone } = found.counts;
  const range = `${exactMoment(found.from.time, zone)} to ${exactMoment(found.to.time, zone)}`;
  const head = `${style.bold(printable(found.table))} of tenant ${style.bold(printable(tenant, 40))}\n  ${style.dim(range)}\n`;
  const all = live + changed + gone;
  const sum =
    all === 0
      ? 'No row was like this in this range.\n'
      : `${plural(all, 'row')}: ${count(live)} still live, ${count(changed)} changed since, ${count(gone)} gone\n`;
  const parts = [
    head + (all > 0 ? `  ${sum}` : ''),
    ...(all === 0 ? [sum] : []),
    ...(all > 0 && found.rows.length === 0 && deleted ? ['None of them is gone.\n'] : []),
    ...found.rows.map(row => renderRow(tenant, found, row, reading)),
    ...(found.more ? [style.dim('More rows follow: raise --limit, or narrow the condition.\n')] : []),
    ...found.notes.map(note => `${style.warn('!')} ${wrap(printable(note), LINE_COLUMNS - 2, '  ').trimStart()}\n`),
  ];
  return parts.join('\n');
}

function renderRow(tenant: string, found: FoundRows, row: FoundRow, reading: RowReading): string {
  const { style, zone } = reading;
  const values = valuesText({ ...row.key, ...row.columns }, LINE_COLUMNS - 2);
  const when =
    row.fate === 'live'
      ? `  ${style.good('still live')} ${style.dim(`at ${exactMoment(found.to.time, zone)}`)}\n`
      : `  ${describeFate(row, reading)}  ${transactionText(row.ended, reading)}\n`;
  const changes = row.changes ? `  ${style.dim(changesText(row.changes, LINE_COLUMNS - 2))}\n` : '';
  const context = contextText(row.ended, reading, '  ');
  return `${style.bold(values)}\n${when}${changes}${context}${style.dim(commandText(commandFor(tenant, found.table, row), '  '))}`;
}

function describeFate({ fate, gone, keyNow }: FoundRow, { style }: RowReading): string {
  switch (fate) {
    case 'live':
      return style.good('still live');
    case 'changed':
      return style.warn(keyNow ? 'new key' : gone ? 'changed, later gone' : 'changed');
    case 'deleted':
      return style.bad(gone ? 'deleted' : 'deleted, there again');
    case 'truncated':
      return style.bad('truncated');
    case 'left':
      return style.bad('left the tenant');
  }
}
