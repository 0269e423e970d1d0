/**
 * A keyring that destroys keys, or brings them back, with sessions of the one role that may: for the functions that carry a
 * destruction out. It seals and opens with the keyring that it is made from.
 *
 * Invariant: a session reaches the key of one tenant; without one, nothing is destroyed.
 */
import { STSClient } from '@aws-sdk/client-sts';
import { clientOptions } from '../aws/clients.ts';
import { destroyingSession } from '../aws/tenant-session.ts';
import { InputError } from '../domain/errors.ts';
import type { FunctionConfig } from '../domain/function-config.ts';
import type { TenantRef } from '../domain/tenant.ts';
import { systemClock } from '../local/system-clock.ts';
import type { Keyring } from '../ports.ts';
import { openKeyring } from './open-keyring.ts';
import type { VaultTarget } from './vault-target.ts';

/** `vault`: with whose credentials the role is assumed. InputError `no-session-role` at the first use without one. */
export function destroyingKeyrings(config: FunctionConfig, vault: VaultTarget): (own: Keyring) => Keyring {
  const { region, keys, keysTable } = config;
  const role = keys.mode === 'dedicated' ? keys.roles.destroyKeys : keys.destroyKeys;

  function openFor(tenant: TenantRef): Keyring {
    if (role === undefined) throw withoutRole();
    const sts = new STSClient(clientOptions(vault));
    const credentials = destroyingSession({ sts, clock: systemClock, scope: { role, region, keysTable } }, tenant);
    return openKeyring(config, { credentials });
  }

  return own => {
    // Of the tenants of one call: a container keeps none for the next.
    const known = new Map<TenantRef, Keyring>();
    const of = (tenant: TenantRef) => {
      const opened = known.get(tenant) ?? openFor(tenant);
      known.set(tenant, opened);
      return opened;
    };
    return {
      ...own,
      destroyKey: async (tenant, lastLook) => of(tenant).destroyKey(tenant, lastLook),
      scheduleDestruction: async (tenant, days) => of(tenant).scheduleDestruction(tenant, days),
      cancelDestruction: async tenant => of(tenant).cancelDestruction(tenant),
      destructionState: async tenant => of(tenant).destructionState(tenant),
    };
  };
}

function withoutRole(): InputError {
  return new InputError('no-session-role', 'No role that destroys keys is configured.', {
    hint: 'Nothing was destroyed. Deploy the stacks of this version: they create the role and configure it.',
  });
}
