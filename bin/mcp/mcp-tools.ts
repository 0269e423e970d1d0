/**
 * What a model may ask of an installation, each tool one route of the API. Invariants: a tool without `changes` only reads;
 * none applies anything; row values are in no tool but the one that `--rows` adds.
 */
import * as z from 'zod';

export interface McpTool {
  readonly name: string;
  readonly description: string;
  readonly input: z.ZodRawShape;
  /** `operationId` of the route that answers. A tool whose route the installation does not have is not offered. */
  readonly route: string;
  readonly method: 'get' | 'post';
  /** Of the route, with `{tenant}` for the reference; other arguments become its query, or its body. */
  readonly path: string;
  /** Path of the work that it begins, to be followed to its end. */
  readonly follow?: string;
  /** It leaves something behind: a request. */
  readonly changes?: true;
}

const tenant = z.string().min(1).max(300).describe('Id, name or reference of the tenant.');
const moment = z.string().min(1).max(200);
const range = {
  from: moment.optional().describe('Beginning: a time with its offset, or `2 hours ago`.'),
  to: moment.optional().describe('End.'),
  table: z.string().max(300).optional(),
};
const limit = z.number().int().min(1).max(200).optional();
const mode = z.enum(['exact', 'missing-only']).optional().describe('`missing-only`: only deleted rows come back.');

export const MCP_TOOLS: readonly McpTool[] = [
  {
    ...{ name: 'fleet_status', method: 'get', path: '/fleet', route: 'readFleet', input: {} },
    description: 'Whether every tenant is safe: counts by state, and how far the change log reaches.',
  },
  {
    ...{ name: 'tenants', method: 'get', path: '/tenants', route: 'listTenants' },
    description: 'Tenants page by page, with the state of each. `problems`: only those that are not safe.',
    input: {
      search: z.string().max(200).optional().describe('Part of an id, a name or a reference.'),
      problems: z.enum(['true', 'false']).optional(),
      cursor: z.string().max(500).optional().describe('`next` of the page before.'),
      limit,
    },
  },
  {
    ...{ name: 'tenant_status', method: 'get', path: '/tenants/{tenant}', route: 'readTenant', input: { tenant } },
    description: 'To when one tenant can be restored, its gaps, its last backup and verification.',
  },
  {
    ...{
      name: 'timeline',
      method: 'get',
      path: '/tenants/{tenant}/timeline',
      route: 'readTimeline',
      input: { tenant },
    },
    description: 'The recovery window of a tenant: snapshots, gaps, marks and restores.',
  },
  {
    ...{ name: 'activity', method: 'get', path: '/tenants/{tenant}/activity', route: 'readActivity' },
    description: 'How many rows of a tenant were inserted, updated and deleted when; an accident is a spike.',
    input: { tenant, ...range },
  },
  {
    ...{ name: 'transactions', method: 'get', path: '/tenants/{tenant}/transactions', route: 'listTransactions' },
    description: 'Transactions of a tenant in numbers: when, how many rows of which tables. No row values.',
    input: { tenant, ...range, limit, context: z.string().max(1000).optional().describe('As `job = nightly-*`.') },
  },
  {
    ...{ name: 'transaction', method: 'get', path: '/tenants/{tenant}/transactions/{transaction}' },
    ...{ route: 'readTransaction', description: 'What one transaction did, in numbers. No row values.' },
    input: { tenant, transaction: z.string().min(1).max(200) },
  },
  {
    ...{ name: 'preview', method: 'post', path: '/tenants/{tenant}/counts', route: 'askCounts' },
    description: 'What a restore of a tenant to a moment would change: rows by table, conflicts. Changes no row.',
    input: { tenant, to: moment.describe('The moment to restore to.'), mode },
    follow: '/tenants/{tenant}/counts/{work}',
  },
  {
    ...{ name: 'requests', method: 'get', path: '/tenants/{tenant}/asked', route: 'listAsked' },
    description: 'Restores, exports and other actions that people asked for, and who must still approve.',
    input: { tenant, limit, cursor: z.string().max(500).optional() },
  },
  {
    ...{ name: 'reports', method: 'get', path: '/reports', route: 'listReports' },
    description: 'The signed reports that were made, the newest first.',
    input: { limit, cursor: z.string().max(500).optional() },
  },
  {
    ...{ name: 'request_restore', method: 'post', path: '/tenants/{tenant}/restore-requests' },
    ...{ route: 'askApprovedRestore', changes: true, follow: '/tenants/{tenant}/counts/{work}' },
    description:
      'Asks people to approve exactly the restore that `preview` showed. Applies nothing. Refused where no approval is required.',
    input: {
      ...{ tenant, preview: z.string().describe('`preview` of the answer of the tool `preview`.') },
      hash: z.string().describe('Its `hash`.'),
      reason: z.string().min(3).max(1000).describe('Why: shown to whoever approves.'),
    },
  },
];

/** Offered with `--rows` alone; each read is in the audit trail. */
export const ROW_TOOL: McpTool = {
  ...{ name: 'transaction_rows', method: 'get', path: '/tenants/{tenant}/transactions/{transaction}/rows' },
  ...{ route: 'readTransactionRows', description: 'The rows that one transaction changed. Each read is recorded.' },
  input: {
    ...{ tenant, transaction: z.string().min(1).max(200), table: z.string().max(300).optional() },
    limit: z.number().int().min(1).max(100).optional(),
  },
};
