/** The lock of one version: explains why a deletion was refused. */
import {
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  HeadObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Lock } from './s3-upload.ts';
import { faultName } from './transient.ts';

interface Version {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId: string;
}

/** Undefined if the version has neither retention nor hold. Some servers report them only when asked explicitly. */
export async function lockOf(client: S3Client, version: Version): Promise<Lock | undefined> {
  const head = await client.send(new HeadObjectCommand({ ...version }));
  const shown = toLock(head.ObjectLockRetainUntilDate, head.ObjectLockLegalHoldStatus);
  if (shown) return shown;
  const retention = await client.send(new GetObjectRetentionCommand({ ...version })).catch(unlessNone);
  const hold = await client.send(new GetObjectLegalHoldCommand({ ...version })).catch(unlessNone);
  return toLock(retention?.Retention?.RetainUntilDate, hold?.LegalHold?.Status);
}

function toLock(retainUntil: Date | undefined, status: string | undefined): Lock | undefined {
  if (retainUntil === undefined && status !== 'ON') return undefined;
  return { retainUntil: retainUntil ?? new Date(0), hold: status === 'ON' };
}

function unlessNone(error: unknown): undefined {
  if (!['NoSuchObjectLockConfiguration', 'InvalidRequest', 'NoSuchKey'].includes(faultName(error))) throw error;
}
