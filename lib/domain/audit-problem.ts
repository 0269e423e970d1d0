/** What can be wrong with an audit trail, with the exact place. */
import * as z from 'zod';
import { TenantRef } from './tenant.ts';

export const AuditProblem = z.object({
  /**
   * `missing`: a place of a chain is empty. `altered`: its object is not what this installation wrote at that place (changed,
   * or copied from another place, tenant or installation). `unlinked`: it does not follow the object before it. `anchor`: it
   * is not the event that an anchor names. `foreign`: an object that is no event.
   */
  what: z.enum(['missing', 'altered', 'unlinked', 'anchor', 'foreign']),
  /** Key in the vault. */
  key: z.string(),
  tenant: TenantRef.exactOptional(),
  /** Place in the chain. */
  sequence: z.number().exactOptional(),
  message: z.string(),
});
export type AuditProblem = z.infer<typeof AuditProblem>;
