/**
 * One executor at a time: a lease in the catalog, taken under a revision condition and renewed while the work goes on. It
 * only keeps two executors apart and protects nothing else: an edited catalog can delay an execution, not cause one.
 */
import { ConflictError, HoldfastError } from '../../domain/errors.ts';
import { type GovernedRequest, RequestLease } from '../../domain/governed-request.ts';
import { randomText } from '../../domain/new-id.ts';
import type { Deps } from '../../ports.ts';

/** After a crash the next executor waits this long. */
const LEASE_MS = 5 * 60 * 1000;

type LeaseDeps = Pick<Deps, 'catalog' | 'clock' | 'random'>;

/** Does the work under the lease. ConflictError `request-running`. */
export async function withLease<T>(
  deps: LeaseDeps,
  request: Pick<GovernedRequest, 'tenant' | 'id'>,
  work: () => Promise<T>,
): Promise<T> {
  const by = randomText(deps.random);
  if (!(await take(deps, request, by))) throw running();
  const renewal = setInterval(() => void take(deps, request, by).catch(() => false), LEASE_MS / 3);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    // Whoever comes next waits for its end otherwise.
    await write(deps, request, by, null).catch(() => false);
  }
}

function take(deps: LeaseDeps, request: Pick<GovernedRequest, 'tenant' | 'id'>, by: string): Promise<boolean> {
  const until = new Date(deps.clock.now().getTime() + LEASE_MS).toISOString();
  return write(deps, request, by, { by, until });
}

/** False while another executor has it, or was faster. */
async function write(
  { catalog, clock }: LeaseDeps,
  { tenant, id }: Pick<GovernedRequest, 'tenant' | 'id'>,
  by: string,
  lease: RequestLease['lease'],
): Promise<boolean> {
  const place = { partition: `tenant#${tenant}#request-leases`, sort: id };
  const item = await catalog.get(place.partition, place.sort);
  const before = RequestLease.safeParse(item?.value).data?.lease;
  if (before && before.by !== by && new Date(before.until) > clock.now()) return false;
  const value: RequestLease = { format: 'holdfast.request-lease/1', lease };
  try {
    await catalog.write([{ put: { ...place, value }, onlyIf: item ? { revision: item.revision } : 'absent' }]);
    return true;
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'lost-race') return false;
    throw error;
  }
}

function running(): ConflictError {
  return new ConflictError('request-running', 'The request is being executed by someone else.', {
    hint: `Wait for it. If that executor was killed, its lease expires within ${LEASE_MS / 60_000} minutes.`,
  });
}
