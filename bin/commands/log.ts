/** `log`: the changes of a tenant's rows, transaction by transaction. */
import { type Command, InvalidArgumentError } from 'commander';
import { lsn } from '../../lib/domain/lsn.ts';
import { parseTarget } from '../../lib/domain/recovery-target.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { refOf } from '../../lib/operations/context.ts';
import type { LogChange, LogValues, TableSum } from '../../lib/operations/log/describe-changes.ts';
import {
  describeLog,
  type LogBounds,
  type LoggedTransaction,
  readUnrouted,
  type UnroutedChanges,
} from '../../lib/operations/log/describe-log.ts';
import { resolveTarget } from '../../lib/operations/restore/target/resolve-target.ts';
import type { Deps } from '../../lib/ports.ts';
import { count, exactMoment, plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';

interface LogOptions {
  readonly from?: string;
  readonly to?: string;
  readonly table?: string;
  readonly limit: number;
}

const SHOWN_CHANGES = 20;
/** Of a large transaction. */
const FEW_CHANGES = 6;
const SHOWN_COLUMNS = 4;

export function registerLog(program: Command): void {
  program
    .command('log')
    .description("list the changes of a tenant's rows")
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'time, LSN or marker (default: the oldest available)')
    .option('--to <target>', 'time, LSN or marker (default: the newest shipped)')
    .option('--table <table>', 'only changes of this table')
    .option('--limit <n>', 'show at most n transactions', limit, 200)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast log 17 --from '10 minutes ago'\n  $ holdfast log 17 --from 2026-03-01T10:04:59Z --table public.invoices",
    )
    .action(inSession(log));
}

function limit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Must be a positive integer.');
  return value;
}

async function log(session: Session, tenant: string, options: LogOptions): Promise<void> {
  const deps = await session.deps();
  const ref = refOf(deps, tenantId(tenant));
  const at = await recoveryMaterial(deps, ref);
  const bounds = {
    ...(await bound(session, deps, at, options.from, 'from')),
    ...(await bound(session, deps, at, options.to, 'to')),
    ...(options.table !== undefined && { table: options.table }),
  };
  const shown: LoggedTransaction[] = [];
  let more = false;
  const hidden = await readUnrouted(deps, bounds);
  for await (const transaction of describeLog(deps, ref, bounds, hidden)) {
    more = shown.length === options.limit;
    if (more) break;
    shown.push(transaction);
  }
  const unrouted = hidden.changes;
  session.emit({ tenant, transactions: shown, more, unrouted }, () =>
    renderLog({ transactions: shown, more, unrouted }, session.style, session.zone()),
  );
}

type Material = Awaited<ReturnType<typeof recoveryMaterial>>;

/** A time bounds by commit time; everything else is a position. */
async function bound(
  session: Session,
  deps: Deps,
  at: Material,
  text: string | undefined,
  side: 'from' | 'to',
): Promise<LogBounds> {
  if (text === undefined) return {};
  const target = parseTarget(text, { now: session.now(), timeZone: session.zone() });
  if (target.kind === 'time') return side === 'from' ? { fromTime: target.time } : { toTime: target.time };
  const position = target.kind === 'lsn' ? target.lsn : (await resolveTarget(deps, at, target)).lsn;
  if (side === 'to') return { to: position };
  // What is after a transaction does not begin with it.
  const isAfter = target.kind === 'after-transaction' || target.kind === 'after-lsn';
  return { from: isAfter ? lsn(position + 1n) : position };
}

interface Listing {
  readonly transactions: readonly LoggedTransaction[];
  readonly more: boolean;
  readonly unrouted: UnroutedChanges;
}

export function renderLog({ transactions, more, unrouted }: Listing, style: Style, zone: string): string {
  const parts = [
    transactions.map(transaction => renderTransaction(transaction, style, zone)).join('\n'),
    ...(transactions.length === 0 ? [nothing(unrouted)] : []),
    ...(transactions.some(({ changes }) => changes.some(isPartial)) ? [style.dim(UNKNOWN_BEFORE)] : []),
    ...(unrouted.transactions > 0 ? [renderUnrouted(unrouted, style)] : []),
    ...(more
      ? [style.dim(`More transactions follow: continue with --from ${transactions.at(-1)!.lsn}, or raise --limit.`)]
      : []),
  ];
  return `${parts.filter(part => part !== '').join('\n')}\n`;
}

const UNKNOWN_BEFORE =
  '≈: the log does not hold the previous values, so the columns shown may include\n  some that did not change.';

function nothing(unrouted: UnroutedChanges): string {
  return unrouted.transactions === 0
    ? 'No changes of this tenant in this range.'
    : 'No changes in this range are known to belong to this tenant.';
}

function isPartial(change: LogChange): boolean {
  return change.op === 'update' && change.partial === true;
}

