/**
 * How a command asks for a governed action: request it, show its plan, and either execute it or say who has to approve. The
 * same for every kind.
 */
import { ActionPlan, type GovernedAction } from '../../lib/domain/governed-action.ts';
import type { GovernedRequest, RequestResult } from '../../lib/domain/governed-request.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { breakGlass } from '../../lib/operations/governance/break-glass.ts';
import { cancelRequest } from '../../lib/operations/governance/cancel-request.ts';
import { executeAction } from '../../lib/operations/governance/execute-action.ts';
import { type ActionAsked, requestAction } from '../../lib/operations/governance/request-action.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';

export interface GovernedAsked {
  readonly action: GovernedAction;
  readonly tenant: TenantRef;
  readonly input: unknown;
  readonly reason: string;
  readonly ticket?: string;
  /** Do not ask for confirmation. */
  readonly yes: boolean;
  /** Execute at once, without approvals. */
  readonly breakGlass: boolean;
  /** Asks for a confirmation of its own before anything is executed. Throws where it is not given. */
  readonly confirm?: (plan: ActionPlan) => Promise<void>;
  /** The proof in words, after the line that says that it is done. */
  readonly render?: (result: RequestResult) => string;
}

/** What the command prints with --json. */
export interface GovernedOutcome {
  readonly request: string;
  readonly tenant: TenantRef;
  readonly action: GovernedAction;
  /** `waiting` for approvals; `started`: AWS is carrying it out. */
  readonly state: 'waiting' | 'started' | 'done';
  readonly planHash: string;
  /** The plan in sentences. */
  readonly plan: readonly string[];
  readonly approvals: number;
  readonly until: string;
  readonly result: RequestResult | null;
}

/**
 * Requests the action and executes it where no approval is needed; otherwise it waits for them, and a later
 * `holdfast requests --execute ID` executes it. Emits a GovernedOutcome. Throws what requestAction, executeAction and
 * breakGlass throw.
 */
export async function runGoverned(session: Session, asked: GovernedAsked): Promise<GovernedOutcome> {
  const outcome = await outcomeFor(session, asked);
  session.emit(outcome, () => renderOutcome(session, outcome, asked.render));
  return outcome;
}

async function outcomeFor(session: Session, asked: GovernedAsked): Promise<GovernedOutcome> {
  const { deployed } = session;
  if (deployed) return (await import('../aws/remote-request.ts')).requestThere(session, deployed, asked);
  return asked.breakGlass ? withoutApprovals(session, asked) : onPath(session, asked);
}

async function onPath(session: Session, asked: GovernedAsked): Promise<GovernedOutcome> {
  const deps = await session.governance();
  const { ACTION_KINDS } = await import('../../lib/runtime/action-kinds.ts');
  const principal = await session.principal();
  const request = await requestAction(deps, ACTION_KINDS, askedOf(asked, principal));
  const plan = planOf(request);
  showPlan(session, plan);
  if (request.rule.approvals > 0) return outcomeOf(request, null);
  const { tenant, id } = request;
  try {
    await confirmed(session, asked, plan, 'Do exactly this?');
  } catch (error) {
    await cancelRequest(deps, { principal, tenant, id });
    throw error;
  }
  return outcomeOf(request, await executeAction(deps, ACTION_KINDS, { principal, tenant, id }));
}

async function withoutApprovals(session: Session, asked: GovernedAsked): Promise<GovernedOutcome> {
  const deps = await session.governance();
  const { ACTION_KINDS } = await import('../../lib/runtime/action-kinds.ts');
  await session.confirm(
    `Execute the action ${asked.action} without approvals? It alarms, and another person has to review it.`,
    asked.yes,
    UNSEEN,
  );
  const { request, result } = await breakGlass(deps, ACTION_KINDS, askedOf(asked, await session.principal()));
  showPlan(session, planOf(request));
  return outcomeOf(request, result);
}

export const UNSEEN = {
  message: 'The action has to be confirmed, and there is no terminal to confirm it on.',
  hint: 'Pass --yes, or run it in a terminal.',
};

async function confirmed(session: Session, asked: GovernedAsked, plan: ActionPlan, question: string): Promise<void> {
  if (asked.confirm) return asked.confirm(plan);
  return session.confirm(question, asked.yes, UNSEEN);
}

function askedOf(asked: GovernedAsked, principal: ActionAsked['principal']): ActionAsked {
  const { action, tenant, input, reason, ticket } = asked;
  return { principal, action, tenant, input, reason, ...(ticket !== undefined && { ticket }) };
}

/** The plan of a request: its hash was checked when the request was read or made. */
export function planOf(request: GovernedRequest): ActionPlan {
  return ActionPlan.parse(JSON.parse(request.plan));
}

export function showPlan(session: Session, { action, tenant, sentences }: Omit<ActionPlan, 'format' | 'body'>): void {
  const lines = sentences.map(sentence => `  ${printable(sentence, 400)}\n`).join('');
  session.remark(`${session.style.bold(`Plan: ${action} ${tenant}`)}\n${lines}`, true);
}

/** Of a request that AWS carries out. */
export function renderStarted(session: Session, request: string): string {
  return `AWS carries it out (request ${request}); to look:  ${session.style.bold(session.command('requests'))}\n`;
}

function outcomeOf(request: GovernedRequest, result: RequestResult | null): GovernedOutcome {
  const { id, tenant, action, planHash, rule, until } = request;
  return {
    ...{ request: id, tenant, action, state: result ? 'done' : 'waiting', planHash, plan: planOf(request).sentences },
    ...{ approvals: rule.approvals, until, result },
  };
}

function renderOutcome(session: Session, outcome: GovernedOutcome, render: GovernedAsked['render']): string {
  const { style } = session;
  const { request, tenant, action, approvals, until, result } = outcome;
  if (outcome.state === 'started') return `${style.good('Started.')} ${renderStarted(session, request)}`;
  if (result) return `${style.good(`✓ Done: ${action} (request ${request})`)}\n${render?.(result) ?? ''}`;
  const at = momentAgo(until, session.zone(), session.now());
  return `${style.warn('!')} Request ${style.bold(request)} waits for ${plural(approvals, 'approval')}, until ${at}.
  To approve:  ${style.bold(session.command(`approve ${tenant} ${request}`))}
${session.deployed ? '  The last approval starts it.\n' : `  Afterwards:  ${style.bold(session.command(`requests --execute ${request}`))}\n`}`;
}
