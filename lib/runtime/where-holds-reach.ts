/** Where a legal hold reaches beyond the vault of the region: the vaults of the others, and the tenants' keys. */
import type { AwsPorts } from './aws.ts';

export function whereHoldsReach({ otherVaults, heldKeys }: Pick<AwsPorts, 'otherVaults' | 'heldKeys'>) {
  return {
    otherRegions: [...otherVaults].map(([region, vault]) => ({ region, vault })),
    ...(heldKeys && { heldKeys }),
  };
}
