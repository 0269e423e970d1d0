/**
 * Cancelling and finishing destructions of an installation on AWS. A cancellation goes through the URL for requests, in the
 * name of the person that IAM authenticates; the state machine that finishes them also brings back the key.
 */

import { shellWord } from '../../lib/domain/shell-word.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import type { Session } from '../terminal/session.ts';
import { executionName, type Remote } from './remote.ts';

/** Throws what sendCancellation throws. */
export async function cancelThere(
  session: Session,
  remote: Remote,
  { tenant, name, reason }: { readonly tenant: TenantRef; readonly name: string; readonly reason: string },
): Promise<void> {
  const { sendCancellation } = await import('../../lib/runtime/action-call.ts');
  const cancelled = await sendCancellation(await remote.installation(), { tenant, reason });
  session.emit(cancelled, () => {
    const { style } = session;
    const follow = remote.command(`follow finish-destructions/${executionName(cancelled.execution)}`);
    return `${style.good('✓ Cancelled.')} Its key is being brought back:  ${follow}
Then take a snapshot:  ${remote.command(`snapshot ${shellWord(name)}`)}
`;
  });
}

/** All that is due, or one tenant; fails as the execution fails. */
export async function finishThere(session: Session, remote: Remote, tenant: TenantRef | undefined): Promise<void> {
  const { execution } = await remote.run('finish-destructions', tenant === undefined ? {} : { tenant });
  session.emit({ execution }, () => {
    const status = remote.command('destroy status');
    return `${session.style.good('✓ Looked after.')} How far each is:  ${status}
`;
  });
}
