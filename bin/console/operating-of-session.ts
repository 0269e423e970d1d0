/** What the routes about drills, reports, cost, configuration and retention need, from one session on this machine. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { OperatingDeps } from '../../lib/api/operating-deps.ts';
import { hasRegion } from '../../lib/domain/drill-settings.ts';
import { readModelFile } from '../../lib/operations/model/model-file.ts';
import { configuredRecipients } from '../../lib/runtime/configured-recipients.ts';
import { editConfigText, readConfigText } from '../../lib/runtime/edit-config.ts';
import { usualDeployment } from '../deployment-file.ts';
import { reportBasis } from '../terminal/report-basis.ts';
import type { Session } from '../terminal/session.ts';

export function operatingOfSession(session: Session): OperatingDeps {
  return {
    hasRegion: async () => hasRegion((await session.config()).drills),
    async drillPlant() {
      const { openDrillPlant } = await import('../../lib/runtime/drills.ts');
      return openDrillPlant(await session.config(), await session.context());
    },
    reportBasis: () => reportBasis(session),
    pricedSettings: async () => usualDeployment(),
    retentionOf: () => session.retentionOf(),
    async configuration() {
      // As it is now: people edit it while the console runs.
      const { file, model } = await session.config();
      const text = await readFile(file, 'utf8');
      const shown = { name: basename(file), text, parse: readConfigText, edit: editConfigText };
      return { ...shown, model: await readModelFile(model) };
    },
    recipients: async () => configuredRecipients(await session.config()).sinks,
  };
}
