/**
 * Requests for one reader: with the name of the tenant and what the reader can do about each. Invariant: a list has only
 * requests of tenants whose requests the reader may see; what about a hidden hold is not there.
 */
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';
import type { GovernedRequest, RequestResult } from '../domain/governed-request.ts';
import { planIdOfKey } from '../domain/object-key.ts';
import { samePerson } from '../domain/person.ts';
import type { Principal } from '../domain/principal.ts';
import { parseTenantRef, SYSTEM, type TenantRef } from '../domain/tenant.ts';
import { tenants } from '../operations/catalog/catalog-index.ts';
import { recordingDenials, requirePermitted } from '../operations/governance/audit.ts';
import { isOpen, listRequests } from '../operations/governance/list-requests.ts';
import { possibleSteps } from '../operations/governance/possible-steps.ts';
import { planIn, type RequestView } from '../operations/governance/read-request.ts';
import type { ApiDeps } from './api-deps.ts';
import type { API_REQUEST_STATES, RequestOpened } from './documents/governed-documents.ts';
import { cursorOf, type PageAsked, sortOf } from './paging.ts';
import { requestDocument } from './request-document.ts';

type Opened = z.output<typeof RequestOpened>;

export async function openedRequest(deps: ApiDeps, principal: Principal, view: RequestView): Promise<Opened> {
  const { request, result } = view;
  const document = requestDocument(view);
  return {
    ...{ ...document, action: request.action, plan: [...document.plan], decisions: [...document.decisions] },
    ...{ name: await shownName(deps, request.tenant), from: request.rule.from },
    ...{ ...previewIn(request), restore: result ? restoreIn(result) : null, execution: null },
    isOwn: samePerson(principal.name, request.requestedBy.name),
    steps: await possibleSteps(deps.recording, view, principal),
  };
}

interface RequestsAsked extends PageAsked {
  readonly tenant?: string | undefined;
  readonly state?: (typeof API_REQUEST_STATES)[number] | undefined;
}

/** InputError `not-permitted`, `unknown-tenant`, `bad-cursor`. */
export async function pageOfRequests(
  deps: ApiDeps,
  principal: Principal,
  { tenant, state, cursor, limit }: RequestsAsked,
): Promise<{ requests: Opened[]; next: string | null }> {
  const places = await placesFor(deps, principal, tenant);
  const before = cursor === undefined ? undefined : sortOf(cursor);
  const ended = state !== undefined && state !== 'failed' && isOpen(state) ? 0 : limit;
  const asked = { ended, seenBy: principal, ...(before !== undefined && { before }) };
  const lists = await Promise.all(
    places.map(place => listRequests(deps.storage, { ...asked, ...(place !== undefined && { tenant: place }) })),
  );
  const all = lists.flat();
  const open = all.filter(each => isOpen(each.state));
  const closed = all
    .filter(each => !isOpen(each.state))
    .sort(newestFirst)
    .slice(0, limit);
  const next = ended > 0 && closed.length === limit ? cursorOf(closed.at(-1)!.request.id) : null;
  const found = [...open, ...closed].filter(each => state === undefined || each.state === state);
  return { requests: await Promise.all(found.map(view => openedRequest(deps, principal, view))), next };
}

function newestFirst(a: RequestView, b: RequestView): number {
  return a.request.id < b.request.id ? 1 : -1;
}

/** Where the reader may see requests: one tenant, own tenants, or everywhere (undefined). */
export async function placesFor(
  { recording }: ApiDeps,
  principal: Principal,
  asked: string | undefined,
): Promise<(TenantRef | undefined)[]> {
  const require = (tenant: TenantRef) => {
    const attempt = { principal, permission: 'seeRequests', tenant } as const;
    return recordingDenials(recording, attempt, () => requirePermitted(recording, attempt));
  };
  if (asked !== undefined) {
    const ref = asked === SYSTEM ? SYSTEM : parseTenantRef(asked);
    if (ref === undefined)
      throw new InputError('unknown-tenant', 'This is not the reference of a tenant.', {
        hint: 'Take it from the list of tenants.',
      });
    await require(ref);
    return [ref];
  }
  const everywhere = await recording.authorize(principal, 'seeRequests', undefined);
  if (everywhere.allowed || principal.tenants.length === 0) {
    await require(SYSTEM);
    return [undefined];
  }
  for (const own of principal.tenants) await require(own);
  return [...principal.tenants];
}

export async function shownName({ storage, labels }: ApiDeps, ref: TenantRef): Promise<string | null> {
  if (ref === SYSTEM) return null;
  const id = (await tenants.get(storage.catalog, ref))?.tenantId ?? null;
  return id === null ? null : ((await labels()).get(id) ?? id);
}

/** The preview that the plan of a restore names. */
function previewIn(request: GovernedRequest): Pick<Opened, 'preview' | 'previewHash'> {
  const plan = request.action === 'restore' ? PlannedPreview.safeParse(planIn(request).body).data : undefined;
  if (plan === undefined) return { preview: null, previewHash: null };
  return { preview: planIdOfKey(request.tenant, plan.planKey) ?? null, previewHash: plan.previewHash };
}

const PlannedPreview = z.object({ planKey: z.string(), previewHash: z.string() });

/** Id of the restore that a request became. */
export function restoreIn({ action, proof }: RequestResult): string | null {
  const restore = (proof as { restore?: unknown } | null)?.restore;
  return action === 'restore' && typeof restore === 'string' ? restore : null;
}
