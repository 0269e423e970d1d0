/** Recovery that was tried: which drills are due, what each measured and proved, and another one. */
import * as z from 'zod';
import { DrillRecord } from '../../domain/drill.ts';
import { DRILL_KINDS, DrillKind } from '../../domain/drill-kind.ts';
import { DrillSummary, drillSummary } from '../../domain/drill-summary.ts';
import { formatTarget, parseTarget } from '../../domain/recovery-target.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import { drillsDue } from '../../operations/drills/drills-due.ts';
import { runRecordedDrill } from '../../operations/drills/run-recorded-drill.ts';
import { drillsBefore, findDrill, newestDrills } from '../../operations/storage/drill-records.ts';
import { DueShown } from '../documents/drill-documents.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { cursorOf, NextPage, PageAsked, sortOf } from '../paging.ts';
import { route } from '../route.ts';
import { idOf } from './tenant.ts';

const READS = { permission: 'readRecords', on: 'installation' } as const;
const group = 'drills';

const seeDue = route(
  {
    ...{ id: 'listDueDrills', method: 'get', path: '/drills/due', group, summary: 'Which drills are due or late' },
    needs: { permission: 'seeStatus', on: 'installation' },
    answer: z.object({
      due: z.array(DueShown),
      newest: z.array(DrillSummary).describe('The newest of each kind, whatever its outcome.'),
      hasRegion: z.boolean().describe('Copies in another region are configured.'),
    }),
  },
  async ({ deps }) => {
    const hasRegion = await deps.operating.hasRegion();
    const newest = await newestDrills(deps.storage, DRILL_KINDS);
    return { due: await drillsDue(deps.storage, hasRegion), newest: [...newest.values()].map(drillSummary), hasRegion };
  },
);

const listHistory = route(
  {
    ...{ id: 'listDrills', method: 'get', path: '/drills', group, summary: 'Drills, the newest first', needs: READS },
    query: PageAsked.extend({ kind: DrillKind.optional() }),
    answer: z.object({
      drills: z.array(DrillSummary),
      altered: z.array(z.string()).describe('Keys of records on this page that do not verify.'),
      next: NextPage,
    }),
  },
  async ({ deps, query: { kind, cursor, limit } }) => {
    const asked = { limit, ...(kind && { kind }), ...(cursor !== undefined && { before: sortOf(cursor) }) };
    const { drills, altered, last } = await drillsBefore(deps.storage, asked);
    const shown = drills.map(({ record }) => drillSummary(record));
    return { drills: shown, altered, next: last === null ? null : cursorOf(last) };
  },
);

const { contention, prediction, accidents, faults, failover } = DrillRecord.shape;
/** Members that a kind of drill does not have are absent: said so that the document of the API says it too. */
const DrillShown = DrillRecord.extend({
  ...{ contention: contention.unwrap().optional(), prediction: prediction.unwrap().optional() },
  ...{ accidents: accidents.unwrap().optional(), faults: faults.unwrap().optional() },
  failover: failover.unwrap().optional(),
});

const seeDrill = route(
  {
    ...{ id: 'readDrill', method: 'get', path: '/drills/{drill}', group, needs: READS, answer: DrillShown },
    summary: 'The signed record of a drill, verified',
  },
  async ({ deps, path }) => (await findDrill(deps.storage, path.drill!)).record,
);

const DrillOrder = z.strictObject({
  kind: DrillKind.exclude(['game-day']).describe(
    'Game days damage an installation: they are run by the command alone.',
  ),
  tenants: z.array(TenantRef).min(1).max(1000).optional().describe('Default: those that wait longest.'),
  moment: z.string().max(200).optional().describe('Default: a random moment of each window.'),
  count: z.number().int().min(1).max(100_000).optional(),
  seed: z.string().min(1).max(100).optional(),
});

const startDrill = route(
  {
    ...{ id: 'startDrill', method: 'post', path: '/drills', group, status: 202, answer: ExecutionShown },
    ...{ summary: 'Restore into a scratch database, prove, measure, record', body: DrillOrder },
    needs: { permission: 'drill', on: 'installation' },
  },
  async ({ deps, principal, body: { kind, tenants, moment, count, seed } }) => {
    const ids = tenants && (await Promise.all(tenants.map(ref => idOf(deps, ref))));
    const now = deps.storage.clock.now();
    const exact =
      moment === undefined ? undefined : formatTarget(parseTarget(moment, { now, timeZone: deps.timeZone }));
    const asked = {
      ...{ kind, ...(ids && { tenants: ids }), ...(exact !== undefined && { moment: exact }) },
      ...{ ...(count !== undefined && { count }), ...(seed !== undefined && { seed }) },
    };
    return deps.executions.start({ tenant: SYSTEM, work: 'drill', startedBy: principal.name }, async progress => {
      const ctx = { ...(await deps.context()), progress };
      const plant = await deps.operating.drillPlant();
      const done = await runRecordedDrill({ ctx, plant, recording: deps.recording }, principal, asked);
      return drillSummary(done.record);
    });
  },
);

export const DRILL_ROUTES = [seeDue, listHistory, seeDrill, startDrill];
