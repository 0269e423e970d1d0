/**
 * What is measured of the functions: the operations as their state machines make them, call by call, with what each call
 * took. Tenants: the one with 40 % of the rows, and the one with one percent.
 */
import { randomUUID } from 'node:crypto';
import { tenantId, tenantRef } from '../lib/domain/tenant.ts';
import { BIG_TENANT, SMALL_TENANT } from './database.ts';
import type { Cloud, MeasuredCall } from './function-cloud.ts';
import { psql } from './server.ts';
import { accident, dayOfWork, traffic } from './traffic.ts';

export interface Operation {
  readonly name: string;
  /** State transitions of its state machine for one tenant (infra/workflows), its start and end included. */
  readonly transitions: number;
  readonly calls: readonly MeasuredCall[];
}

const CHANGES_A_MINUTE = 2000;
/** Choices, maps and ends that call no function: of back-up-fleet for a tenant, and of restore-tenant. */
const STATES_OF_A_SNAPSHOT = 3;
const STATES_OF_A_RESTORE = 7;

/** The first ship, and the first snapshots of all tenants: what a deployment does once. */
export async function firstRun(cloud: Cloud, url: string): Promise<void> {
  const call: CallFunction = async (name, event) => (await cloud.call(name, event)).result;
  await call('ship-log', {});
  await call('plan-fleet', { input: {} });
  const tenants = (await psql(url, 'SELECT id FROM tenants ORDER BY id;')).split('\n');
  // Until a tenant has its first snapshot, every minute looks for it.
  for (const tenant of tenants) await backUp(call, tenantRef('bench', tenantId(tenant)), 'auto');
}

/** Every operation once, in an order in which each finds what it needs. */
export async function operationsOnce(cloud: Cloud, url: string): Promise<Operation[]> {
  const called: MeasuredCall[] = [];
  const calling =
    (fresh: boolean): CallFunction =>
    async (name, event) => {
      const measured = await cloud.call(name, event, fresh);
      called.push(measured);
      return measured.result;
    };
  const call = calling(false);
  const operation = async (name: string, states: number, work: () => Promise<unknown>): Promise<Operation> => {
    called.length = 0;
    await work();
    return { name, transitions: states === 0 ? 0 : states + called.length, calls: [...called] };
  };
  const ship = () => call('ship-log', {});
  const done: Operation[] = [];
  done.push(await operation('a minute without changes', 0, ship));
  await traffic(url, CHANGES_A_MINUTE);
  done.push(await operation(`a minute with ${CHANGES_A_MINUTE.toLocaleString('en-US')} changes`, 0, ship));
  for (const [size, tenant] of [
    ['small', SMALL_TENANT],
    ['large', BIG_TENANT],
  ] as const) {
    const reference = tenantRef('bench', tenantId(tenant));
    const snapshot = (read: 'auto' | 'full') => () => backUp(call, reference, read);
    done.push(await operation(`a ${size} tenant's full read`, STATES_OF_A_SNAPSHOT, snapshot('full')));
    await dayOfWork(url, tenant);
    await ship();
    done.push(await operation(`a ${size} tenant's hour`, 0, () => call('fold-tenant', { tenant: reference })));
    done.push(await operation(`a ${size} tenant's day`, STATES_OF_A_SNAPSHOT, snapshot('auto')));
    done.push(await operation(`a ${size} tenant's verification`, STATES_OF_A_SNAPSHOT, () => verify(call, reference)));
  }
  const target = await psql(url, MOMENT);
  await accident(url);
  await ship();
  // Restores are rare: each of their functions starts first.
  const restore = () => restoreTo(calling(true), SMALL_TENANT, target);
  done.push(await operation("a small tenant's restore", STATES_OF_A_RESTORE, restore));
  done.push(await operation("a run of the fleet's plans", 0, () => fleetSteps(call)));
  return done;
}

const MOMENT = `SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');`;

// biome-ignore lint/suspicious/noExplicitAny: results are whatever the function says
type CallFunction = (name: string, event: unknown) => Promise<any>;

async function backUp(call: CallFunction, tenant: string, read: 'auto' | 'full'): Promise<void> {
  const planned = await call('plan-snapshot', { tenant, request: { reason: 'manual', read } });
  for (let part of planned.parts)
    do part = await call('read-part', part);
    while (part.done === false);
  await call('commit-snapshot', { tenant: planned.tenant, backup: planned.backup });
}

async function verify(call: CallFunction, tenant: string): Promise<void> {
  let step = await call('verify-backup', { tenant });
  while (step.done === false) {
    if (step.waiting) await call('ship-log', {});
    step = await call('verify-backup', { tenant, run: step.run });
  }
}

/** From the request until it is applied and proved. Without approval: a person's time costs nothing here. */
async function restoreTo(call: CallFunction, tenant: string, target: string): Promise<void> {
  const input = { tenant, target };
  const userArn = 'arn:aws:iam::000000000000:user/alice';
  const body = JSON.stringify({ id: randomUUID(), input });
  const answer = await call('request-restore', { requestContext: { authorizer: { iam: { userArn } } }, body });
  const { execution, requestedBy } = JSON.parse(answer.body);
  const startedAt = new Date().toISOString();
  const { request } = await call('check-restore', { input: { ...input, requestedBy }, execution, startedAt });
  let staging = await call('plan-restore', { request });
  while (!staging.done) staging = await call('stage-restore', { staging });
  const preview = await call('preview-restore', { request, staging });
  for (let applied = { done: false }; !applied.done; ) applied = await call('apply-restore', { preview });
}

/** The functions of a fleet run beside those of tenants, and an expiry. */
async function fleetSteps(call: CallFunction): Promise<void> {
  const { shards, request } = await call('plan-fleet', { input: { changed: true } });
  for (const shard of shards.slice(0, 1)) await call('list-shard', { shard, request });
  const [tenant, large] = [SMALL_TENANT, BIG_TENANT].map(id => tenantRef('bench', tenantId(id)));
  await call('summarize-shard', { results: [{ tenant }] });
  await call('finish-fleet', { workflow: 'fold-incrementals', request });
  await call('plan-expiry', { input: {} });
  for (const each of [tenant, large]) await call('expire-tenant', { tenant: each, request: { planOnly: false } });
  await call('expire-log', { request: { planOnly: false } });
}
