/**
 * One person's decision on a restore that waits, whoever let the person in: enough approvals complete the waiting task, a
 * refusal fails it. Repeating a decision sends the same answer again.
 */
import type { Approval } from '../domain/approval.ts';
import { HoldfastError } from '../domain/errors.ts';
import { maySignInTwice } from '../domain/sign-in-realm.ts';
import { decideRestore, type RestoreDecision } from '../operations/governance/approve.ts';
import type { FunctionTools, StorageContext } from './function-handler.ts';
import { recordDeps } from './governed-call.ts';
import { answerTask } from './workflows.ts';

export interface DecidedRestore {
  readonly id: string;
  readonly state: Approval['state'];
  readonly agreed: number;
  readonly needed: number;
  /** Whether the waiting execution was told. */
  readonly told: boolean;
}

/** Throws what decideRestore throws. */
export async function decideWaiting(
  { ctx, aws }: Pick<FunctionTools<StorageContext>, 'ctx' | 'aws'>,
  { principal, tenant, id, hash, agrees }: Omit<RestoreDecision, 'maySignInAs'>,
): Promise<DecidedRestore> {
  const selfIssuer = aws.operations.console?.self?.issuer;
  const approval = await decideRestore(
    { ...ctx, ...recordDeps(ctx, aws) },
    {
      ...{ principal, tenant, id, hash, agrees },
      maySignInAs: name => maySignInTwice(principal.name, name, selfIssuer),
    },
  );
  const agreed = approval.decisions.filter(each => each.agrees).map(each => each.by);
  const result = { id, state: approval.state, agreed: agreed.length, needed: approval.needed };
  if (approval.state === 'waiting') return { ...result, told: false };
  const told = await answerTask(
    aws.workflows,
    approval.token,
    approval.state === 'approved' ? { output: { by: agreed } } : { refusal: refusalOf(approval) },
  );
  return { ...result, told };
}

function refusalOf(approval: Approval): HoldfastError {
  const by = approval.decisions.find(decision => !decision.agrees)?.by;
  return new HoldfastError('approval-refused', `${by} refused the restore.`, {
    hint: 'Nothing was written. Ask the approver for the reason.',
  });
}
