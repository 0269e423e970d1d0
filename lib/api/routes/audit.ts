/** The audit trail: who asked for what, what was decided and done, newest first; of one chain, or of the whole installation. */
import * as z from 'zod';
import { AuditOutcome } from '../../domain/audit-event.ts';
import { InputError } from '../../domain/errors.ts';
import { SYSTEM, TenantRef } from '../../domain/tenant.ts';
import { EXPORT_FORMATS, exportAudit } from '../../operations/governance/export-audit.ts';
import { type AuditPosition, pageAudit } from '../../operations/governance/page-audit.ts';
import type { AuditFilter } from '../../operations/governance/read-audit.ts';
import { verifyAudit } from '../../operations/governance/verify-audit.ts';
import { AuditEventDocument, AuditVerificationDocument } from '../documents/audit-documents.ts';
import { ExecutionShown } from '../documents/execution-documents.ts';
import { cursorOf, NextPage, PageAsked, sortOf } from '../paging.ts';
import { type ApiCall, route } from '../route.ts';
import { namedTenants } from '../tenant-names.ts';

const group = 'audit';
/** Events that one page looks at: what opens and verifies in about a second. */
const MOST_READ = 5000;

const Filter = PageAsked.extend({
  from: z.iso.datetime({ offset: true }).optional().describe('Included.'),
  to: z.iso.datetime({ offset: true }).optional().describe('Not included.'),
  who: z.string().max(200).optional().describe('Part of the name of who acted.'),
  action: z.string().max(100).optional(),
  outcome: AuditOutcome.optional(),
});

const Page = z.object({
  events: z.array(AuditEventDocument.extend({ tenantId: z.string().nullable(), label: z.string().optional() })),
  next: NextPage,
  readTo: z.string().nullable().describe('How far back this page looked, where a filter passes few.'),
});

const listEvents = route(
  {
    ...{ id: 'listAuditEvents', method: 'get', path: '/audit', group, query: Filter, answer: Page },
    summary: 'Events of all chains, newest first; each was verified',
    needs: { permission: 'readAudit', on: 'installation' },
  },
  ({ deps, query }) => pageOfEvents(deps, undefined, query),
);

const listTenantEvents = route(
  {
    ...{ id: 'listTenantAuditEvents', method: 'get', path: '/tenants/{tenant}/audit', group, query: Filter },
    summary: 'Events of one chain, newest first; each was verified',
    ...{ needs: { permission: 'readAudit', on: 'tenant' }, alsoSystem: true, answer: Page },
  },
  ({ deps, tenant, query }) => pageOfEvents(deps, tenant, query),
);

async function pageOfEvents(deps: ApiCall['deps'], tenant: TenantRef | undefined, query: z.output<typeof Filter>) {
  const { cursor, limit, ...asked } = query;
  const after = cursor === undefined ? undefined : positionIn(cursor);
  const page = await pageAudit(deps.storage, { tenant, filter: filterOf(asked), limit, after, mostRead: MOST_READ });
  const events = page.events.map(({ event, key, sha256 }) => ({ ...event, key, sha256 }));
  const next = page.next && cursorOf(`${page.next.tenant} ${page.next.sequence}`);
  return { events: await namedTenants(deps, events), next, readTo: page.readTo };
}

/** InputError `bad-cursor`. */
function positionIn(cursor: string): AuditPosition {
  const [owner, digits = ''] = sortOf(cursor).split(' ');
  const tenant = TenantRef.safeParse(owner).data;
  if (tenant !== undefined && /^\d{1,10}$/.test(digits)) return { tenant, sequence: Number(digits) };
  throw new InputError('bad-cursor', 'The cursor is not one that this API gave.', {
    hint: 'Ask for the first page, without a cursor.',
  });
}

function filterOf({ from, to, who, action, outcome }: Omit<z.output<typeof Filter>, 'cursor' | 'limit'>): AuditFilter {
  return {
    ...(from !== undefined && { from: new Date(from) }),
    ...(to !== undefined && { to: new Date(to) }),
    ...(who !== undefined && { who }),
    ...(action !== undefined && { action }),
    ...(outcome !== undefined && { outcome }),
  };
}

const exportEvents = route(
  {
    ...{ id: 'exportAuditEvents', method: 'get', path: '/tenants/{tenant}/audit/export', group },
    summary: 'A chain as a file: with its proof, or for a SIEM; each such export is in the audit trail',
    ...{ needs: { permission: 'readAudit', on: 'tenant', isRecorded: true }, alsoSystem: true },
    query: z.object({ format: z.enum(EXPORT_FORMATS).default('jsonl') }),
    ...{ answer: z.string().describe('A line of JSON for each event.'), file: 'application/x-ndjson' },
  },
  async ({ deps, tenant, query: { format } }) => ({
    name: `audit-${tenant}.${format === 'ocsf' ? 'ocsf.jsonl' : 'jsonl'}`,
    pieces: linesOf(exportAudit(deps.storage, format, tenant)),
  }),
);

async function* linesOf(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`;
}

const verifyTrail = route(
  {
    ...{ id: 'verifyAudit', method: 'post', path: '/audit/verifications', group, status: 202 },
    summary: 'Verify every chain and every anchor on the server',
    ...{ needs: { permission: 'readAudit', on: 'installation' }, answer: ExecutionShown },
  },
  async ({ deps, principal }) =>
    deps.executions.start({ tenant: SYSTEM, work: 'verify-audit', startedBy: principal.name }, async () =>
      AuditVerificationDocument.parse(await verifyAudit(deps.storage)),
    ),
);

export const AUDIT_ROUTES = [listEvents, listTenantEvents, exportEvents, verifyTrail];
