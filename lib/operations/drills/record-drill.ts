/** The end of every drill: its outcome, its signed record, and the alarm of one that failed or was slower than its objective. */
import { type DrillOutcome, type DrillRecord, isMended, isNoticed, worstOutcome } from '../../domain/drill.ts';
import type { Context } from '../context.ts';
import { putDrillRecord } from '../storage/drill-records.ts';
import { isAccepted } from './acceptance.ts';
import type { DrillBody, DrillRun } from './drill-run.ts';

export interface RecordedDrill {
  /** Key of the signed record. */
  readonly key: string;
  readonly sha256: string;
  readonly record: DrillRecord;
}

/** Signs and stores the record, and tells of a drill that was slow or failed. StorageError where it cannot be stored. */
export async function recordDrill(
  run: DrillRun,
  body: DrillBody,
  startedAt: Date,
  endedEarly: boolean,
): Promise<RecordedDrill> {
  const record = recordOf(run, body, startedAt, endedEarly);
  const { key, sha256 } = await putDrillRecord(run.ctx, record);
  await announceDrill(run.ctx, record);
  return { key, sha256, record };
}

function recordOf(run: DrillRun, body: DrillBody, startedAt: Date, endedEarly: boolean): DrillRecord {
  return {
    format: 'holdfast.drill-record/1',
    ...{ id: run.id, kind: run.asked.kind, installation: run.ctx.installation, startedBy: run.asked.startedBy },
    ...{ startedAt: startedAt.toISOString(), endedAt: run.ctx.clock.now().toISOString() },
    outcome: outcomeOf(run, body, endedEarly),
    ...{ seed: run.seed, findings: run.findings, phases: run.phases, ...body },
  };
}

/** A finding that no other rule judges (a scratch database that stayed) fails the drill too. */
function outcomeOf({ findings }: DrillRun, body: DrillBody, endedEarly: boolean): DrillOutcome {
  const of = worstOutcome(body.tenants.map(({ outcome }) => outcome));
  const proved =
    body.acceptance.every(isAccepted) && (body.accidents ?? []).every(isMended) && (body.faults ?? []).every(isNoticed);
  if (endedEarly || !proved || of === 'failed') return 'failed';
  return of === 'passed' && findings.length > 0 ? 'failed' : of;
}

/** An alarm of a drill that was slow or failed. */
export async function announceDrill(
  ctx: Pick<Context, 'notifier'>,
  { outcome, id, kind, findings }: DrillRecord,
): Promise<void> {
  if (outcome === 'passed') return;
  const details = { drill: id, kind, findings };
  const first = findings[0] ?? '';
  if (outcome === 'slow') {
    const message = `The drill ${kind} was slower than its objective: ${first}`;
    await ctx.notifier.notify({ severity: 'alarm', code: 'drill-slow', message, details });
    return;
  }
  await ctx.notifier.notify({
    severity: 'alarm',
    code: 'drill-failed',
    message: `The drill ${kind} failed: ${first}`,
    details,
  });
}
