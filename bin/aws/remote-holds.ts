/**
 * `hold verify` on AWS: the state machine keep-holds proves, repairs and certifies. Invariant: the command
 * fails when the execution does; what was repaired is an alarm there, as the output says, and is not counted here.
 */
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { plural } from '../terminal/format.ts';
import type { Session } from '../terminal/session.ts';
import { executionName, type Remote } from './remote.ts';

/** All held tenants, or one; fails as the execution fails. */
export async function verifyHoldsThere(session: Session, remote: Remote, tenant: TenantRef | undefined): Promise<void> {
  const input = { ...(tenant !== undefined && { refs: [tenant] }), reason: 'manual' };
  const { execution, output } = await remote.run('keep-holds', input);
  const { tenants } = output as { tenants: number };
  session.emit({ execution, tenants }, () => {
    if (tenants === 0) return 'No hold stands.\n';
    const { style } = session;
    const whose = plural(tenants, 'tenant');
    return `${style.good('✓')} keep-holds succeeded: ${whose} under hold  ${style.dim(executionName(execution))}
What was not held is held again. That, and a tenant that could not be proved, is the alarm hold-broken.
`;
  });
}
