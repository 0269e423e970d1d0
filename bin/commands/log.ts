/** `log`: what changed in a tenant's rows, transaction by transaction. */
import { type Command, InvalidArgumentError } from 'commander';
import { parseTarget } from '../../lib/domain/recovery-target.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import {
  describeLog,
  type LogBounds,
  type LogChange,
  type LoggedTransaction,
  type LogValues,
} from '../../lib/operations/log/describe-log.ts';
import { recoveryMaterial } from '../../lib/operations/restore/recovery-material.ts';
import { resolveTarget } from '../../lib/operations/restore/resolve-target.ts';
import type { Deps } from '../../lib/ports.ts';
import { count, moment, plural, printable } from '../terminal/format.ts';
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
    .description("show what changed in a tenant's rows")
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'time, LSN or marker (default: as far back as there is)')
    .option('--to <target>', 'time, LSN or marker (default: the newest shipped)')
    .option('--table <table>', 'only changes of this table')
    .option('--limit <n>', 'at most so many transactions', limit, 200)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast log 17 --from '10 minutes ago'\n  $ holdfast log 17 --from 2026-03-01T10:04:59Z --table public.invoices --json",
    )
    .action(inSession(log));
}

function limit(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('Write a whole number from 1 on.');
  return value;
}

async function log(session: Session, tenant: string, options: LogOptions): Promise<void> {
  const deps = await session.deps();
  const ref = refOf(deps, tenantId(tenant));
  const at = await recoveryMaterial(deps, ref);
  const bounds = {
    ...(await bound(session, deps, at, options.from, 'from')),
    ...(await bound(session, deps, at, options.to, 'to')),
  };
  const shown: LoggedTransaction[] = [];
  let more = false;
  for await (const transaction of describeLog(deps, ref, bounds)) {
    const changes =
      options.table === undefined
        ? transaction.changes
        : transaction.changes.filter(change => 'table' in change && isTable(change.table, options.table!));
    if (changes.length === 0) continue;
    more = shown.length === options.limit;
    if (more) break;
    shown.push(options.table === undefined ? transaction : { ...transaction, changes, total: changes.length });
  }
  session.emit({ tenant, transactions: shown, more }, () => renderLog(shown, more, session.style, session.zone()));
}

function isTable(table: string, asked: string): boolean {
  return table === asked || table.slice(table.indexOf('.') + 1) === asked;
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
  const lsn = target.kind === 'lsn' ? target.lsn : (await resolveTarget(deps, at, target)).lsn;
  return side === 'from' ? { from: lsn } : { to: lsn };
}

export function renderLog(
  transactions: readonly LoggedTransaction[],
  more: boolean,
  style: Style,
  zone: string,
): string {
  if (transactions.length === 0) return 'Nothing of this tenant changed there.\n';
  const text = transactions.map(transaction => renderTransaction(transaction, style, zone)).join('\n');
  return more
    ? `${text}\n${style.dim(`There is more: go on with --from ${transactions.at(-1)!.lsn}, or raise --limit.`)}\n`
    : text;
}

function renderTransaction(transaction: LoggedTransaction, style: Style, zone: string): string {
  const { changes, total } = transaction;
  const head = `${style.bold(moment(transaction.time, zone))}  ${style.dim(`${transaction.lsn}  ${plural(total, 'change')}`)}`;
  const large = changes.length > SHOWN_CHANGES;
  const lines = [
    ...(large ? countByTable(changes, style) : []),
    ...changes.slice(0, large ? FEW_CHANGES : SHOWN_CHANGES).map(change => `  ${renderChange(change, style)}`),
  ];
  const left = total - Math.min(changes.length, large ? FEW_CHANGES : SHOWN_CHANGES);
  if (left > 0) lines.push(`  ${style.dim(`… and ${count(left)} more`)}`);
  return `${[head, ...lines].join('\n')}\n`;
}

/** A large transaction is understood by its sums first. */
function countByTable(changes: readonly LogChange[], style: Style): string[] {
  const sums = new Map<string, { insert: number; update: number; delete: number }>();
  for (const change of changes) {
    if (change.op !== 'insert' && change.op !== 'update' && change.op !== 'delete') continue;
    const sum = sums.get(change.table) ?? { insert: 0, update: 0, delete: 0 };
    sum[change.op]++;
    sums.set(change.table, sum);
  }
  return [...sums].map(([table, sum]) => {
    const parts = [
      ...(sum.insert > 0 ? [style.good(`+${count(sum.insert)}`)] : []),
      ...(sum.update > 0 ? [style.warn(`~${count(sum.update)}`)] : []),
      ...(sum.delete > 0 ? [style.bad(`−${count(sum.delete)}`)] : []),
    ];
    return `  ${style.bold(printable(table))}  ${parts.join(' ')}`;
  });
}

function renderChange(change: LogChange, style: Style): string {
  switch (change.op) {
    case 'insert':
      return `${style.good('+')} ${printable(change.table)}  ${style.good(values(change.row))}`;
    case 'delete':
      return `${style.bad('−')} ${printable(change.table)}  ${style.bad(values(change.key))}`;
    case 'update':
      return `${style.warn('~')} ${printable(change.table)}  ${values(change.key)}  ${changed(change.row, change.before, change.key)}`;
    case 'truncate':
      return `${style.bad('✗ truncated')} ${printable(change.table)}`;
    case 'marker':
      return `${style.accent('◆ marker')} ${printable(change.name)}`;
    case 'restore':
      return `${style.accent('↺ restore')} ${printable(change.id)}`;
  }
}

function values(row: LogValues): string {
  return limited(Object.entries(row).map(([name, value]) => `${printable(name)} ${text(value)}`));
}

/** The log tells the old values only where the table's replica identity does. */
function changed(row: LogValues, before: LogValues, key: LogValues): string {
  const columns = Object.entries(row).filter(([name, value]) =>
    name in before ? before[name] !== value : !(name in key),
  );
  return limited(
    columns.map(
      ([name, value]) => `${printable(name)} ${name in before ? `${text(before[name]!)} → ` : ''}${text(value)}`,
    ),
  );
}

function limited(parts: readonly string[]): string {
  const left = parts.length - SHOWN_COLUMNS;
  return `${parts.slice(0, SHOWN_COLUMNS).join(', ')}${left > 0 ? `, … ${left} more` : ''}`;
}

function text(value: string | null): string {
  return value === null ? 'NULL' : printable(value, 40);
}
