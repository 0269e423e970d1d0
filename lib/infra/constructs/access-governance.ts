/**
 * Grants for requests, holds and changes of policy. Invariants, enforced by tests: who can place holds can remove none; who
 * keeps requests reaches no tenant's key; nobody can delete a record of governance.
 */
import { AUDIT_PREFIX, GOVERNANCE_PREFIX, governanceKindPrefix } from '../../domain/governance-key.ts';
import { TENANTS_PREFIX } from '../../domain/object-key.ts';
import type { Deployment } from '../deployment.ts';
import { executionsArn, type RegionName, replicaRegionsOf, workflowArn } from '../names.ts';
import { grantOpenForAuditors, grantSealForAuditors } from './access-audit.ts';
import { grantMarkHeldKeys, grantUnmarkHeldKeys } from './access-keys.ts';
import { grantChangeHolds, grantReadObjects, grantStoreDocuments, grantStoreObjects } from './access-vault.ts';
import { allow, type Grantee } from './grant.ts';

const RECORDS = [`${GOVERNANCE_PREFIX}*`];
const REQUESTS = [`${GOVERNANCE_PREFIX}requests/*`];
const HOLD_RECORDS = [`${GOVERNANCE_PREFIX}holds/*`];
const HOLD_CERTIFICATES = [`${GOVERNANCE_PREFIX}holds/*/certificates/*`];
const POLICY_APPROVALS = [`${GOVERNANCE_PREFIX}policies/*`];
/** What outlives the tenant's key and is held with it: reached with a function's own role. */
const OF_AUDITORS = [`${AUDIT_PREFIX}*`, ...RECORDS];
const EVERYTHING_OF_TENANTS = [`${TENANTS_PREFIX}*`, ...OF_AUDITORS];

/** Reads requests with their decisions and stores their parts, sealed under the auditors' key. */
export function grantKeepRequests(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, RECORDS);
  grantStoreDocuments(fn, deployment, region, REQUESTS);
  grantOpenForAuditors(fn, deployment, region);
  grantSealForAuditors(fn, deployment, region);
}

/** Stores the records of holds, sets holds in every region, and marks the tenant's key. */
export function grantPlaceHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantStoreDocuments(fn, deployment, region, HOLD_RECORDS);
  grantSetHolds(fn, deployment, region);
}

/** Proves holds in every region, sets what is missing, and stores certificates: neither places a hold nor releases one. */
export function grantKeepHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(fn, deployment, region, OF_AUDITORS);
  grantStoreObjects(fn, deployment, region, HOLD_CERTIFICATES);
  grantSetHolds(fn, deployment, region);
}

/** Stores the records of releases, and removes holds and marks in every region, or sets them again for another matter. */
export function grantReleaseHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantPlaceHolds(fn, deployment, region);
  changeHoldsEverywhere(fn, deployment, region, 'OFF');
  grantUnmarkHeldKeys(fn, deployment);
}

function grantSetHolds(fn: Grantee, deployment: Deployment, region: RegionName): void {
  changeHoldsEverywhere(fn, deployment, region, 'ON');
  grantMarkHeldKeys(fn, deployment);
}

/** For a session: sets the holds of the tenant's own objects. */
export function grantHoldTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantChangeHolds(to, deployment, { region, prefixes: [`${TENANTS_PREFIX}*`], to: 'ON' });
}

/** For a session: removes them. */
export function grantFreeTenant(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantChangeHolds(to, deployment, { region, prefixes: [`${TENANTS_PREFIX}*`], to: 'OFF' });
}

/** Stores approved changes of retention. */
export function grantApprovePolicies(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantStoreDocuments(fn, deployment, region, POLICY_APPROVALS);
}

/** Starts carrying out requests, for the entries that know who asks and who approves, and sees whether that is under way. */
export function grantCarryOut(fn: Grantee, deployment: Deployment, region: RegionName): void {
  if (region !== 'primary') return;
  allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'carry-out-request')]);
  allow(fn, ['states:DescribeExecution'], [executionsArn(deployment, 'carry-out-request', region)]);
}

/** For people: reads requests with their plans and decisions, sealed under the auditors' key. */
export function grantReadRequests(to: Grantee, deployment: Deployment, region: RegionName): void {
  grantReadObjects(to, deployment, region, REQUESTS);
  grantOpenForAuditors(to, deployment, region);
}

/** Cancels a destruction by its signed outcome, and has the key brought back. Brings back none itself. */
export function grantCancelDestructions(fn: Grantee, deployment: Deployment, region: RegionName): void {
  grantStoreDocuments(fn, deployment, region, [`${governanceKindPrefix('destructions')}*/outcome`]);
  if (region === 'primary') allow(fn, ['states:StartExecution'], [workflowArn(deployment, 'finish-destructions')]);
}

/** In the other regions with the function's own role: there it has no key that opens what it holds. */
function changeHoldsEverywhere(fn: Grantee, deployment: Deployment, region: RegionName, to: 'ON' | 'OFF'): void {
  grantChangeHolds(fn, deployment, { region, prefixes: OF_AUDITORS, to });
  for (const other of replicaRegionsOf(deployment)) {
    grantReadObjects(fn, deployment, other, EVERYTHING_OF_TENANTS);
    grantChangeHolds(fn, deployment, { region: other, prefixes: EVERYTHING_OF_TENANTS, to });
  }
}
