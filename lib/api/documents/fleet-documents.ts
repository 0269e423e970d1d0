/** JSON documents of the commands that protect and watch: status, timeline, snapshot, ship, verify, doctor; and of errors. */
import * as z from 'zod';
import { LOAD_REASONS } from '../../domain/database-load.ts';
import { GapEntry } from '../../domain/log-manifest.ts';
import { RestoreItem } from '../../domain/restore-record.ts';
import { ArchiveItem, BackupItem, ErasureItem, RestoreCommitItem } from '../../operations/catalog/catalog-index.ts';
import { DueShown } from './drill-documents.ts';
import { RequestShown } from './request-documents.ts';

const Count = z.number().int().nonnegative();
const Age = z.number().nullable().describe('Milliseconds; null: there is none.');
const Moment = z.object({ lsn: z.string(), time: z.string() });
const TableGap = z.object({
  tables: z.array(z.string()),
  reason: GapEntry.shape.reason,
  detail: z.string().nullable(),
  ended: z.boolean(),
  from: Moment,
  to: Moment.nullable(),
});

export const ErrorReport = z.object({
  error: z.object({
    code: z.string().describe('Stable; docs/errors.md lists all.'),
    kind: z.string().describe('Class, which has the exit code.'),
    message: z.string(),
    hint: z.string(),
    retry: z.enum(['auto', 'operator', 'never']),
    details: z.record(z.string(), z.unknown()),
  }),
});

const STATES = ['unprotected', 'broken', 'partial', 'late', 'safe', 'departed', 'destroyed'] as const;

export const StatusDocument = z.object({
  tenants: z.array(
    z.object({
      tenant: z.string().describe('Its reference, as in names of objects.'),
      tenantId: z.string().nullable(),
      label: z.string().optional(),
      state: z.enum(STATES),
      ...{ oldest: Moment.nullable(), newest: Moment.nullable(), newestAgeMs: Age },
      ...{ snapshots: Count, incrementals: Count, lastSnapshot: z.string().nullable() },
      ...{ archives: Count, lastArchive: z.string().nullable().describe('Its moment.') },
      lastVerified: z.object({ at: z.string(), ok: z.boolean(), backup: z.string() }).nullable(),
      storedBytes: Count,
      gaps: Count,
      tableGaps: z.array(TableGap),
      needsSnapshot: z.boolean(),
      outside: z.enum(['departed', 'destroyed']).optional().describe('Nothing new of it is expected.'),
    }),
  ),
  log: z.object({ runs: Count, newest: Moment.nullable(), newestAgeMs: Age, storedBytes: Count }),
  storedBytes: Count,
  totals: z.object({
    ...{ unprotected: Count, broken: Count, partial: Count, late: Count, safe: Count },
    ...{ departed: Count, destroyed: Count },
  }),
  drills: z.array(DueShown).optional().describe('On this machine: the last of each kind that was proved.'),
  unreviewed: z.array(RequestShown).optional().describe('Executed without approvals, and not reviewed.'),
});

export const TimelineDocument = z.object({
  tenantId: z.string(),
  label: z.string().optional(),
  tenant: z.string(),
  window: z.array(z.object({ from: Moment, to: Moment })).describe('Every moment in these can be recovered.'),
  gaps: z.array(z.object({ from: Moment, to: Moment.nullable(), reason: z.string() })),
  tableGaps: z.array(TableGap),
  newest: Moment.nullable(),
  newestAgeMs: Age,
  snapshots: z.array(BackupItem),
  incrementals: z.array(BackupItem),
  markers: z.array(z.object({ name: z.string(), lsn: z.string(), time: z.string(), reachable: z.boolean() })),
  restores: z.array(RestoreItem),
  restoreCommits: z.array(RestoreCommitItem),
  erasures: z.array(ErasureItem),
  archives: z.array(ArchiveItem),
});

export const SnapshotDocument = z.object({
  ok: z.array(BackupItem.extend({ tenant: z.string() })),
  failed: z.array(z.object({ tenant: z.string(), ...ErrorReport.shape })),
  unprotected: z.array(z.string()).describe('Tables that the model does not name.'),
  slowed: z
    .object({ reasons: z.array(z.enum(LOAD_REASONS)), leastAtOnce: Count })
    .optional()
    .describe('Where the load of the database slowed the run down: why, and the fewest tenants read concurrently.'),
  cost: z
    .object({ statements: Count, objects: Count, keyring: z.object({ generate: Count, decrypt: Count }) })
    .optional(),
});

export const ShipDocument = z.object({
  id: z.string().nullable().describe('Of the newest run; null: there was nothing to record.'),
  ...{ from: z.string(), to: z.string(), fromTime: z.string(), toTime: z.string() },
  ...{
    transactions: Count,
    changes: Count,
    unrouted: Count,
    discarded: Count,
    tenants: Count,
    storedBytes: Count,
    runs: Count,
  },
  gaps: z.array(GapEntry),
  openGaps: z.array(z.string()),
  needSnapshot: z.union([z.array(z.string()), z.literal('all')]),
  behind: z.array(z.object({ tenants: z.union([z.array(z.string()), z.literal('all')]), since: z.string() })),
  caughtUp: z.boolean().describe('Everything committed when it began is durable.'),
  unprotected: z.record(z.string(), z.string()),
  mendable: z.array(z.string()),
  contextsTooLong: Count,
  bufferedBytes: Count,
  snapshots: z.array(BackupItem.extend({ tenant: z.string() })).describe('Taken because a gap required them.'),
});

const Proved = z.object({
  backup: z.string(),
  tables: z.array(z.object({ table: z.string(), rows: Count, checksum: z.string() })),
  rows: Count,
  versions: z.object({ backup: z.number(), here: z.number() }),
  notes: z.array(z.string()),
  replayedTo: z.string().nullable(),
  changesReplayed: Count,
  durationMs: z.number(),
});
const ProvedLive = z.object({
  tenantId: z.string(),
  done: z.literal(true),
  ...{ lsn: z.string(), time: z.string(), rows: Count },
  tables: z.array(z.object({ table: z.string(), rows: Count })),
  unchecked: z.array(z.object({ table: z.string(), why: z.string() })),
  changesReplayed: Count,
  durationMs: z.number(),
});

export const VerifyDocument = z.union([
  Proved,
  z
    .object({
      ok: z.array(ProvedLive),
      failed: z.array(z.object({ tenantId: z.string(), ...ErrorReport.shape })),
    })
    .describe('With --live.'),
]);

export const DoctorFindings = z.object({
  server: z.looseObject({}).optional(),
  ok: z.boolean(),
  findings: z.array(
    z.object({
      code: z.string(),
      severity: z.enum(['error', 'warning', 'info']),
      table: z.string().nullable(),
      message: z.string(),
      sql: z.array(z.string()),
      safe: z.boolean().describe('--fix can run it.'),
      advice: z.string().optional(),
    }),
  ),
  ...{ execution: z.string().optional(), leftOut: Count.optional() },
});
const FixStep = z.object({ code: z.string(), table: z.string().nullable(), sql: z.array(z.string()) });

export const DoctorDocument = z.union([
  DoctorFindings,
  z
    .object({
      applied: z.array(FixStep),
      failed: z.array(z.object({ step: FixStep, message: z.string(), hint: z.string() })),
      undone: z.array(FixStep).describe('Taken back, because publication or slot could not be made.'),
      report: DoctorFindings,
    })
    .describe('With --fix.'),
  z.object({ file: z.string().optional(), sql: z.string() }).describe('With --sql.'),
]);
