/** What a model is offered over the Model Context Protocol, with the SDK’s own client: it reads, and it applies nothing. */
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mcpServer } from '../../../bin/mcp/mcp-server.ts';
import { MCP_TOOLS, ROW_TOOL } from '../../../bin/mcp/mcp-tools.ts';
import { ROUTES } from '../../../lib/api/routes.ts';
import type { Principal } from '../../../lib/domain/principal.ts';
import { type ApiWorld, administratorOf, apiWorld, ofTenants, refOfTest } from '../../support/api-world.ts';
import { olga, person } from '../../support/governed.ts';

const acme = refOfTest('acme');

let world: ApiWorld;
let client: Client;

beforeEach(async () => {
  world = await apiWorld(ofTenants(['acme', 'other']));
});
afterEach(async () => {
  await client.close();
  await world.deps.dispose();
});

async function connected(principal: Principal, rows = false): Promise<void> {
  const api = { request: (path: string, init?: RequestInit) => world.send(principal, path, init) };
  const routes = new Set(ROUTES.map(({ id }) => id));
  const server = mcpServer({
    ...{ api, routes, rows, version: '1.0.0' },
    pause: () => world.apiDeps.executions.settled(),
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  client = new Client({ name: 'test', version: '1' });
  await Promise.all([server.connect(there), client.connect(here)]);
}

async function use(name: string, args: Record<string, unknown> = {}) {
  const { content, isError = false } = await client.callTool({ name, arguments: args });
  const [{ text }] = content as [{ text: string }];
  return { isError, document: JSON.parse(text) };
}

describe('the tools', () => {
  it('only read, but for the one that makes a request', async () => {
    await connected(olga);
    const { tools } = await client.listTools();
    const changing = tools.filter(({ annotations }) => annotations?.readOnlyHint !== true).map(({ name }) => name);
    expect(changing).toEqual(['request_restore']);
    expect(tools.every(({ annotations }) => annotations?.destructiveHint === false)).toBe(true);
    expect(tools.map(({ name }) => name)).not.toContain(ROW_TOOL.name);
  });

  it('are routes of the API, with its methods and paths', () => {
    for (const tool of [...MCP_TOOLS, ROW_TOOL]) {
      const route = ROUTES.find(({ id }) => id === tool.route);
      if (route) expect([tool.method, tool.path]).toEqual([route.method, route.path]);
    }
  });

  it('offer rows only where the person said so, and each read of them is in the audit trail', async () => {
    await connected(person('rosa', ['system-administrator']), true);
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain(ROW_TOOL.name);
    await use('transaction_rows', { tenant: acme, transaction: '1' });
    expect(world.recorded.map(({ draft }) => [draft.action, draft.outcome])).toContainEqual(['readRows', 'allowed']);
    await client.close();
    await connected(olga, true);
    expect(await use('transaction_rows', { tenant: acme, transaction: '1' })).toMatchObject({
      ...{ isError: true, document: { code: 'not-permitted' } },
    });
  });
});

describe('the answers', () => {
  it('are those of the API, for a tenant by reference, id or name', async () => {
    await connected(olga);
    const { document } = await use('tenants');
    expect(document.tenants.map(({ tenantId }: { tenantId: string }) => tenantId).sort()).toEqual(['acme', 'other']);
    for (const tenant of [acme, 'acme', 'Name of acme'])
      expect((await use('tenant_status', { tenant })).document).toMatchObject({
        tenantId: 'acme',
        state: 'unprotected',
      });
    expect(await use('tenant_status', { tenant: 'nobody' })).toMatchObject({ isError: true });
  });

  it('are denied as they are on every other way, and the denial is recorded', async () => {
    await connected(administratorOf(acme));
    expect(await use('tenant_status', { tenant: refOfTest('other') })).toMatchObject({
      ...{ isError: true, document: { code: 'not-permitted' } },
    });
    expect(world.recorded.at(-1)).toMatchObject({ tenant: refOfTest('other'), draft: { outcome: 'denied' } });
    expect((await use('tenant_status', { tenant: acme })).isError).toBe(false);
  });

  it('of requests are in sentences, for whoever may see them', async () => {
    const id = await world.ask();
    await connected(olga);
    const { document } = await use('requests', { tenant: acme });
    expect(document.requests).toMatchObject([{ id, state: 'waiting', plan: ['Do what one says.'] }]);
  });
});

describe('a restore', () => {
  const asked = { tenant: acme, preview: '0mb2c4f1a-3f8a2c1d', hash: 'a'.repeat(64), reason: 'rows are gone' };
  const to = '2026-01-15T11:00:00Z';

  it('cannot be asked for by a program where nobody would have to approve it', async () => {
    world.rule = { approvals: 0 };
    await connected(olga);
    expect(await use('request_restore', asked)).toMatchObject({
      ...{ isError: true, document: { code: 'approval-not-required' } },
    });
  });

  it('cannot be asked for by whoever may not restore', async () => {
    await connected(person('anna', ['auditor']));
    expect(await use('request_restore', asked)).toMatchObject({ isError: true, document: { code: 'not-permitted' } });
    expect(await use('preview', { tenant: acme, to })).toMatchObject({ isError: true });
  });

  it('is refused to a moment that cannot be reached, before anything is begun', async () => {
    await connected(olga);
    const { isError, document } = await use('preview', { tenant: acme, to });
    expect([isError, document.status]).toEqual([true, 409]);
  });
});
