/**
 * What single operations of an installation on AWS are configured with: a file beside the functions' code, since the
 * environment of a function holds 4 KB. A section for each operation, absent where the deployment says nothing about it; no
 * section names a tenant by its id, and none contains a secret.
 */
import * as z from 'zod';
import { ReasonRetention } from './backup-reason.ts';
import { ClusterBackupSettings } from './cluster-backup.ts';
import { ConsoleSettings } from './console-settings.ts';
import { LoadSettings, WatchedDatabase } from './database-load.ts';
import { DeployedDrills } from './deployed-drills.ts';
import { FailoverSettings } from './failover-settings.ts';
import { ReportNotices } from './report/report-notices.ts';
import { SnapshotHours } from './snapshot-frequency.ts';

/** Name of the file beside the functions' code. */
export const OPERATIONS_FILE = 'operations.json';

export const OperationsSettings = z.strictObject({
  /** Of the database, above which snapshots, folds, verifications and archives wait. */
  load: LoadSettings.exactOptional(),
  /** Whose processor CloudWatch is asked about, by the functions of its region. */
  processor: WatchedDatabase.extend({ region: z.string() }).exactOptional(),
  /** Between snapshots of a tenant, by tier. */
  snapshotHours: SnapshotHours.exactOptional(),
  /** Minutes of log that an index covers. */
  logIndexMinutes: z.number().int().positive().exactOptional(),
  drills: DeployedDrills.exactOptional(),
  clusterBackups: ClusterBackupSettings.exactOptional(),
  console: ConsoleSettings.exactOptional(),
  failover: FailoverSettings.exactOptional(),
  /**
   * Where the state of messages is; whoever sends them reads the rest too (message-delivery.ts). Absent: nobody is sent any.
   */
  messages: z.looseObject({ table: z.string(), region: z.string() }).optional(),
  reports: ReportNotices.exactOptional(),
  /** Days by reason of a snapshot. */
  reasons: ReasonRetention.exactOptional(),
  /** A schedule makes archives: the shipper reports how long ago the last run ended. */
  archives: z.strictObject({ scheduled: z.literal(true) }).exactOptional(),
});
export type OperationsSettings = z.infer<typeof OperationsSettings>;

export const NO_OPERATIONS: OperationsSettings = {};
