/**
 * What S3 itself does to stored objects, in each region for itself: it moves large objects of tenants to colder classes,
 * and removes what nothing else does. A rule removes a version only when its lock has ended.
 */
import { Duration } from 'aws-cdk-lib';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { KEY_COPY_LOCK_DAYS } from '../../domain/key-copy.ts';
import { CHECKPOINTS_PREFIX, KEY_COPIES_PREFIX, REMOVALS_PREFIX, TENANTS_PREFIX } from '../../domain/object-key.ts';
import { REMOVAL_LIST_DAYS } from '../../domain/removal-list.ts';
import type { StorageTiering } from '../../domain/storage-tiering.ts';
import type { RegionName } from '../names.ts';

/** Below this size, the colder storage classes cost more than they save. */
const COOL_DOWN_FROM_BYTES = 128 * 1024;
/** A running snapshot resumes from its checkpoints for a day at most. */
const CHECKPOINT_DAYS = 3;
const COOL_DOWN = 'tenant-backups-cool-down';

export function vaultLifecycle(region: RegionName, tiering: StorageTiering): s3.LifecycleRule[] {
  return [
    { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
    // Locked for a day; expires to a delete marker first, then the version, which S3 keeps while it is locked.
    {
      id: 'finished-checkpoints',
      prefix: CHECKPOINTS_PREFIX,
      expiration: Duration.days(CHECKPOINT_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    },
    // A copy of a destroyed key must not stay anywhere.
    {
      id: 'old-key-copies',
      prefix: KEY_COPIES_PREFIX,
      expiration: Duration.days(KEY_COPY_LOCK_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    },
    {
      id: 'old-removal-lists',
      prefix: REMOVALS_PREFIX,
      expiration: Duration.days(REMOVAL_LIST_DAYS),
      noncurrentVersionExpiration: Duration.days(1),
    },
    {
      id: COOL_DOWN,
      prefix: TENANTS_PREFIX,
      objectSizeGreaterThan: COOL_DOWN_FROM_BYTES,
      transitions: coolDown(region, tiering),
    },
  ];
}

function coolDown(region: RegionName, tiering: StorageTiering): s3.Transition[] {
  const { GLACIER_INSTANT_RETRIEVAL, INFREQUENT_ACCESS, INTELLIGENT_TIERING } = s3.StorageClass;
  // Nobody reads the tertiary.
  if (region === 'tertiary') return [{ storageClass: GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(0) }];
  if (tiering === 'intelligent') return [{ storageClass: INTELLIGENT_TIERING, transitionAfter: Duration.days(0) }];
  return [
    { storageClass: INFREQUENT_ACCESS, transitionAfter: Duration.days(30) },
    { storageClass: GLACIER_INSTANT_RETRIEVAL, transitionAfter: Duration.days(90) },
  ];
}

/** CloudFormation's schema requires the size of a rule as a string. */
export function sizeAsText(bucket: s3.Bucket): void {
  const place = vaultLifecycle('primary', 'by-age').findIndex(rule => rule.id === COOL_DOWN);
  const path = `LifecycleConfiguration.Rules.${place}.ObjectSizeGreaterThan`;
  (bucket.node.defaultChild as s3.CfnBucket).addPropertyOverride(path, String(COOL_DOWN_FROM_BYTES));
}
