/**
 * Queries the catalog for every tenant, many at a time, since the time is spent waiting for the network. Invariant: a process
 * that also answers requests goes on answering them: a catalog on this machine answers without ever waiting, so that nothing
 * else would have its turn until the last tenant.
 */
import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Deps } from '../../ports.ts';
import { type TenantItem, tenants } from './catalog-index.ts';

const AT_ONCE = 32;

/** The answers in the catalog's order. `message`: progress text for people. */
export async function eachTenant<T>(
  deps: Pick<Deps, 'catalog' | 'progress'>,
  message: string,
  ask: (tenant: TenantItem) => Promise<T>,
): Promise<T[]> {
  const listed = await tenants.list(deps.catalog);
  const answers: T[] = [];
  for (let next = 0; next < listed.length; next += AT_ONCE) {
    answers.push(...(await Promise.all(listed.slice(next, next + AT_ONCE).map(ask))));
    const done = { done: answers.length, total: listed.length, unit: 'tenants' };
    deps.progress?.({ step: 'catalog.tenants', message, ...done });
    await othersFirst();
  }
  return answers;
}
