/**
 * Everything that a person can be allowed or denied: the actions of the Cedar schema (policies/schema.cedarschema).
 * Invariant: the schema has exactly these; a test compares them.
 */
import type { GovernedAction } from './governed-action.ts';

export const PERMISSIONS = [
  'seeStatus',
  'seeTimeline',
  'seeTransactions',
  'seeRequests',
  'previewRestore',
  'readRows',
  'readRecords',
  'readHolds',
  'readAudit',
  'exportEvidence',
  'snapshot',
  'protect',
  'drill',
  'postStatus',
  'restore',
  'export',
  'hold',
  'requestRelease',
  'release',
  'destroy',
  'changePolicy',
  'failOver',
  'approveRestore',
  'approveExport',
  'approveHold',
  'approveRelease',
  'approveDestroy',
  'approveChangePolicy',
  'approveFailOver',
  'reviewBrokenGlass',
  'breakGlass',
  'erase',
  'administer',
] as const;
export type Permission = (typeof PERMISSIONS)[number];

interface Permissions {
  readonly request: Permission;
  readonly decide: Permission;
  readonly execute: Permission;
}

/** A release is the one action that its requester may not also execute: who holds does not release alone. */
const OF_ACTIONS: Readonly<Record<GovernedAction, Permissions>> = {
  restore: { request: 'restore', decide: 'approveRestore', execute: 'restore' },
  export: { request: 'export', decide: 'approveExport', execute: 'export' },
  hold: { request: 'hold', decide: 'approveHold', execute: 'hold' },
  release: { request: 'requestRelease', decide: 'approveRelease', execute: 'release' },
  destroy: { request: 'destroy', decide: 'approveDestroy', execute: 'destroy' },
  'change-policy': { request: 'changePolicy', decide: 'approveChangePolicy', execute: 'changePolicy' },
  'fail-over': { request: 'failOver', decide: 'approveFailOver', execute: 'failOver' },
};

/** What requesting, deciding and executing the action need. */
export function permissionsOf(action: GovernedAction): Permissions {
  return OF_ACTIONS[action];
}
