/** `policy`: what the policies decide, for one question or for a table of them. Reads files only; nothing is recorded. */
import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type DecisionRow, DecisionTable } from '../../lib/domain/decision-table.ts';
import { InputError } from '../../lib/domain/errors.ts';
import { principalOfUser } from '../../lib/domain/people.ts';
import { PERMISSIONS, type Permission } from '../../lib/domain/permission.ts';
import { type Principal, ROLES, type Role } from '../../lib/domain/principal.ts';
import { parseTenantRef, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type Authorize, authorizer } from '../../lib/operations/governance/authorize.ts';
import { validatePolicies } from '../../lib/policy/policy-set.ts';
import type { Config } from '../../lib/runtime/config.ts';
import { printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description('show and test what the policies decide');
  policy
    .command('explain')
    .description('decide one question, and name the policies that decided')
    .argument('<who>', 'a user of `people`, or a role')
    .argument('<action>', 'for example restore, readRows, approveDestroy')
    .argument('[tenant]', 'tenant id; omit it for what concerns the installation')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast policy explain alice restore acme\n  $ holdfast policy explain operator readRows acme --json',
    )
    .action(inSession(explain));
  policy
    .command('test')
    .description('check a table of decisions: docs/roles.md')
    .argument('[file]', 'YAML file; without one, only the policy files are checked')
    .addHelpText('after', '\nExamples:\n  $ holdfast policy test policies/decisions.yaml')
    .action(inSession(test));
}

interface Decided {
  readonly who: string;
  readonly action: Permission;
  readonly tenant: string | null;
  readonly allowed: boolean;
  /** Ids of the policies that decided; none: no policy permits it. */
  readonly policies: readonly string[];
}

async function explain(session: Session, who: string, action: string, tenant: string | undefined): Promise<void> {
  const config = await session.config();
  const authorize = await authorizeOf(config);
  const ref = refOfTyped(config, tenant);
  const principal = principalNamed(config, who, ref);
  const permission = permissionNamed(action);
  const decided: Decided = {
    ...{ who, action: permission, tenant: tenant ?? null },
    ...(await authorize(principal, permission, ref)),
  };
  session.emit({ ...decided, roles: principal.roles }, () => renderDecided(decided, principal.roles, session));
}

function renderDecided(decided: Decided, roles: readonly Role[], { style }: Session): string {
  const { who, action, tenant, allowed, policies } = decided;
  const verdict = allowed ? style.good('✓ allowed') : style.bad('✗ denied');
  const on = tenant === null ? 'the installation' : `tenant ${printable(tenant, 60)}`;
  const by = policies.length > 0 ? policies.join(', ') : 'no policy permits it';
  const as = roles.length > 0 ? roles.join(', ') : 'none';
  return `${verdict}  ${printable(who, 60)}: ${action} on ${on}\n  roles: ${as}\n  decided by: ${by}\n`;
}

async function test(session: Session, file: string | undefined): Promise<void> {
  const config = await session.config();
  if (file === undefined) {
    const { policyFiles } = await import('../../lib/runtime/governance.ts');
    await validatePolicies(await policyFiles(config));
    return session.emit({ decisions: 0, wrong: [] }, () => renderWrong(0, [], session));
  }
  const { parseYaml } = await import('../../lib/runtime/yaml-document.ts');
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new InputError('no-policy-file', `The table ${file} cannot be read (${cause.code}).`, {
      hint: 'Check the path.',
      cause,
    });
  });
  const hint = 'Correct the lines above; docs/roles.md shows a table.';
  const table = parseYaml(DecisionTable, text, file, { code: 'bad-policy', name: 'decision table', hint });
  const authorize = await authorizeOf(config);
  const answers = (await Promise.all(table.decisions.map(row => answersOf(config, authorize, row)))).flat();
  const wrong = answers.filter(({ allowed, expected }) => allowed !== expected);
  session.emit({ decisions: answers.length, wrong }, () => renderWrong(answers.length, wrong, session));
  if (wrong.length > 0) session.exitWith(WRONG_EXIT_CODE);
}

/** Like any input that is not as it should be. */
const WRONG_EXIT_CODE = 2;

interface Answer extends Decided {
  readonly expected: boolean;
}

async function answersOf(config: Config, authorize: Authorize, row: DecisionRow): Promise<Answer[]> {
  const ref = refOfTyped(config, row.tenant);
  const principal = principalOfRow(config, row);
  const circumstances = Object.fromEntries(row.when.map(name => [name, true]));
  const actions = typeof row.action === 'string' ? [row.action] : row.action;
  const who = typeof row.who === 'string' ? row.who : row.who.roles.join('+') || 'nobody';
  return Promise.all(
    actions.map(async action => ({
      ...{ who, action, tenant: row.tenant ?? null, expected: row.allowed },
      ...(await authorize(principal, action, ref, circumstances)),
    })),
  );
}

function renderWrong(all: number, wrong: readonly Answer[], { style }: Session): string {
  if (wrong.length === 0)
    return `${style.good('✓')} ${all === 0 ? 'The policies are valid' : `${all} decisions as expected`}\n`;
  const lines = wrong.map(({ who, action, tenant, allowed, policies }) => {
    const on = tenant === null ? '' : ` on ${printable(tenant, 60)}`;
    const by = policies.length > 0 ? ` (${policies.join(', ')})` : '';
    return `${style.bad('✗')} ${printable(who, 60)}: ${action}${on} is ${allowed ? 'allowed' : 'denied'}${by}\n`;
  });
  return `${lines.join('')}${wrong.length} of ${all} decisions are not as expected.\n`;
}

async function authorizeOf(config: Config): Promise<Authorize> {
  const { policyFiles } = await import('../../lib/runtime/governance.ts');
  return authorizer(await policyFiles(config));
}

/** A reference, or an id. */
function refOfTyped({ installation }: Config, typed: string | undefined): TenantRef | undefined {
  return typed === undefined ? undefined : (parseTenantRef(typed) ?? tenantRef(installation, tenantId(typed)));
}

/** A role stands for somebody who has it alone: a tenant administrator administers the tenant of the question. */
function principalNamed(config: Config, who: string, tenant: TenantRef | undefined): Principal {
  const role = ROLES.find(each => each === who);
  if (role === undefined) return principalOfUser(who, config.people, config.installation);
  const tenants = role === 'tenant-administrator' && tenant ? [tenant] : [];
  return { name: who, proof: 'operating-system', roles: [role], tenants };
}

function principalOfRow({ people, installation }: Config, { who }: DecisionRow): Principal {
  if (typeof who === 'string') return principalOfUser(who, people, installation);
  const tenants = who.tenants.map(id => tenantRef(installation, tenantId(id)));
  return { name: 'somebody', proof: 'operating-system', roles: who.roles, tenants };
}

function permissionNamed(text: string): Permission {
  const found = PERMISSIONS.find(each => each === text);
  if (found) return found;
  throw new InputError('usage', `There is no action ${printable(text, 60)}.`, {
    hint: `One of: ${PERMISSIONS.join(', ')}.`,
  });
}
