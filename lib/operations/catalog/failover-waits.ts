/**
 * What a step of a fail-over knew when it began to wait, and which tenants were compared: between the calls of a state
 * machine. Nothing is lost with it: the step begins again.
 */
import * as z from 'zod';
import { type FailoverStep, ValidatedTenant } from '../../domain/failover.ts';
import { StoppedAt } from '../../domain/stopped-at.ts';
import type { Catalog, CatalogWrite } from '../../ports.ts';
import { one } from './typed-items.ts';

const FailoverWait = z.object({ since: z.string(), stopped: StoppedAt.nullable() });
export type FailoverWait = z.infer<typeof FailoverWait>;

const waitsOf = (id: string) => `failover#${id}#waits`;
const comparedOf = (id: string) => `failover#${id}#compared`;

export const failoverWaits = {
  get: (catalog: Catalog, id: string, step: FailoverStep): Promise<FailoverWait | undefined> =>
    one(catalog, waitsOf(id), step, FailoverWait),
  put: (id: string, step: FailoverStep, wait: FailoverWait): CatalogWrite => ({
    put: { partition: waitsOf(id), sort: step, value: wait },
  }),
  remove: (id: string, step: FailoverStep): CatalogWrite => ({ remove: { partition: waitsOf(id), sort: step } }),
};

export const comparedTenants = {
  get: (catalog: Catalog, id: string, tenant: string): Promise<ValidatedTenant | undefined> =>
    one(catalog, comparedOf(id), tenant, ValidatedTenant),
  put: (id: string, compared: ValidatedTenant): CatalogWrite => ({
    put: { partition: comparedOf(id), sort: compared.tenant, value: compared },
  }),
};
