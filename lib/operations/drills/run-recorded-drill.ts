/** A drill as people start it: permitted for the whole fleet, and in the audit trail, since rows of tenants are restored elsewhere. */
import type { Principal } from '../../domain/principal.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { doAtOnce } from '../governance/at-once.ts';
import type { RecordDeps } from '../governance/audit.ts';
import type { DrillAsked, DrillPlant } from './drill-run.ts';
import { type DrillDone, runDrill } from './run-drill.ts';

export interface RecordedDrillDeps {
  readonly ctx: Context;
  readonly plant: DrillPlant;
  readonly recording: RecordDeps;
}

/** InputError `not-permitted`, and what runDrill() throws; StorageError `audit-unwritable`. */
export async function runRecordedDrill(
  { ctx, plant, recording }: RecordedDrillDeps,
  principal: Principal,
  asked: Omit<DrillAsked, 'startedBy'>,
): Promise<DrillDone> {
  const attempt = { principal, permission: 'drill', tenant: SYSTEM } as const;
  const work = () => runDrill(ctx, plant, { ...asked, startedBy: principal.name });
  return doAtOnce(recording, attempt, work, async ({ key, sha256, record }) => ({
    records: { [key]: sha256 },
    details: { drill: record.id, kind: record.kind, outcome: record.outcome },
  }));
}
