/**
 * Wires the request path of one machine: roles, approvals and policies of holdfast.yaml, and the audit trail. Invariant: the
 * principal is the user that the operating system reports, never one that a caller names.
 */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { approvalRuleFor, approvalRulesOf } from '../domain/approval-rule.ts';
import { InputError } from '../domain/errors.ts';
import { principalOfUser } from '../domain/people.ts';
import type { Principal } from '../domain/principal.ts';
import { tenantId, tenantRef } from '../domain/tenant.ts';
import type { RecordDeps } from '../operations/governance/audit.ts';
import { appendEvent } from '../operations/governance/audit-trail.ts';
import { authorizer } from '../operations/governance/authorize.ts';
import type { GovernanceDeps } from '../operations/governance/request-action.ts';
import { isUnderHold } from '../operations/storage/standing-holds.ts';
import type { PolicyFile } from '../policy/policy-set.ts';
import type { Deps } from '../ports.ts';
import { type Config, operatingSystemUser } from './config.ts';

/** The user of this machine, as the configuration knows them. */
export function principalOfMachine(config: Config): Principal {
  return principalOfUser(operatingSystemUser(), config.people, config.installation);
}

/** Decides and records. The configured policy files are read. InputError `no-policy-file`, `bad-policy`. */
export async function openRecordDeps(config: Config, deps: Deps): Promise<RecordDeps> {
  const auditDeps = { ...deps, settings: config.settings };
  return {
    authorize: authorizer(await policyFiles(config)),
    record: (tenant, draft) => appendEvent(auditDeps, tenant, draft),
    isHeld: tenant => isUnderHold(deps, tenant),
  };
}

/** The approvals that the configuration asks for. */
export function policyOfConfig(config: Pick<Config, 'approvals' | 'installation'>): GovernanceDeps['policyFor'] {
  const rules = approvalRulesOf(config.approvals ?? [], id => tenantRef(config.installation, tenantId(id)));
  return (action, tenant) => approvalRuleFor(rules, action, tenant);
}

/** Paths are relative to the configuration file. InputError `no-policy-file`. */
export async function policyFiles(config: Pick<Config, 'policies' | 'file'>): Promise<PolicyFile[]> {
  const read = async (path: string) => {
    const file = resolve(dirname(config.file), path);
    const text = await readFile(file, 'utf8').catch(cause => {
      throw new InputError('no-policy-file', `The policy file ${file} cannot be read (${cause.code}).`, {
        hint: 'Correct `policies` in the configuration.',
        cause,
      });
    });
    return { name: path, text };
  };
  return Promise.all((config.policies ?? []).map(read));
}
