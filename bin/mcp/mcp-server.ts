/**
 * The Model Context Protocol over the routes of the API, in this process. Invariant: every call goes through the same door,
 * authorization and audit trail as a request of a browser; a tool has no way of its own to the data.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { MCP_TOOLS, type McpTool, ROW_TOOL } from './mcp-tools.ts';

const LOOK_EVERY_MS = 250;
const INSTRUCTIONS =
  'Backups and recovery of the tenants of one PostgreSQL database. Read first: fleet_status, tenants, timeline, activity, transactions. Before request_restore, call preview and show its numbers to the person. request_restore applies nothing: other people approve.';

export interface McpAsked {
  /** The API, as `makeApi` makes it, with a door of the principal that everything is done as. */
  readonly api: { request(path: string, init?: RequestInit): Response | Promise<Response> };
  /** `operationId` of each route that it has. */
  readonly routes: ReadonlySet<string>;
  readonly version: string;
  /** Also offer row values. */
  readonly rows: boolean;
  /** Before looking again at work that is running. @default - a quarter of a second */
  readonly pause?: () => Promise<unknown>;
}

/** Not connected yet. */
export function mcpServer(asked: McpAsked): McpServer {
  const server = new McpServer({ name: 'holdfast', version: asked.version }, { instructions: INSTRUCTIONS });
  const tools = asked.rows ? [...MCP_TOOLS, ROW_TOOL] : MCP_TOOLS;
  for (const tool of tools.filter(({ route }) => asked.routes.has(route))) {
    const annotations = { readOnlyHint: !tool.changes, destructiveHint: false, openWorldHint: false };
    const facts = { description: tool.description, inputSchema: tool.input, annotations };
    server.registerTool(tool.name, facts, async given => answerOf(await called(asked, tool, given)));
  }
  return server;
}

interface Answer {
  readonly isProblem: boolean;
  readonly document: unknown;
}

async function called(asked: McpAsked, tool: McpTool, given: Record<string, unknown>): Promise<Answer> {
  const { tenant: named, ...others } = given;
  const found = named === undefined ? undefined : await referenceOf(asked, String(named));
  if (typeof found === 'object') return found;
  const inPath: Record<string, string> = found === undefined ? {} : { tenant: found };
  if (others.transaction !== undefined) inPath.transaction = String(others.transaction);
  const { transaction: _, ...rest } = others;
  const path = placed(tool.path, inPath);
  if (tool.method === 'get') return ask(asked, `${path}?${queryOf(rest)}`);
  const begun = await ask(asked, path, rest);
  if (begun.isProblem || tool.follow === undefined) return begun;
  return followed(asked, placed(tool.follow, { ...inPath, work: (begun.document as { id: string }).id }));
}

async function followed(asked: McpAsked, path: string): Promise<Answer> {
  for (;;) {
    const answer = await ask(asked, path);
    if (answer.isProblem) return answer;
    const { state, result, problem } = answer.document as { state: string; result: unknown; problem: unknown };
    if (state === 'failed') return { isProblem: true, document: problem };
    if (state !== 'running') return { isProblem: false, document: result };
    await (asked.pause ?? (() => wait(LOOK_EVERY_MS)))();
  }
}

async function ask({ api }: McpAsked, path: string, body?: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const response = await api.request(path, { headers, ...sent });
  return { isProblem: !response.ok, document: await response.json() };
}

interface Listed {
  readonly tenant: string;
  readonly tenantId: string | null;
  readonly label?: string;
}

/** By reference; else the one tenant whose id or name it is, among those that the caller may list. */
async function referenceOf(asked: McpAsked, named: string): Promise<string | Answer> {
  if (/^[a-z2-7]{26}$/.test(named)) return named;
  const answer = await ask(asked, `/tenants?${queryOf({ search: named, limit: 200 })}`);
  if (answer.isProblem) return answer;
  const { tenants } = answer.document as { tenants: readonly Listed[] };
  const byId = tenants.filter(each => each.tenantId === named);
  const [only, ...others] = byId.length > 0 ? byId : tenants.filter(({ label }) => label === named);
  if (only !== undefined && others.length === 0) return only.tenant;
  const detail = only === undefined ? 'No tenant has this id or name.' : 'Several tenants have this name.';
  return { isProblem: true, document: { code: 'unknown-tenant', detail, hint: 'Take the reference from `tenants`.' } };
}

function placed(path: string, values: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''));
}

function queryOf(values: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
}

function answerOf({ isProblem, document }: Answer): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(document) }], ...(isProblem && { isError: true }) };
}
