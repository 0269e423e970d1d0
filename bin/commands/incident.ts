/**
 * `incident`: one guided session from "something is wrong" to the smallest way back. Each step prints the plain command
 * that it stands for, so that it can be repeated, pasted into a ticket and automated. Without a terminal it ends after
 * what it can find without an answer.
 */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { formatLsn, parseLsn } from '../../lib/domain/lsn.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { recoveryMaterial } from '../../lib/operations/catalog/recovery-material.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { shipAndCloseGaps } from '../../lib/operations/fleet/close-gaps.ts';
import { greatestTransactions } from '../../lib/operations/incident/greatest-transactions.ts';
import { readTransaction } from '../../lib/operations/incident/read-transaction.ts';
import { type WayBack, waysBack } from '../../lib/operations/incident/ways-back.ts';
import type { LoggedTransaction } from '../../lib/operations/log/describe-log.ts';
import { loggedRange } from '../../lib/operations/log/read-activity.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { namedCommit } from '../../lib/operations/restore/target/find-transaction.ts';
import {
  commandOfWay,
  renderCandidates,
  renderTransactionStep,
  renderWay,
  renderWaysHead,
} from '../terminal/incident-text.ts';
import { recentBoundsOf } from '../terminal/log-range.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { shellWord } from '../terminal/shell-word.ts';
import { transactionDocument } from '../terminal/transactions-text.ts';
import { restoreAsked } from './ask-restore.ts';
import { contextHere } from './restore-options.ts';
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
  const ctx = await contextHere(session);
  const tenant = await spellTenant(ctx, named);
  await shipAndCloseGaps(ctx);
  const found = options.transaction === undefined ? await candidates(session, ctx, tenant, options) : [];
  if (options.transaction === undefined) {
    session.remark(renderCandidates(found, tenant, options, session));
    if (found.length === 0 || !session.interactive || session.json)
      return session.emit({ tenant, candidates: found.map(transactionDocument) }, () => '');
  }
  const text = options.transaction ?? (await chosenTransaction(session, found));
  const transaction = await transactionOf(ctx, tenant, text);
  session.remark(renderTransactionStep(transaction, tenant, session));
  const ways = await listWays(session, ctx, tenant, transaction, options.reason);
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
  session.remark(session.style.dim(`$ ${commandOfWay(way, tenant, transaction)}`));
  await restoreAsked(session, await runnerOf(session), { ...way.request!, samples: 3 }, false);
}

async function candidates(
  session: Session,
  ctx: Context,
  tenant: string,
  options: IncidentOptions,
): Promise<LoggedTransaction[]> {
  const ref = refOf(ctx, tenantId(tenant));
  const at = await recoveryMaterial(ctx, ref);
  const bounds = await recentBoundsOf(session, ctx, at, options);
  const { runs } = await loggedRange(ctx, ref, at.runs, bounds);
  return greatestTransactions(ctx, ref, runs, bounds);
}

async function chosenTransaction(session: Session, found: readonly LoggedTransaction[]): Promise<string> {
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

async function transactionOf(ctx: Context, tenant: string, text: string): Promise<LoggedTransaction> {
  const at = await recoveryMaterial(ctx, refOf(ctx, tenantId(tenant)));
  const position = await namedCommit(ctx, at, text);
  const { transaction } = await readTransaction(ctx, at, position, { rows: 5 });
  if (transaction) return transaction;
  throw new InputError('nothing-selected', 'The log does not know which of its changes are this tenant’s.', {
    hint: `A restore finds out: \`holdfast diff ${shellWord(tenant)} --to before:${formatLsn(position)}\`.`,
  });
}

async function listWays(
  session: Session,
  ctx: Context,
  tenant: string,
  transaction: LoggedTransaction,
  reason = '',
): Promise<WayBack[]> {
  session.remark(renderWaysHead(session));
  const tables = transaction.tables.map(({ table }) => table);
  const from = {
    tenant: tenantId(tenant),
    position: parseLsn(transaction.lsn),
    tables,
    requestedBy: await session.user(),
    reason,
  };
  const ways: WayBack[] = [];
  for await (const way of waysBack(ctx, from)) {
    ways.push(way);
    session.remark(renderWay(way, ways.length, { tenant, transaction }, session));
  }
  return ways;
}

async function chosenWay(session: Session, ways: readonly WayBack[]): Promise<WayBack> {
  const answer = await session.ask(`Which way? [1-${ways.length}, or q to leave] `);
  const way = ways[Number((answer ?? 'q').trim()) - 1];
  if (way?.preview) return way;
  throw left();
}

function wayDocument(way: WayBack, tenant: string, transaction: LoggedTransaction) {
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
