/** `approve`: another person looks at a restore that waits, and agrees or refuses. */
import type { Command } from 'commander';
import type { Approval } from '../../lib/domain/approval.ts';
import { InputError, IntegrityError } from '../../lib/domain/errors.ts';
import { parseTenantRef, tenantId } from '../../lib/domain/tenant.ts';
import { refOf } from '../../lib/operations/context.ts';
import { findApproval, waitingApprovals } from '../../lib/operations/restore/apply/kept-approvals.ts';
import type { Deps } from '../../lib/ports.ts';
import { openKept } from '../aws/remote-restore.ts';
import { momentAgo, plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { renderTable } from '../terminal/table.ts';
import { showPreview } from './restore-runner.ts';
import { remoteOf } from './start.ts';

interface ApproveOptions {
  readonly refuse?: boolean;
  readonly yes?: boolean;
}

export function registerApprove(program: Command): void {
  program
    .command('approve')
    .description('on AWS: agree to a restore that somebody else asked for, or refuse it')
    .argument('<tenant>', 'tenant id, or its reference as the notification gives it')
    .argument('[restore]', 'id of what waits, as the notification gives it; without it what waits is listed')
    .option('--refuse', 'refuse it: nothing is written')
    .option('-y, --yes', 'do not ask')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast --profile prod approve acme\n  $ holdfast --profile prod approve acme 0mb2c4f1a-3f8a2c1d\n  $ holdfast --profile prod approve acme 0mb2c4f1a-3f8a2c1d --refuse\n\nWho approves is whom IAM knows the credentials as. Whoever asked for the restore cannot approve it.',
    )
    .action(inSession(approve));
}

async function approve(
  session: Session,
  tenant: string,
  id: string | undefined,
  options: ApproveOptions,
): Promise<void> {
  const remote = remoteOf(session);
  const deps = await session.deps();
  if (id === undefined) return list(session, await waiting(deps, tenant));
  const approval = await approvalOf(deps, tenant, id);
  const { document } = await openKept(deps, { tenant: approval.tenant, planKey: approval.plan });
  if (document.preview.hash !== approval.hash) {
    throw new IntegrityError('other-plan', 'The kept plan is not the one that waits for approval.', {
      hint: 'Refuse it, and find out who wrote it: the audit trail of the vault says.',
      details: { object: approval.plan },
    });
  }
  const decision = options.refuse ? 'refuse' : 'approve';
  showPreview(session, document.preview);
  session.remark(facts(session, approval, document.request.reason));
  const question = options.refuse ? 'Refuse this restore?' : 'Approve exactly this restore?';
  await session.confirm(question, options.yes ?? false, UNSEEN);
  const { sendDecision } = await import('../../lib/runtime/approval-call.ts');
  const { hash, tenant: ref } = approval;
  const answer = await sendDecision(await remote.installation(), { tenant: ref, id, hash, decision });
  session.emit(answer, () => {
    const { style } = session;
    if (answer.state === 'waiting') {
      return `${style.good('Noted.')} ${answer.agreed} of ${plural(answer.needed, 'approval')}: it waits for another person.\n`;
    }
    const heard = answer.told ? '' : ' Nobody waits for the answer any more: the restore is asked for again.';
    if (answer.state === 'refused') return `${style.warn('Refused.')} Nothing is written.${heard}\n`;
    return `${style.good('Approved.')} The restore goes on.${heard}\n`;
  });
}

const UNSEEN = {
  message: 'This decides about live rows and nobody can be asked.',
  hint: 'Read the preview, then pass --yes.',
};

function facts(session: Session, approval: Approval, reason: string): string {
  const until = momentAgo(approval.until, session.zone(), session.now());
  const why = reason === '' ? '' : `, because: ${printable(reason)}`;
  return `Asked for by ${printable(approval.requestedBy)}${why}. Waits until ${until}.`;
}

function list(session: Session, found: readonly Approval[]): void {
  session.emit({ waiting: found.map(({ token: _, ...rest }) => rest) }, () => {
    if (found.length === 0) return 'Nothing waits for approval.\n';
    const at = (time: string) => momentAgo(time, session.zone(), session.now());
    return renderTable(
      [
        { head: 'restore' },
        { head: 'asked for by' },
        { head: 'at' },
        { head: 'until' },
        { head: 'agreed', right: true },
      ],
      found.map(each => [
        each.id,
        printable(each.requestedBy),
        at(each.askedAt),
        at(each.until),
        `${each.decisions.length} of ${each.needed}`,
      ]),
      { style: session.style },
    );
  });
}

/** By tenant id, or by reference: what could be either is tried as an id first. */
async function waiting(deps: Deps, tenant: string): Promise<Approval[]> {
  const own = await waitingApprovals(deps, refOf(deps, tenantId(tenant)));
  const ref = parseTenantRef(tenant);
  return own.length > 0 || ref === undefined ? own : waitingApprovals(deps, ref);
}

async function approvalOf(deps: Deps, tenant: string, id: string): Promise<Approval> {
  const own = await findApproval(deps, refOf(deps, tenantId(tenant)), id);
  const ref = parseTenantRef(tenant);
  const found = own ?? (ref && (await findApproval(deps, ref, id)));
  if (found) return found;
  throw new InputError('unknown-approval', 'No restore of this tenant waits for approval under this id.', {
    hint: '`holdfast approve TENANT` lists what waits.',
  });
}
