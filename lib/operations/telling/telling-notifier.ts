/**
 * A notifier that also tells recipients, after itself, and sends what became due meanwhile. Invariant: a recipient that fails
 * is an alarm to the notifier itself, never an error: the work that a notice is about does not depend on it.
 */
import { eventOf } from '../../domain/event.ts';
import { runbookPage } from '../../domain/runbook.ts';
import type { Deps, Notifier } from '../../ports.ts';
import type { Recipients } from './recipients.ts';
import { sendDueMessages, type TellingDeps, tellEvent } from './tell-recipients.ts';

export interface TellingPlace extends Pick<Deps, 'installation' | 'catalog' | 'clock'> {
  readonly recipients: Recipients;
  /** URL of the runbook. */
  readonly runbookUrl?: string | undefined;
}

export function tellingNotifier(base: Notifier, place: TellingPlace): Notifier {
  const { installation, runbookUrl, clock } = place;
  const deps: TellingDeps = { ...place, report: failure => base.notify(undeliveredNotice(failure)) };
  const sendDue = async () => {
    await sendDueMessages(deps);
  };
  return {
    async notify(notice) {
      await base.notify(notice);
      const runbook = runbookUrl === undefined ? {} : { runbook: `${runbookUrl}/${runbookPage(notice.code)}.md` };
      const told = { installation, ...notice, ...runbook, at: clock.now().toISOString() };
      await tellEvent(deps, eventOf(told)).catch(() => {});
      await sendDue().catch(() => {});
    },
    sendDue,
  };
}

/** The notice that a recipient could not be told. It goes to no recipient, so failures do not multiply. */
export function undeliveredNotice({
  message,
  recipient,
}: {
  readonly message: string;
  readonly recipient: string;
}): Parameters<Notifier['notify']>[0] {
  return { severity: 'alarm', code: 'message-undelivered', message, details: { sink: recipient } };
}
