/** The signed note that a tenant left the database: what lets its share of the log go. */
import * as z from 'zod';
import { LsnText } from './lsn.ts';
import { TenantRef } from './tenant.ts';

export const Departure = z.object({
  format: z.literal('holdfast.departure/1'),
  tenant: TenantRef,
  /** Our clock, ISO 8601 UTC. */
  at: z.string(),
  /** No table with the tenant's column had a row of it in a snapshot that was taken before this position. */
  lsn: LsnText,
});
export type Departure = z.infer<typeof Departure>;
