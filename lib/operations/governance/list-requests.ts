/**
 * Requests with their states, from the names of their documents and, of those that are shown, the documents themselves.
 * Invariant: only the vault is read, so no request is hidden by an edited catalog. Memory: the ids of all requests.
 */
import { MAX_EXPIRY_HOURS } from '../../domain/approval-rule.ts';
import { governanceKindPrefix, governancePrefix } from '../../domain/governance-key.ts';
import { isRequestId, type RequestState } from '../../domain/governed-request.ts';
import { isHiddenFrom } from '../../domain/hold.ts';
import { timeOfId } from '../../domain/new-id.ts';
import type { Principal } from '../../domain/principal.ts';
import { TenantRef } from '../../domain/tenant.ts';
import { inParallel } from '../in-parallel.ts';
import { planIn, type ReadDeps, type RequestView, readRequest } from './read-request.ts';

export interface RequestsAsked {
  /** Absent: of all tenants. */
  readonly tenant?: TenantRef;
  /** How many of those that have ended are shown, newest first. */
  readonly ended: number;
  /** A page of those that have ended: only those with an id before this one, and none that is open. */
  readonly before?: string;
  /** Absent: an auditor. Requests about hidden holds are left out for who must not see them. */
  readonly seenBy?: Principal;
}

const AT_ONCE = 8;

/** Those that are open, oldest first, then those that have ended. IntegrityError `object-altered`. */
export async function listRequests(
  deps: ReadDeps,
  { tenant, ended, before, seenBy }: RequestsAsked,
): Promise<RequestView[]> {
  const found = await findIds(deps, tenant);
  const sorted = [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const recent = deps.clock.now().getTime() - LONGEST_MS;
  const isOver = ({ id, parts }: FoundRequest) => parts.has('result') || (!parts.has('end') && timeOfId(id) < recent);
  const isShown = ({ id }: { readonly id: string }) => before === undefined || id < before;
  const over = sorted.filter(each => isOver(each) && isShown(each));
  const visible = async (some: readonly FoundRequest[]) => {
    const read = await inParallel(AT_ONCE, some, each => readRequest(deps, each.tenant, each.id));
    return read.filter(({ request }) => !seenBy || !isHiddenFrom(seenBy, planIn(request)));
  };
  const views = await visible(sorted.filter(each => !isOver(each)));
  // What is left out leaves no place empty, which would tell that something is there.
  for (let [end, shown] = [over.length, 0]; end > 0 && shown < ended; end -= ended) {
    const found = await visible(over.slice(Math.max(0, end - ended), end));
    shown += found.length;
    views.push(...found);
  }
  const open = before === undefined ? views.filter(({ state }) => isOpen(state)) : [];
  const closed = views.filter(({ state, request }) => !isOpen(state) && isShown(request));
  closed.sort((a, b) => (a.request.id < b.request.id ? -1 : 1));
  return [...open, ...(ended > 0 ? closed.slice(-ended) : [])];
}

const OPEN: readonly RequestState[] = ['waiting', 'approved', 'executing'];

/** Somebody can still decide on it, execute it, or is executing it. */
export function isOpen(state: RequestState): boolean {
  return OPEN.includes(state);
}

/** No rule lets a request wait for longer. */
const LONGEST_MS = MAX_EXPIRY_HOURS * 3600 * 1000;

/** The tenant of a request. Undefined if there is none of this id. */
export async function tenantOfRequest(deps: Pick<ReadDeps, 'vault'>, id: string): Promise<TenantRef | undefined> {
  return [...(await findIds(deps, undefined)).values()].find(found => found.id === id)?.tenant;
}

interface FoundRequest {
  readonly tenant: TenantRef;
  readonly id: string;
  /** Names of its documents. */
  readonly parts: Set<string>;
}

async function findIds(
  deps: Pick<ReadDeps, 'vault'>,
  tenant: TenantRef | undefined,
): Promise<Map<string, FoundRequest>> {
  const prefix = tenant === undefined ? governanceKindPrefix('requests') : governancePrefix('requests', tenant);
  const base = governanceKindPrefix('requests').length;
  const found = new Map<string, FoundRequest>();
  for await (const key of deps.vault.keys(prefix)) {
    const [owner, id = '', part = ''] = key.slice(base).split('/');
    const ref = TenantRef.safeParse(owner);
    if (!ref.success || !isRequestId(id)) continue;
    const place = `${ref.data}/${id}`;
    const before = found.get(place) ?? { tenant: ref.data, id, parts: new Set() };
    found.set(place, { ...before, parts: before.parts.add(part) });
  }
  return new Map([...found].filter(([, { parts }]) => parts.has('request')));
}
