/** What the API needs, from one session of the command line on this machine. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiDeps } from '../../lib/api/api-deps.ts';
import { executionsInMemory } from '../../lib/api/executions.ts';
import { fleetView } from '../../lib/api/fleet-view.ts';
import { keptValue } from '../../lib/api/kept-value.ts';
import { newId } from '../../lib/domain/new-id.ts';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { evidenceConfiguration } from '../terminal/evidence-configuration.ts';
import { labelsFor } from '../terminal/named-tenant.ts';
import type { Session } from '../terminal/session.ts';
import { operatingOfSession } from './operating-of-session.ts';

const LABELS_KEPT_MS = 60_000;

/** InputError `local-only` for an installation on AWS, which has a console of its own. */
export async function apiOfSession(session: Session): Promise<ApiDeps> {
  await session.config();
  const storage = await session.storage();
  return {
    storage,
    recording: await session.recording(),
    context: () => session.context(),
    governance: () => session.governance(),
    retentionOf: () => session.retentionOf(),
    evidenceConfiguration: () => evidenceConfiguration(session),
    command: words => session.command(words.map(shellWord).join(' ')),
    executions: executionsInMemory(storage),
    ...(await asking(session)),
    fleet: fleetView(storage),
    operating: operatingOfSession(session),
    timeZone: session.zone(),
    // Names change rarely, and every list shows them.
    labels: keptValue(
      () => labelsFor(session),
      LABELS_KEPT_MS,
      () => session.now().getTime(),
    ),
  };
}

/** What can be asked for on this machine, and how much of it. */
async function asking(session: Session): Promise<Pick<ApiDeps, 'kinds' | 'selfService'>> {
  const config = await session.config();
  const { quotas, exports } = config.api;
  const { policyOfConfig } = await import('../../lib/runtime/governance.ts');
  const policyFor = policyOfConfig(config);
  const { clock, random } = await session.storage();
  return {
    kinds: async () => (await import('../../lib/runtime/action-kinds.ts')).ACTION_KINDS,
    selfService: {
      quotas,
      approvalsFor: (action, tenant) => policyFor(action, tenant).approvals,
      // An export makes its own directory, and not the one that it is in.
      exportPlace: async () => {
        await mkdir(exports, { recursive: true, mode: 0o700 });
        return { directory: join(exports, newId({ clock, random })) };
      },
    },
  };
}
