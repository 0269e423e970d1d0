/** Every command needs a permission that the policies know, and whoever is alone on a machine has them all. */
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../bin/program.ts';
import { COMMAND_ACTIONS } from '../../../bin/terminal/command-actions.ts';
import { principalOfUser } from '../../../lib/domain/people.ts';
import { PERMISSIONS } from '../../../lib/domain/permission.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { authorizer } from '../../../lib/operations/governance/authorize.ts';

function namesOf(command: Command, before: readonly string[] = []): string[] {
  return command.commands.flatMap(each => {
    const name = [...before, each.name()];
    return [name.join(' '), ...namesOf(each, name)];
  });
}

describe('the commands', () => {
  const names = namesOf(buildProgram()).filter(name => name !== 'help');

  it('each say what permission they need', () => {
    expect(names.filter(name => !(name in COMMAND_ACTIONS))).toEqual([]);
  });

  it('exist, where a permission is named', () => {
    expect(Object.keys(COMMAND_ACTIONS).filter(name => !names.includes(name))).toEqual([]);
  });

  it('are all permitted to whoever uses a machine alone, with what is requested there', async () => {
    const alone = principalOfUser('ann', undefined, 'test');
    const authorize = authorizer();
    const asked = PERMISSIONS.filter(name => !name.startsWith('approve'));
    for (const permission of asked)
      for (const tenant of [undefined, tenantRef('test', tenantId('acme'))])
        expect(await authorize(alone, permission, tenant), permission).toMatchObject({ allowed: true });
  });
});

describe('a user of a machine', () => {
  it('has the roles of the list and no others, and none if the list does not name them', () => {
    const people = [
      { user: 'ann', roles: ['operator' as const], tenants: [] },
      { user: 'ann', roles: ['tenant-administrator' as const], tenants: ['acme'] },
    ];
    expect(principalOfUser('ann', people, 'test')).toMatchObject({
      ...{ roles: ['operator', 'tenant-administrator'], tenants: [tenantRef('test', tenantId('acme'))] },
    });
    expect(principalOfUser('Ann', people, 'test')).toMatchObject({ roles: [], tenants: [] });
    expect(principalOfUser('root', [], 'test').roles).toEqual([]);
  });
});
