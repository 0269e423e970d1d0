/**
 * A question about a tenant's log, answered where the log may be read: on AWS by a function, since operators may not open
 * it; otherwise, and with --direct, on this machine.
 */
import type { AnswerTo, Ask, Question } from '../../lib/domain/investigation.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { investigate } from '../../lib/operations/incident/investigate.ts';
import type { Session } from '../terminal/session.ts';

export async function investigated<A extends Ask>(
  session: Session,
  tenant: TenantRef,
  question: Extract<Question, { ask: A }>,
): Promise<AnswerTo<A>> {
  const { remote } = session;
  if (remote === undefined) return investigate<A>(await session.deps(), tenant, question);
  // Loaded on demand: the AWS clients would slow down every local command.
  const { sendInvestigation } = await import('../../lib/runtime/investigate-call.ts');
  return sendInvestigation<A>(await remote.installation(), tenant, question);
}
