/**
 * Decides whether this user may run a command on the installation of this machine, before it does anything. On AWS, IAM
 * decides. Invariants: a denial is in the audit trail; whoever is a tenant administrator only reaches nothing that the
 * command does not name a tenant for.
 */
import type { Command } from 'commander';
import { SYSTEM, type TenantRef } from '../../lib/domain/tenant.ts';
import { draftOf, recordingDenials, requirePermitted } from '../../lib/operations/governance/audit.ts';
import { COMMAND_ACTIONS } from './command-actions.ts';
import { askedTenant } from './named-tenant.ts';
import type { Session } from './session.ts';

/** InputError `not-permitted`. */
export async function permitCommand(session: Session, command: Command, words: readonly unknown[]): Promise<void> {
  const name = nameOf(command);
  const action = COMMAND_ACTIONS[name];
  if (action === 'none' || session.deployed) return;
  const { people, policies } = await session.config();
  // Whoever is alone may do everything (command-actions.test.ts proves it of the policies): nothing is loaded for it.
  const isAlone = people === undefined && policies === undefined;
  if (isAlone && action && !action.isRecorded) return;
  const { permission, isRecorded } = action ?? { permission: 'administer' };
  const governance = await session.recording();
  const principal = await session.principal();
  for (const tenant of await tenantsOf(session, command, words)) {
    const attempt = { principal, permission, tenant };
    const allowed = await recordingDenials(governance, attempt, () => requirePermitted(governance, attempt));
    if (isRecorded)
      await governance.record(tenant, draftOf(attempt, 'allowed', { policies: allowed, details: { command: name } }));
  }
}

function nameOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${nameOf(parent)} ${command.name()}` : command.name();
}

/** The tenants that the command names; otherwise the installation. */
async function tenantsOf(session: Session, command: Command, words: readonly unknown[]): Promise<TenantRef[]> {
  const place = command.registeredArguments.findIndex(argument => argument.name() === 'tenant');
  const named = [place < 0 ? undefined : words[place]].flat().filter(typed => typeof typed === 'string');
  if (named.length === 0) return [SYSTEM];
  return Promise.all(named.map(async typed => (await askedTenant(session, typed)).ref));
}
