/** A process that restores and is killed by SIGKILL at a crash point: run by restore-kill.test.ts with its input in argv. */
import { parseRestoreRequest } from '../../lib/domain/restore-request.ts';
import { defaultSettings } from '../../lib/domain/settings.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import type { Context } from '../../lib/operations/context.ts';
import { runRestore } from '../../lib/operations/restore/apply/run-restore.ts';
import { localDeps } from './local-deps.ts';

const { dir, url, model, slot, at } = JSON.parse(process.argv[2]!);
const deps = await localDeps({ dir });
const ctx: Context = {
  ...deps,
  ...{ source: { url }, model: TenantModel.parse(model), settings: defaultSettings(), slot, publication: 'holdfast' },
  crash: point => {
    if (point === at) process.kill(process.pid, 'SIGKILL');
  },
};
await runRestore(ctx, parseRestoreRequest({ tenant: '1', target: 'mark:good', requestedBy: 'ann' }));
