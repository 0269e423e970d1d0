/**
 * Grants for reports and the status page. Invariant, enforced by tests: who makes reports reads what auditors read, no pack
 * and no segment, and stores nothing but reports.
 */
import { Aws } from 'aws-cdk-lib';
import { GOVERNANCE_PREFIX, STATUS_POSTS_PREFIX } from '../../domain/governance-key.ts';
import { LOG_MANIFESTS_PREFIX, REMOVALS_PREFIX, TENANTS_PREFIX, tenantPrefix } from '../../domain/object-key.ts';
import { SITE_FILES } from '../../domain/status-page/status-site.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deployment } from '../deployment.ts';
import { type RegionName, statusBucketName } from '../names.ts';
import { grantReadCatalog } from './access.ts';
import { grantReadAudit } from './access-audit.ts';
import { grantOpenTenantKeys, grantSign } from './access-keys.ts';
import { grantReadObjects, grantStoreObjects } from './access-vault.ts';
import { allow, type Grantee } from './grant.ts';

const REPORTS = [`${GOVERNANCE_PREFIX}reports/*`];

/** Manifests contain tables, row counts and times; the rows are in packs. */
export const MANIFESTS = [`${TENANTS_PREFIX}*/manifests/*`, `${LOG_MANIFESTS_PREFIX}*`, `${tenantPrefix(SYSTEM)}*`];

/** Of governance, without previews: requests, holds, destructions, evidence and reports; and what expiry announced. */
export const RECORDS = [`${GOVERNANCE_PREFIX}*`, `${TENANTS_PREFIX}*/retention/*`, `${REMOVALS_PREFIX}*`];

/** Reports, and what was posted on the status page. */
export const REPORTS_FOR_PEOPLE = [...REPORTS, `${STATUS_POSTS_PREFIX}*`];

/** Reads catalog, records and audit trail, opens the manifests of all tenants, and changes nothing. */
export function grantMeasure(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantMeasureState(fn, deployment, region);
  grantReadAudit(fn, deployment, region);
}

/** The same without the audit trail. */
export function grantMeasureState(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadCatalog(fn, deployment, region);
  grantReadObjects(fn, deployment, region, [...MANIFESTS, ...RECORDS]);
  grantOpenTenantKeys(fn, deployment, region);
}

/** Replaces the files of the public status page of its region, which are in no vault, and reads none of them. */
export function grantPublishStatusPage(fn: Grantee, deployment: Deployment, region: RegionName): void {
  const bucket = `arn:${Aws.PARTITION}:s3:::${statusBucketName(deployment, region)}`;
  allow(
    fn,
    ['s3:PutObject'],
    SITE_FILES.map(name => `${bucket}/${name}`),
  );
}

/** Reads posts on the status page, and stores new ones, signed. */
export function grantPostStatus(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, [`${STATUS_POSTS_PREFIX}*`]);
  grantStoreObjects(fn, deployment, region, [`${STATUS_POSTS_PREFIX}*`]);
  grantSign(fn, deployment, region);
}

/** Signs and stores reports. */
export function grantKeepReports(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantStoreObjects(fn, deployment, region, REPORTS);
  grantSign(fn, deployment, region);
}
