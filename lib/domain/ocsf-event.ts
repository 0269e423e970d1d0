/**
 * An audit event in the Open Cybersecurity Schema Framework, for a SIEM: class API Activity (6003) of OCSF 1.3.0.
 * What OCSF has no attribute for is under `unmapped`.
 *
 * Source: https://schema.ocsf.io/1.3.0/classes/api_activity
 */
import type { AuditEvent, AuditOutcome } from './audit-event.ts';

const CLASS_UID = 6003;
const ACTIVITIES = { create: [1, 'Create'], read: [2, 'Read'], update: [3, 'Update'], delete: [4, 'Delete'] } as const;
/** Others are 99 with their own name. */
const ACTIVITY_OF: Readonly<Record<string, keyof typeof ACTIVITIES>> = {
  ...{ hold: 'create', anchorAudit: 'create', readRows: 'read', export: 'read' },
  ...{ restore: 'update', release: 'update', 'change-policy': 'update', destroy: 'delete' },
};
const FAILURES: readonly AuditOutcome[] = ['denied', 'refused', 'failed'];
const NEITHER: readonly AuditOutcome[] = ['expired', 'cancelled'];
const USER_TYPES = { person: 1, service: 4 } as const;
const SEVERITIES = { informational: 1, medium: 3, high: 4 } as const;

/** `uid`: identifies the event among those of all installations. */
export function ocsfEvent(event: AuditEvent, uid: string, sha256: string): object {
  const { who, action, outcome, request, policies, code, tenant, sequence, at } = event;
  const { planHash, records, brokeGlass, details } = event;
  const known = ACTIVITY_OF[action];
  const [activity, name] = known === undefined ? ([99, action] as const) : ACTIVITIES[known];
  return {
    ...{ class_uid: CLASS_UID, class_name: 'API Activity', category_uid: 6, category_name: 'Application Activity' },
    ...{ activity_id: activity, activity_name: name, type_uid: CLASS_UID * 100 + activity },
    ...{ time: new Date(at).getTime(), severity_id: severityOf(event), ...statusOf(outcome) },
    ...(code !== undefined && { status_code: code }),
    message: `${action}: ${outcome}`,
    metadata: {
      ...{ version: '1.3.0', product: { name: 'Holdfast', vendor_name: 'Holdfast' }, log_name: 'audit' },
      ...{ uid, sequence, original_time: at },
      ...(request !== undefined && { correlation_uid: request }),
    },
    actor: {
      user: {
        ...{ name: who.name, uid: who.name, groups: who.roles.map(role => ({ name: role })) },
        type_id: who.proof === 'schedule' ? USER_TYPES.service : USER_TYPES.person,
      },
      ...(policies && { authorizations: policies.map(policy => ({ decision: outcome, policy: { uid: policy } })) }),
    },
    api: {
      operation: action,
      service: { name: 'holdfast' },
      ...(request !== undefined && { request: { uid: request } }),
    },
    src_endpoint: endpointOf(who.from),
    resources: [{ type: 'tenant', uid: tenant }],
    unmapped: { proof: who.proof, sha256, planHash, records, brokeGlass, details },
  };
}

function statusOf(outcome: AuditOutcome): object {
  const status_id = FAILURES.includes(outcome) ? 2 : NEITHER.includes(outcome) ? 99 : 1;
  return {
    status_id,
    status: status_id === 99 ? outcome : status_id === 1 ? 'Success' : 'Failure',
    status_detail: outcome,
  };
}

function severityOf({ outcome, brokeGlass }: AuditEvent): number {
  if (brokeGlass) return SEVERITIES.high;
  return FAILURES.includes(outcome) ? SEVERITIES.medium : SEVERITIES.informational;
}

/** OCSF requires an endpoint with an address or a name. */
function endpointOf(from: string | undefined): object {
  if (from === undefined) return { name: 'unknown' };
  const isAddress = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(from) || /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(from);
  return isAddress ? { ip: from } : { hostname: from };
}
