/** `history`: the life of a row: each version, when, by which transaction, and which columns it changed. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { parseTarget, type RecoveryTarget } from '../../lib/domain/recovery-target.ts';
import type { RowChange, RowHistory } from '../../lib/domain/row-life.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { rowHistory } from '../../lib/operations/incident/row-history.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { exactMoment, printable } from '../terminal/format.ts';
import { positiveInteger } from '../terminal/log-range.ts';
import { keysWord, typedKey } from '../terminal/row-key.ts';
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

interface HistoryOptions {
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
}

export function registerHistory(program: Command): void {
  program
    .command('history')
    .description('show the life of a row: every version, when and by which transaction')
    .argument('<tenant>', 'tenant id')
    .argument('<table>', 'table, as in the tenant model')
    .argument('<key>', 'key of the row: 17, or JSON for several columns: \'["a",1]\'')
    .option('--from <target>', 'beginning (default: the earliest moment that the log reaches)')
    .option('--to <target>', 'end (default: the newest shipped)')
    .option('--limit <n>', 'show at most n changes, the newest', positiveInteger, 50)
    .addHelpText(
      'after',
      "\nThe table is staged as it was at the beginning, in a private schema of the\ndatabase, and the log is replayed onto it; no live row is touched.\n\nExamples:\n  $ holdfast history 17 public.invoices 4711\n  $ holdfast history 17 order_lines '[4711,2]' --from yesterday",
    )
    .action(inSession(history));
}

async function history(
  session: Session,
  tenant: string,
  table: string,
  key: string,
  options: HistoryOptions,
): Promise<void> {
  refuseRemote(session, 'The life of a row');
  const asked = typedKey(key);
  const ctx = await session.context();
  const id = await spellTenant(ctx, tenant);
  const range = { from: targetOf(session, options.from), to: targetOf(session, options.to) };
  const found = await rowHistory(ctx, id, { ...range, table, key: asked, limit: options.limit });
  session.emit({ tenant: id, ...withCommands(id, found) }, () =>
    renderHistory(id, asked, found, { style: session.style, zone: session.zone() }),
  );
}

/** Versions of rows are read in the database, by a session of this machine. InputError `needs-database`. */
export function refuseRemote(session: Session, what: string): void {
  if (!session.remote) return;
  throw new InputError(
    'needs-database',
    `${what} is read in the database, which no function on AWS does for a person.`,
    {
      hint: 'Run it on a machine that reaches the database, with --direct.',
    },
  );
}

export function targetOf(session: Session, text: string | undefined): RecoveryTarget | undefined {
  return text === undefined ? undefined : parseTarget(text, { now: session.now(), timeZone: session.zone() });
}

function withCommands(tenant: string, found: RowHistory) {
  return {
    ...found,
    changes: found.changes.map(change => ({ ...change, command: commandFor(tenant, found.table, change) })),
  };
}

/** What a change undid is what a restore to before it would bring back. */
function commandFor(tenant: string, table: string, { transaction, key, keyBefore }: RowChange): string | null {
  if (transaction === null) return null;
  return diffCommand(tenant, table, transaction.xid, keysWord(keyBefore ?? key));
}

export function diffCommand(tenant: string, table: string, xid: number, keys: string): string {
  return `holdfast diff ${shellWord(tenant)} --to before:${xid} --table ${shellWord(table)} --keys ${keys}`;
}

function renderHistory(tenant: string, key: readonly string[], found: RowHistory, reading: RowReading): string {
  const { style, zone } = reading;
  const head = `${style.bold(printable(found.table))} ${printable(key.join(', '), 40)} of tenant ${style.bold(printable(tenant, 40))}\n`;
  const now = found.now === null ? style.bad('no such row') : valuesText(found.now, LINE_COLUMNS - 8);
  const first =
    found.first === null
      ? []
      : [
          `${style.dim(`As of ${exactMoment(found.from.time, zone)}, where this begins`)}\n  ${valuesText(found.first, LINE_COLUMNS - 2)}\n`,
        ];
  const none =
    found.changes.length === 0
      ? [
          found.now === null
            ? 'No row of this tenant had that key in this range.\n'
            : 'The row did not change in this range.\n',
        ]
      : [];
  const parts = [
    `${head}  ${style.dim('now')}   ${now}\n`,
    ...none,
    ...found.changes.map(change => renderRowChange(tenant, found.table, change, reading)),
    ...(found.more ? [style.dim('Older changes are not shown: raise --limit, or move --to back.\n')] : []),
    ...first,
    ...found.notes.map(note => `${style.warn('!')} ${wrap(printable(note), LINE_COLUMNS - 2, '  ').trimStart()}\n`),
  ];
  return parts.join('\n');
}

function renderRowChange(tenant: string, table: string, change: RowChange, reading: RowReading): string {
  const { style } = reading;
  const command = commandFor(tenant, table, change);
  return [
    `${transactionText(change.transaction, reading)}\n`,
    `  ${describeChange(change, reading)}\n`,
    contextText(change.transaction, reading, '  '),
    command === null ? '' : style.dim(commandText(command, '  ')),
  ].join('');
}

const ROOM = LINE_COLUMNS - 14;

function describeChange({ op, row, changes, keyBefore }: RowChange, { style }: RowReading): string {
  switch (op) {
    case 'insert':
      return `${style.good('+ inserted')}  ${valuesText(row, ROOM)}`;
    case 'update':
      return `${style.warn(keyBefore ? '~ new key ' : '~ updated ')}  ${changesText(changes ?? {}, ROOM)}`;
    case 'delete':
      return `${style.bad('− deleted ')}  ${valuesText(row, ROOM)}`;
    case 'truncate':
      return `${style.bad('✗ truncated')} ${valuesText(row, ROOM)}`;
    case 'left':
      return `${style.bad('− left the tenant')}  ${valuesText(row, ROOM - 7)}`;
  }
}
