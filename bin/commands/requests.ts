/** `requests`: what people asked for, what waits for whom; executes, cancels and reviews. Decisions: `approve`. */

import type { Command } from 'commander';
import { requestDocument } from '../../lib/api/request-document.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { isRequestId } from '../../lib/domain/governed-request.ts';
import { isHiddenFrom } from '../../lib/domain/hold.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { breakGlass, reviewGlass, unreviewedGlass } from '../../lib/operations/governance/break-glass.ts';
import { cancelRequest } from '../../lib/operations/governance/cancel-request.ts';
import { executeAction } from '../../lib/operations/governance/execute-action.ts';
import { listRequests, tenantOfRequest } from '../../lib/operations/governance/list-requests.ts';
import { type RequestView, readRequest } from '../../lib/operations/governance/read-request.ts';
import { type RequestNamed, seeRequest } from '../../lib/operations/governance/see-request.ts';
import type { Deps } from '../../lib/ports.ts';
import { askedTenant } from '../terminal/named-tenant.ts';
import { renderRequests } from '../terminal/request-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { planOf, showPlan, UNSEEN } from './governed-command.ts';
import { whole } from './restore-options.ts';

interface RequestsOptions {
  readonly execute?: string;
  readonly breakGlass?: boolean;
  readonly cancel?: string;
  readonly review?: string;
  readonly reason?: string;
  readonly limit: number;
  readonly yes?: boolean;
}

export function registerRequests(program: Command): void {
  program
    .command('requests')
    .description('list what was requested; execute what was approved')
    .argument('[tenant]', 'only of this tenant')
    .option('--execute <id>', 'execute a request that was approved')
    .option('--break-glass', 'with --execute: without approvals, at once; needs --reason')
    .option('--cancel <id>', 'cancel a request that was not executed')
    .option('--review <id>', 'review what somebody else executed without approvals')
    .option('--reason <text>', 'why the glass is broken, or what the review found')
    .option('--limit <n>', 'show at most n that have ended', whole, 10)
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast requests\n  $ holdfast requests acme --json\n  $ holdfast requests --execute 0mb2c4f1a-3f8a2c1d\n  $ holdfast requests --execute 0mb2c4f1a-3f8a2c1d --break-glass \\\n      --reason "site is down"\n\n`holdfast approve TENANT ID` approves or refuses a request.',
    )
    .action(inSession(requests));
}

async function requests(session: Session, tenant: string | undefined, options: RequestsOptions): Promise<void> {
  const { execute, cancel, review, breakGlass: breaks = false } = options;
  const named = [execute, cancel, review].filter(id => id !== undefined);
  if (named.length > 1 || (breaks && execute === undefined))
    throw new InputError('usage', 'Choose one of --execute, --cancel and --review; --break-glass is for --execute.', {
      hint: 'See `holdfast requests --help`.',
    });
  await session.ready();
  const of = tenant === undefined ? undefined : (await askedTenant(session, tenant)).ref;
  const [id] = named;
  if (id === undefined) return list(session, of, options.limit);
  if (session.deployed) return onAws(session, session.deployed, { id, tenant: of }, options);
  const deps = await session.governance();
  const place = { principal: await session.principal(), tenant: of ?? (await tenantOf(deps, id)), id };
  if (execute !== undefined) return executeNamed(session, deps, place, options);
  if (review !== undefined) return show(session, await reviewGlass(deps, { ...place, comment: options.reason ?? '' }));
  await session.confirm('Cancel this request?', options.yes ?? false, UNSEEN);
  return show(session, await cancelRequest(deps, place));
}

/** The functions there decide and execute; this machine only asks. */
async function onAws(
  session: Session,
  deployed: NonNullable<Session['deployed']>,
  { id, tenant: of }: { readonly id: string; readonly tenant: TenantRef | undefined },
  { execute, review, breakGlass: breaks = false, reason = '', yes = false }: RequestsOptions,
): Promise<void> {
  const deps = await session.deps();
  const tenant = of ?? (await tenantOf(deps, id));
  const { requestThere, reviewThere, showStepThere } = await import('../aws/remote-request.ts');
  if (review !== undefined) return reviewThere(session, deployed, { tenant, id, comment: reason });
  if (execute === undefined) {
    await session.confirm('Cancel this request?', yes, UNSEEN);
    return showStepThere(session, deployed, { step: 'cancel', tenant, id });
  }
  const { request } = await readRequest(deps, tenant, id);
  showPlan(session, planOf(request));
  if (!breaks) {
    await session.confirm('Execute exactly this?', yes, UNSEEN);
    return showStepThere(session, deployed, { step: 'execute', tenant, id });
  }
  const { action, input } = request;
  const broken = await requestThere(session, deployed, { action, tenant, input, reason, yes, breakGlass: true });
  return show(session, await readRequest(deps, tenant, broken.request));
}

async function list(session: Session, tenant: TenantRef | undefined, ended: number): Promise<void> {
  const deps = await session.deps();
  const seenBy = await session.principal();
  const glass = (await unreviewedGlass(deps)).filter(
    ({ request }) => (tenant === undefined || request.tenant === tenant) && !isHiddenFrom(seenBy, planOf(request)),
  );
  const shown = new Set(glass.map(({ request }) => request.id));
  const others = await listRequests(deps, { ...(tenant !== undefined && { tenant }), ended, seenBy });
  const found = [...glass, ...others.filter(({ request }) => !shown.has(request.id))].map(requestDocument);
  session.emit({ requests: found }, () => renderRequests(found, session));
}

/** By its id alone, which is unique in an installation. InputError `unknown-request`. */
async function tenantOf(deps: Deps, id: string): Promise<TenantRef> {
  const tenant = isRequestId(id) ? await tenantOfRequest(deps, id) : undefined;
  if (tenant !== undefined) return tenant;
  throw new InputError('unknown-request', 'There is no request with this id.', {
    hint: '`holdfast requests` lists the requests.',
  });
}

async function executeNamed(
  session: Session,
  deps: Awaited<ReturnType<Session['governance']>>,
  place: RequestNamed,
  { breakGlass: breaks = false, yes = false, reason = '' }: RequestsOptions,
): Promise<void> {
  const { ACTION_KINDS } = await import('../../lib/runtime/action-kinds.ts');
  const { request } = await seeRequest(deps, place);
  const { action, tenant, input, id } = request;
  showPlan(session, planOf(request));
  if (!breaks) {
    await session.confirm('Execute exactly this?', yes, UNSEEN);
    await executeAction(deps, ACTION_KINDS, place);
    return show(session, await readRequest(deps, tenant, id));
  }
  await session.confirm('Execute this without approvals? It alarms.', yes, UNSEEN);
  const { principal } = place;
  const broken = await breakGlass(deps, ACTION_KINDS, { principal, action, tenant, input, reason });
  return show(session, await readRequest(deps, tenant, broken.request.id));
}

function show(session: Session, view: RequestView): void {
  const document = requestDocument(view);
  session.emit(document, () => renderRequests([document], session));
}
