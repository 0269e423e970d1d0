/** `approve`: another person reviews what is pending, and approves or refuses it. */

import type { Command } from 'commander';
import type { RequestDocument } from '../../lib/api/request-document.ts';
import type { Approval } from '../../lib/domain/approval.ts';
import { HoldfastError, InputError, IntegrityError } from '../../lib/domain/errors.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { eachTenant } from '../../lib/operations/catalog/each-tenant.ts';
import type { RequestView } from '../../lib/operations/governance/read-request.ts';
import { findApproval, waitingApprovals } from '../../lib/operations/restore/apply/kept-approvals.ts';
import { listLeftovers } from '../../lib/operations/restore/stage/leftovers.ts';
import type { Deps } from '../../lib/ports.ts';
import type { Remote } from '../aws/remote.ts';
import { decideThere, findRequestThere, refsTyped, waitingThere } from '../aws/remote-request.ts';
import { openKept } from '../aws/remote-restore.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import { renderRequests } from '../terminal/request-text.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { decideNamed, listWaiting, waitingRequests } from './approve-request.ts';
import { renderLeftovers } from './leftovers.ts';
import { showPreview } from './restore-runner.ts';
import { remoteOf } from './start.ts';

interface ApproveOptions {
  readonly refuse?: boolean;
  readonly yes?: boolean;
}

export function registerApprove(program: Command): void {
  program
    .command('approve')
    .description('list what waits for a decision; approve or refuse it')
    .argument('[tenant]', 'tenant id, or its reference from the notification; omit it to list all')
    .argument('[restore]', 'id of the request, or of the restore on AWS; omit it to list what is pending')
    .option('--refuse', 'refuse it: nothing is done')
    .option('-y, --yes', 'do not ask for confirmation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast --profile prod approve\n  $ holdfast --profile prod approve acme\n  $ holdfast --profile prod approve acme 0mb2c4f1a-3f8a2c1d\n  $ holdfast --profile prod approve acme 0mb2c4f1a-3f8a2c1d --refuse\n\nOn AWS the approver is the identity that IAM reports for the credentials, on\none machine the user of the operating system. Whoever requested something\ncannot approve it. Without a tenant it also lists the plans that are kept in\nthis database.',
    )
    .action(inSession(approve));
}

async function approve(
  session: Session,
  tenant: string | undefined,
  id: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  if (!session.deployed) return decideHere(session, tenant, id, options);
  const remote = remoteOf(session);
  const deps = await session.deps();
  if (tenant === undefined || id === undefined) return list(session, await pendingThere(session, tenant), remote);
  const found = await findPending(deps, refsTyped(deps, tenant), id);
  if ('view' in found) return decideThere(session, session.deployed, found.view, options);
  return decideRestoreThere(session, remote, found.approval, options);
}

async function decideRestoreThere(
  session: Session,
  remote: Remote,
  approval: Approval,
  options: ApproveOptions,
): Promise<void> {
  const { id } = approval;
  const deps = await session.deps();
  const { document } = await openKept(deps, { tenant: approval.tenant, planKey: approval.plan });
  if (document.preview.hash !== approval.hash) {
    throw new IntegrityError('other-plan', 'The stored plan is not the one that is pending approval.', {
      hint: 'Refuse the restore, and find out from the audit trail of the vault who wrote the plan.',
      details: { object: approval.plan },
    });
  }
  const decision = options.refuse ? 'refuse' : 'approve';
  await showPreview(session, document.preview);
  session.remark(facts(session, approval, document.request.reason));
  const question = options.refuse ? 'Refuse this restore?' : 'Approve exactly this restore?';
  await session.confirm(question, options.yes ?? false, UNSEEN);
  const { sendDecision } = await import('../../lib/runtime/approval-call.ts');
  const { hash, tenant: ref } = approval;
  const answer = await sendDecision(await remote.installation(), { tenant: ref, id, hash, decision });
  session.emit(answer, () => {
    const { style } = session;
    if (answer.state === 'waiting') {
      return `${style.good('Recorded.')} ${answer.agreed} of ${plural(answer.needed, 'approval')}: another person must approve.\n`;
    }
    const heard = answer.told ? '' : ' No execution is waiting for the decision any more: request the restore again.';
    if (answer.state === 'refused') return `${style.warn('Refused.')} Nothing was written.${heard}\n`;
    return `${style.good('Approved.')} The restore continues.${heard}\n`;
  });
}

const UNSEEN = {
  message: 'This decision affects live rows, and there is no terminal to confirm it on.',
  hint: 'Read the preview, then pass --yes.',
};

