/** `log`: the changes of a tenant's rows, transaction by transaction. */
import type { Command } from 'commander';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { boundsOf } from '../../lib/operations/incident/log-bounds.ts';
import {
  describeLog,
  type LoggedTransaction,
  readUnrouted,
  type UnroutedChanges,
} from '../../lib/operations/log/describe-log.ts';
import {
  isPartialUpdate,
  LINE,
  renderChange,
  renderSum,
  renderUnrouted,
  UNKNOWN_BEFORE,
} from '../terminal/change-text.ts';
import { contextLine } from '../terminal/context-text.ts';
import { count, exactMoment, plural } from '../terminal/format.ts';
import { exactRange, positiveInteger, type RangeOptions } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import type { Style } from '../terminal/style.ts';

interface LogOptions extends RangeOptions {
  readonly limit: number;
}

const SHOWN_CHANGES = 20;
/** Of a large transaction. */
const FEW_CHANGES = 6;

export function registerLog(program: Command): void {
  program
    .command('log')
    .description("list the changes of a tenant's rows")
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'time, LSN or marker (default: the oldest available)')
    .option('--to <target>', 'time, LSN or marker (default: the newest shipped)')
    .option('--table <table>', 'only changes of this table')
    .option('--limit <n>', 'show at most n transactions', positiveInteger, 200)
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast log 17 --from '10 minutes ago'\n  $ holdfast log 17 --from 2026-03-01T10:04:59Z --table public.invoices",
    )
    .action(inSession(log));
}

async function log(session: Session, tenant: string, options: LogOptions): Promise<void> {
  const deps = await session.deps();
  const { ref, id } = await askedTenant(session, tenant);
  const at = await recoveryMaterial(deps, ref);
  const bounds = await boundsOf(deps, at, exactRange(session, options));
  const shown: LoggedTransaction[] = [];
  let more = false;
  const hidden = await readUnrouted(deps, bounds);
  for await (const transaction of describeLog(deps, ref, bounds, hidden)) {
    more = shown.length === options.limit;
    if (more) break;
    shown.push(transaction);
  }
  const unrouted = hidden.changes;
  session.emit({ tenant: id, transactions: shown, more, unrouted }, () =>
    renderLog({ transactions: shown, more, unrouted }, session.style, session.zone()),
  );
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
    ...(transactions.some(({ changes }) => changes.some(isPartialUpdate)) ? [style.dim(UNKNOWN_BEFORE)] : []),
    ...(unrouted.transactions > 0 ? [renderUnrouted(unrouted, style)] : []),
    ...(more
      ? [style.dim(`More transactions follow: continue with --from ${transactions.at(-1)!.lsn}, or raise --limit.`)]
      : []),
  ];
  return `${parts.filter(part => part !== '').join('\n')}\n`;
}

function nothing(unrouted: UnroutedChanges): string {
  return unrouted.transactions === 0
    ? 'No changes of this tenant in this range.'
    : 'No changes in this range are known to belong to this tenant.';
}

function renderTransaction(transaction: LoggedTransaction, style: Style, zone: string): string {
  const { changes, total, tables } = transaction;
  const facts = `${transaction.lsn}  xid ${transaction.xid}  ${plural(total, 'change')}`;
  const head = `${style.bold(exactMoment(transaction.time, zone))}  ${style.dim(facts)}`;
  const context = contextLine(transaction.context, LINE - 2);
  const large = total > SHOWN_CHANGES;
  const shown = changes.slice(0, large ? FEW_CHANGES : SHOWN_CHANGES);
  const lines = [
    ...(context === '' ? [] : [`  ${style.accent(context)}`]),
    // A large transaction shows its sums first.
    ...(large ? tables.map(sum => renderSum(sum, style)) : []),
    ...shown.map(change => `  ${renderChange(change, style)}`),
  ];
  const left = total - shown.length;
  if (left > 0) lines.push(`  ${style.dim(`… and ${count(left)} more`)}`);
  return `${[head, ...lines].join('\n')}\n`;
}
