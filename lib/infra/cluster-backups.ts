/**
 * The option of a deployment to read the cluster's own backups: which database RDS restores, and the key of its storage.
 * Without it no function may create or delete a database.
 */
import * as z from 'zod';
import type { ClusterBackupSettings } from '../domain/cluster-backup.ts';
import type { Deployment } from './deployment.ts';

const DATABASE = /^arn:[\w-]+:rds:[^:]+:\d{12}:(cluster|db):([\w-]+)$/;

export const ClusterBackupsOption = z
  .strictObject({
    databaseArn: z
      .string()
      .regex(DATABASE, 'must be the ARN of a DB cluster or a DB instance')
      .describe('The source in the primary region, as RDS names it: a DB cluster, or an instance that is in none.'),
    storageKeyArn: z
      .string()
      .regex(/^arn:[\w-]+:kms:[^:]+:\d{12}:key\/[\w-]+$/, 'must be the ARN of a KMS key')
      .optional()
      .describe('The KMS key of its storage, if it is a key of yours and not `aws/rds`.'),
  })
  .describe(
    'Allows `restore --from cluster-backup`: a scratch database, of the size of the source, is restored from its own backups, read, and deleted (docs/restore.md). Costs one more database for about an hour each time, and nothing before. Default: no database is ever created.',
  );

/** As the functions read it. */
export function deployedClusterBackups({
  clusterBackups,
}: Pick<Deployment, 'clusterBackups'>): ClusterBackupSettings | undefined {
  const [, kind, identifier] = DATABASE.exec(clusterBackups?.databaseArn ?? '') ?? [];
  if (identifier === undefined) return undefined;
  return { kind: kind === 'cluster' ? 'cluster' : 'instance', identifier };
}