function facts(session: Session, approval: Approval, reason: string): string {
  const until = momentAgo(approval.until, session.zone(), session.now());
  const why = reason === '' ? '' : `, reason: ${printable(reason)}`;
  return `Requested by ${printable(approval.requestedBy)}${why}. Expires ${until}.`;
}

function list(session: Session, { restores, requests }: Pending, remote: Remote): void {
  session.emit({ waiting: restores.map(({ token: _, ...rest }) => rest), requests }, () => {
    if (restores.length + requests.length === 0) return 'Nothing is pending approval.\n';
    const { style } = session;
    const at = (time: string) => momentAgo(time, session.zone(), session.now());
    const others = requests.length === 0 ? '' : renderRequests(requests, session);
    const shown = restores
      .map(
        each =>
          `${style.bold(each.id)}\n    requested by ${printable(each.requestedBy)}\n    ${at(each.askedAt)}, expires ${at(each.until)}\n    approved by ${each.decisions.length} of ${each.needed}; decide with\n    ${style.bold(remote.command(`approve ${each.tenant} \\\n      ${each.id}`))}\n`,
      )
      .join('\n');
    return [shown, others].filter(text => text !== '').join('\n');
  });
}

/** On this machine the configuration says who approves; without, a plan waits until somebody applies or drops it. */
async function decideHere(
  session: Session,
  tenant: string | undefined,
  id: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  await session.ready();
  if (tenant === undefined) return listKept(session);
  return id === undefined ? listWaiting(session, tenant) : decideNamed(session, { tenant, id }, options);
}

async function listKept(session: Session): Promise<void> {
  const requests = await waitingRequests(session, undefined);
  const { staging } = await listLeftovers(await session.context());
  const kept = staging.filter(({ state }) => state === 'handed over' || state === 'kept');
  session.emit({ waiting: kept, requests }, () => {
    if (requests.length > 0) return renderRequests(requests, session);
    if (kept.length === 0) return 'No plan is kept in this database.\n';
    return `${renderLeftovers({ staging: kept, interrupted: [] }, session)}\nApply one with its file:  ${session.style.bold('holdfast restore --plan FILE')}\n`;
  });
}

interface Pending {
  readonly restores: readonly Approval[];
  readonly requests: readonly RequestDocument[];
}

/** Restores wait in the catalog, everything else in the vault: who may read only one of them sees that one. */
async function pendingThere(session: Session, tenant: string | undefined): Promise<Pending> {
  const deps = await session.deps();
  const refs = tenant === undefined ? undefined : refsTyped(deps, tenant);
  const restores = await orDenied(refs === undefined ? waitingOfAll(deps) : waitingOf(deps, refs));
  const requests = await orDenied(waitingThere(session, refs));
  if (restores === undefined && requests === undefined)
    throw new InputError('usage', 'These credentials may not list what is pending approval.', {
      hint: 'Name the tenant from the notification: `holdfast approve TENANT`.',
    });
  if (restores === undefined) session.remark('Restores are not listed: these credentials may not list the tenants.');
  if (requests === undefined) session.remark('Only restores are listed: these credentials may not read requests.');
  return { restores: restores ?? [], requests: requests ?? [] };
}

async function orDenied<T>(reading: Promise<T>): Promise<T | undefined> {
  return reading.catch(error => {
    if (error instanceof HoldfastError && isDenied(error)) return undefined;
    throw error;
  });
}

/** S3 and KMS are told by the code, DynamoDB by its fault. */
function isDenied({ code, details }: HoldfastError): boolean {
  return code === 'access-denied' || /^AccessDenied/.test(String(details.fault));
}

async function waitingOfAll(deps: Deps): Promise<Approval[]> {
  const found = await eachTenant(deps, 'Looking for pending restores', ({ ref }) => waitingApprovals(deps, ref));
  return found.flat().sort((a, b) => (a.askedAt < b.askedAt ? -1 : 1));
}

async function waitingOf(deps: Deps, tenants: readonly TenantRef[]): Promise<Approval[]> {
  const found: Approval[] = [];
  for (const tenant of tenants) found.push(...(await waitingApprovals(deps, tenant)));
  return found;
}

/** InputError `unknown-approval`. */
async function findPending(
  deps: Deps,
  tenants: readonly TenantRef[],
  id: string,
): Promise<{ approval: Approval } | { view: RequestView }> {
  for (const tenant of tenants) {
    // Who may read requests, but no restores, is told by the function whether to decide.
    const approval = await orDenied(findApproval(deps, tenant, id));
    if (approval) return { approval };
  }
  const view = await findRequestThere(deps, tenants, id);
  if (view) return { view };
  throw new InputError('unknown-approval', 'Nothing of this tenant is pending approval under this id.', {
    hint: '`holdfast approve TENANT` lists what is pending.',
  });
}