/** Reports what is not shown: only a restore determines which tenant these changes belong to. */
function renderUnrouted({ transactions, tables }: UnroutedChanges, style: Style): string {
  return [
    `${style.warn('!')} Not shown: changes in ${plural(transactions, 'transaction')} whose tenant the log does not know`,
    '  (of all tenants together). Each restore determines which are its own.',
    ...tables.map(sum => renderSum(sum, style)),
  ].join('\n');
}

function renderTransaction(transaction: LoggedTransaction, style: Style, zone: string): string {
  const { changes, total, tables } = transaction;
  const head = `${style.bold(exactMoment(transaction.time, zone))}  ${style.dim(`${transaction.lsn}  ${plural(total, 'change')}`)}`;
  const large = total > SHOWN_CHANGES;
  const shown = changes.slice(0, large ? FEW_CHANGES : SHOWN_CHANGES);
  const lines = [
    // A large transaction shows its sums first.
    ...(large ? tables.map(sum => renderSum(sum, style)) : []),
    ...shown.map(change => `  ${renderChange(change, style)}`),
  ];
  const left = total - shown.length;
  if (left > 0) lines.push(`  ${style.dim(`… and ${count(left)} more`)}`);
  return `${[head, ...lines].join('\n')}\n`;
}

function renderSum(sum: TableSum, style: Style): string {
  const parts = [
    ...(sum.truncate > 0 ? [style.bad('✗ truncated')] : []),
    ...(sum.insert > 0 ? [style.good(`+${count(sum.insert)}`)] : []),
    ...(sum.update > 0 ? [style.warn(`~${count(sum.update)}`)] : []),
    ...(sum.delete > 0 ? [style.bad(`−${count(sum.delete)}`)] : []),
  ];
  return `  ${style.bold(printable(sum.table))}  ${parts.join(' ')}`;
}

/** One line of at most LINE columns, unless the names alone are longer. */
function renderChange(change: LogChange, style: Style): string {
  switch (change.op) {
    case 'insert':
      return rowLine(style.good('+'), change.table, [{ parts: valuesOf(change.row), paint: style.good }]);
    case 'delete':
      return rowLine(style.bad('−'), change.table, [{ parts: valuesOf(change.key), paint: style.bad }]);
    case 'update':
      return rowLine(style.warn(isPartial(change) ? '≈' : '~'), change.table, [
        { parts: valuesOf(change.key), paint: plain },
        { parts: changesOf(change.row, change.before), paint: plain },
      ]);
    case 'truncate':
      return `${style.bad('✗ truncated')} ${printable(change.table)}`;
    case 'marker':
      return `${style.accent('◆ marker')} ${printable(change.name)}`;
    case 'restore':
      return `${style.accent('↺ restore')} ${printable(change.id)}`;
  }
}

const LINE = 80;
const plain = (words: string) => words;

interface Words {
  readonly parts: readonly string[];
  readonly paint: (words: string) => string;
}

function rowLine(sign: string, table: string, words: readonly Words[]): string {
  const name = printable(table);
  let room = LINE - '  + '.length - name.length - 2 * words.length;
  const fitted = words.map(({ parts, paint }, index) => {
    // The later parts keep their share.
    const line = limited(parts, Math.floor(room / (words.length - index)));
    room -= line.length;
    return paint(line);
  });
  return [`${sign} ${name}`, ...fitted].join('  ');
}

function valuesOf(row: LogValues): string[] {
  return Object.entries(row).map(([name, value]) => `${printable(name)} ${text(value)}`);
}

function changesOf(row: LogValues, before: LogValues): string[] {
  const columns = Object.entries(row);
  if (columns.length === 0) return ['no column'];
  return columns.map(
    ([name, value]) => `${printable(name)} ${name in before ? `${text(before[name]!)} → ` : ''}${text(value)}`,
  );
}

/** The first parts that fit; at least one, which is truncated if necessary. */
function limited(parts: readonly string[], room: number): string {
  for (let shown = Math.min(parts.length, SHOWN_COLUMNS); shown > 1; shown--) {
    const line = some(parts, shown);
    if (line.length <= room) return line;
  }
  const alone = some(parts, 1);
  const over = alone.length - Math.max(room, SHORTEST);
  return over <= 0
    ? alone
    : some([printable(parts[0]!, Math.max(parts[0]!.length - over, SHORTEST)), ...parts.slice(1)], 1);
}

const SHORTEST = 12;

function some(parts: readonly string[], shown: number): string {
  const left = parts.length - shown;
  return `${parts.slice(0, shown).join(', ')}${left > 0 ? `, … ${left} more` : ''}`;
}

function text(value: string | null): string {
  return value === null ? 'NULL' : printable(value, 40);
}
