/**
 * `incident`: one guided session from "something is wrong" to the smallest way back. Each step prints the plain command
 * that it stands for, so that it can be repeated, pasted into a ticket and automated. Without a terminal it ends after
 * what it can find without an answer.
 */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import type { SummedTransaction } from '../../lib/domain/investigation.ts';
import { formatLsn, parseLsn } from '../../lib/domain/lsn.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { type TenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import {
  type FromTransaction,
  type WayBack,
  type WayMaker,
  waysBack,
  waysHere,
} from '../../lib/operations/incident/ways-back.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { requestAt } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { investigated } from '../aws/investigated.ts';
import {
  commandOfWay,
  renderCandidates,
  renderTransactionStep,
  renderWay,
  renderWaysHead,
} from '../terminal/incident-text.ts';
import { exactRange, type RangeOptions } from '../terminal/log-range.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { transactionDocument } from '../terminal/transactions-text.ts';
import { restoreAsked } from './ask-restore.ts';
import { runnerOf } from './restore-runner.ts';

interface IncidentOptions {
  readonly from?: string;
  readonly to?: string;
  readonly transaction?: string;
  readonly reason?: string;
}

export function registerIncident(program: Command): void {
  program
    .command('incident')
    .description('find what went wrong, and the smallest way back, step by step')
    .argument('<tenant>', 'tenant id')
    .option('--from <target>', 'look from here on (default: 24 hours before --to)')
    .option('--to <target>', 'look up to here (default: the newest shipped)')
    .option('--transaction <transaction>', 'begin with this transaction: its id, or the position of its commit')
    .option('--reason <text>', 'reason for the record')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast incident 17\n  $ holdfast incident 17 --from '3 hours ago'\n  $ holdfast incident 17 --transaction 48211 --json\n\nShows the transactions that changed most, what one of them did, and the ways\nback from it, each with its counts, conflicts and predicted time. Nothing is\nchanged before you choose a way and confirm it.",
    )
    .action(inSession(incident));
}

async function incident(session: Session, named: string, options: IncidentOptions): Promise<void> {
  await session.ready();
  const ctx = session.remote ? undefined : await session.context();
  const { ref, tenant } = await tenantOf(session, ctx, named);
  if (ctx) await shipAndCloseGaps(ctx);
  if (options.transaction === undefined) {
    const range = exactRange(session, rangeIn(options));
    const { transactions: found } = await investigated<'suspects'>(session, ref, { ask: 'suspects', range });
    session.remark(renderCandidates(found, tenant, options, session));
    if (found.length === 0 || !session.interactive || session.json)
      return session.emit({ tenant, candidates: found.map(transactionDocument) }, () => '');
    return afterTransaction(session, ctx, { ref, tenant, options, text: await chosenTransaction(session, found) });
  }
  return afterTransaction(session, ctx, { ref, tenant, options, text: options.transaction });
}

async function tenantOf(session: Session, ctx: Context | undefined, named: string) {
  if (ctx === undefined) return askedTenant(session, named).then(({ ref, id }) => ({ ref, tenant: id }));
  const tenant = await spellTenant(ctx, named);
  return { ref: refOf(ctx, tenant), tenant: tenant as string };
}

function rangeIn({ from, to }: IncidentOptions): RangeOptions {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

interface Chosen {
  readonly ref: TenantRef;
  readonly tenant: string;
  readonly options: IncidentOptions;
  /** Id of the transaction, or position of its commit. */
  readonly text: string;
}

async function afterTransaction(session: Session, ctx: Context | undefined, chosen: Chosen): Promise<void> {
  const { tenant, options } = chosen;
  const transaction = await transactionOf(session, chosen);
  session.remark(renderTransactionStep(transaction, tenant, session));
  const from = await fromTransaction(session, tenant, transaction, options.reason);
  const ways = await listWays(session, ctx, { ref: chosen.ref, from, transaction });
  if (!session.interactive || session.json)
    return session.emit(
      {
        tenant,
        transaction: transactionDocument(transaction),
        ways: ways.map(way => wayDocument(way, tenant, transaction)),
      },
      () => '',
    );
  const way = await chosenWay(session, ways);
  session.remark(session.style.dim(`$ ${session.command(commandOfWay(way, tenant, transaction))}`));
  await restoreAsked(session, await runnerOf(session), { ...way.request!, samples: 3 }, false);
}

async function chosenTransaction(session: Session, found: readonly SummedTransaction[]): Promise<string> {
  const answer = await session.ask(`Which one? [1-${found.length}, a transaction, or q to leave] `);
  const text = (answer ?? 'q').trim();
  if (text === '' || text === 'q') throw left();
  return found[Number(text) - 1]?.lsn ?? text;
}

function left(): InputError {
  return new InputError('not-confirmed', 'Nothing was chosen, and nothing was changed.', {
    hint: 'Run the command again, or one of those that it showed.',
  });
}

async function transactionOf(session: Session, { ref, tenant, text }: Chosen): Promise<SummedTransaction> {
  const question = { ask: 'transaction' as const, transaction: text };
  const { transaction } = await investigated<'transaction'>(session, ref, question);
  if (transaction) return transaction;
  throw new InputError('nothing-selected', 'The log does not know which of its changes are this tenant’s.', {
    hint: `A restore finds out: \`holdfast diff ${shellWord(tenant)} --to before:${text.trim()}\`.`,
  });
}

async function fromTransaction(
  session: Session,
  tenant: string,
  transaction: SummedTransaction,
  reason = '',
): Promise<FromTransaction> {
  return {
    ...{ tenant: tenantId(tenant), position: parseLsn(transaction.lsn), reason },
    tables: transaction.tables.map(({ table }) => table),
    requestedBy: await session.user(),
  };
}

async function listWays(
  session: Session,
  ctx: Context | undefined,
  { ref, from, transaction }: { ref: TenantRef; from: FromTransaction; transaction: SummedTransaction },
): Promise<WayBack[]> {
  session.remark(renderWaysHead(session));
  const ways: WayBack[] = [];
  const maker = ctx ? waysHere(ctx, from) : waysOnAws(session, ref, from);
  for await (const way of waysBack(from, maker)) {
    ways.push(way);
    session.remark(renderWay(way, ways.length, { tenant: from.tenant, transaction }, session));
  }
  return ways;
}

/** A preview there keeps a staging schema: only the chosen way gets one. */
function waysOnAws(session: Session, ref: TenantRef, { tenant, position }: FromTransaction): WayMaker {
  return {
    async revert(facts) {
      const question = { ask: 'revert' as const, transactions: [formatLsn(position)], tables: [] };
      return requestAt(tenant, facts, await investigated<'revert'>(session, ref, question));
    },
  };
}

async function chosenWay(session: Session, ways: readonly WayBack[]): Promise<WayBack> {
  const answer = await session.ask(`Which way? [1-${ways.length}, or q to leave] `);
  const way = ways[Number((answer ?? 'q').trim()) - 1];
  if (way?.request && !way.refused) return way;
  throw left();
}

function wayDocument(way: WayBack, tenant: string, transaction: SummedTransaction) {
  const { preview, refused } = way;
  return {
    ...{ way: way.way, command: commandOfWay(way, tenant, transaction) },
    ...(preview && {
      totals: preview.totals,
      conflicts: preview.conflicts,
      predictedMs: preview.measured.stageMs + preview.predictedApplyMs,
    }),
    ...(refused && { refused }),
  };
}
