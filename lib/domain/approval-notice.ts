/**
 * The notice that something waits for approval, the same for every kind of action. Invariant: it says where to look and never
 * decides; it carries a tenant's reference, and neither names, reasons nor rows.
 */
import * as z from 'zod';
import type { TenantRef } from './tenant.ts';

/** Where a team shows previews, with `{tenant}`, `{id}` and `{action}` in their places. */
export const ApprovalLink = z
  .url({ protocol: /^https$/, error: 'must be an https URL' })
  .describe(
    'Link in notices about approvals: a page of yours for the request. `{tenant}`, `{id}` and `{action}` stand for the reference, the id and the action.',
  );

/** How approvers reach the installation. */
export interface ApproversPlace {
  /** A command line for it: `holdfast … WORDS`. */
  command(words: string): string;
  /** ApprovalLink. */
  readonly link?: string | undefined;
  /** Where it is decided in the console: alone, or by the command too. @default - by the command alone */
  readonly console?: { readonly isOnly: boolean; readonly domain?: string | undefined };
}

export interface WantedApproval {
  readonly action: string;
  readonly tenant: TenantRef;
  /** Of the request, or of a restore's preview. */
  readonly id: string;
  /** What is approved. */
  readonly hash: string;
  readonly requestedBy: string;
  readonly approvals: number;
  /** ISO 8601 UTC. */
  readonly until: string;
}

/** What a notifier sends: one document for all sinks. */
export interface ApprovalNotice {
  readonly severity: 'info';
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export function approvalNotice(wanted: WantedApproval, place: ApproversPlace): ApprovalNotice {
  const { action, tenant, id, hash, requestedBy, approvals, until } = wanted;
  const approvers = approvals === 1 ? 'one other person' : `${approvals} other people`;
  const command = place.command(`approve ${tenant} ${id}`);
  const link = place.link === undefined ? undefined : linkOf(place.link, wanted);
  const ways = [
    ...(place.console?.isOnly ? [] : [command]),
    ...(place.console === undefined ? [] : [inConsole(wanted, place.console.domain)]),
  ];
  const look = link === undefined ? '' : ` Preview: ${link}`;
  return {
    severity: 'info',
    message: `${requestedBy} requests the action ${action} on the tenant ${tenant}: it waits for approval by ${approvers} until ${until}. To see what would be done, and to decide: ${ways.join(', or ')}${look}`,
    details: {
      action,
      tenant,
      id,
      hash,
      requestedBy,
      until,
      ...(!place.console?.isOnly && { command }),
      ...(link !== undefined && { link }),
    },
  };
}

/** The address of CloudFront is known only once the console is deployed. */
function inConsole({ tenant, id }: WantedApproval, domain: string | undefined): string {
  return domain === undefined
    ? `in the console, under Requests (${id})`
    : `https://${domain}/tenants/${tenant}/requests/${id}`;
}

function linkOf(template: string, { tenant, id, action }: WantedApproval): string {
  const values: Record<string, string> = { tenant, id, action };
  return template.replaceAll(/(?:\{|%7B)(tenant|id|action)(?:\}|%7D)/gi, (_, name: string) =>
    encodeURIComponent(values[name]!),
  );
}
