/**
 * Orders an approved destruction and begins its countdown. It may have the tenant's key scheduled for deletion, and can
 * neither approve anything, release a hold nor delete an object.
 */
import type { ActionKind } from '../lib/operations/governance/action-kind.ts';
import { destroyKind } from '../lib/operations/governance/destruction/destroy-tenant-kind.ts';
import { carryOutHandler } from '../lib/runtime/carry-out.ts';

export const handler = carryOutHandler(destroyKind() as ActionKind, (deps, aws) => ({
  ...deps,
  keyring: aws.destroying(deps.keyring),
}));
