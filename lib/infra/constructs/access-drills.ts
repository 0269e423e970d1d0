/** Grants for drills: the scratch database, which may be outside the source system, and the signed records. */
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { governancePrefix } from '../../domain/governance-key.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deployment } from '../deployment.ts';
import { awsRegion, type RegionName } from '../names.ts';
import { grantLogIn, grantReadSecret, grantUseNetwork } from './access.ts';
import { grantReadObjects, grantStoreObjects } from './access-vault.ts';
import type { Grantee } from './grant.ts';

const RECORDS = [`${governancePrefix('drills', SYSTEM)}*`];

/** Logs in where scratch databases are made, from the network of the source. Where that is elsewhere, not in the source. */
export function grantReachScratch(fn: lambda.Function, deployment: Deployment): void {
  grantUseNetwork(fn);
  const scratch = deployment.drills?.scratch;
  if (scratch === undefined) grantLogIn(fn, deployment, 'primary');
  else grantReadSecret(fn, scratch, awsRegion(deployment, 'primary'));
}

/** Reads the records of drills: signed, and not sealed. */
export function grantReadDrills(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(to, deployment, region, RECORDS);
}

/** Stores them, and reads them; with `grantSign`. */
export function grantKeepDrills(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadDrills(to, deployment, region);
  grantStoreObjects(to, deployment, region, RECORDS);
}
