/**
 * Daily, and for one tenant at once: looks after the keys of destructions. It destroys what is due, proves and certifies it,
 * and brings the key of a tenant back on which a hold stands or whose destruction was cancelled. It can delete no object.
 */
import * as z from 'zod';
import { HoldfastError } from '../lib/domain/errors.ts';
import { TenantRef } from '../lib/domain/tenant.ts';
import { finishDestructions } from '../lib/operations/governance/destruction/finish-destructions.ts';
import { superviseKey } from '../lib/operations/governance/destruction/supervise-destructions.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { reportSupervised, supervisionCall, supervisionDeps } from '../lib/runtime/supervise.ts';

const Event = z.object({ tenant: TenantRef.exactOptional(), after: z.string().exactOptional() });

export const handler = storageHandler(Event, async ({ tenant, after }, tools) => {
  if (tenant === undefined)
    return reportSupervised(await finishDestructions(supervisionCall(tools, 'keys', after)), tools);
  // Somebody waits for this one: what fails is an error here, not a number.
  await superviseKey(await supervisionDeps(tools.aws, tenant, 'keys'), tenant).catch(error => {
    // A destruction that is final rests while a hold stands.
    if (!(error instanceof HoldfastError && error.code === 'under-hold')) throw error;
  });
  return { done: true, tenant };
});
