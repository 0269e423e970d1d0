/** A person's request for an action in transit: signed, not repeated by itself, and refusals as errors that say what to do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { type ActionBody, sendAction, sendRequestStep } from '../../lib/runtime/action-call.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';

const TENANT = tenantRef('an-installation', tenantId('acme'));
const ID = '0mb2c4f1a-3f8a2c1d';
const BODY: ActionBody = {
  ...{ action: 'hold', tenant: TENANT, input: { matter: 'case 17' }, reason: 'a letter' },
  ...{ start: false, breakGlass: false },
};
const ABOUT = { id: ID, tenant: TENANT, action: 'hold', started: false };
const KEPT = {
  ...ABOUT,
  planHash: 'f'.repeat(64),
  approvals: 1,
  until: '2026-01-01T00:00:00.000Z',
  sentences: ['Hold.'],
};

let server: Server;
let reply: { status: number; body: unknown };
const seen: { authorization: string | undefined; body: unknown }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', data => (body += data));
    request.on('end', () => {
      seen.push({ authorization: request.headers.authorization, body: JSON.parse(body) });
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise(resolve => server.close(resolve)));

function installation(actionUrl?: string): Pick<DeployedInstallation, 'description' | 'target'> {
  const description = { functions: { region: 'eu-west-1' }, ...(actionUrl && { actionUrl }) };
  return {
    description: description as DeployedInstallation['description'],
    target: { region: 'eu-central-1', credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' } },
  };
}
const there = () => installation(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

describe('a request for an action', () => {
  it('is signed with the credentials of the person, and answered with its plan', async () => {
    reply = { status: 200, body: KEPT };
    expect(await sendAction(there(), BODY)).toEqual(KEPT);
    expect(seen.at(-1)).toEqual({ authorization: expect.stringContaining('Credential=AKIDTEST/'), body: BODY });
    reply = { status: 200, body: { ...ABOUT, state: 'cancelled' } };
    const step = { step: 'cancel', tenant: TENANT, id: ID } as const;
    expect(await sendRequestStep(there(), step)).toMatchObject({ state: 'cancelled' });
    expect(seen.at(-1)?.body).toEqual(step);
  });

  it.each([
    [
      400,
      { kind: 'input', code: 'not-permitted', message: 'm', hint: 'h' },
      { name: 'InputError', code: 'not-permitted' },
    ],
    [403, { Message: 'Forbidden' }, { name: 'InputError', code: 'not-a-requester' }],
    [502, 'no JSON', { name: 'StorageError', code: 'action-unreachable' }],
  ])('that is answered with HTTP %i says so, and is sent once', async (status, body, error) => {
    reply = { status, body };
    const before = seen.length;
    await expect(sendAction(there(), BODY)).rejects.toMatchObject(error);
    expect(seen.length).toBe(before + 1);
  });

  it('is refused in a standby, and says where nothing may have arrived', async () => {
    await expect(sendAction(installation(), BODY)).rejects.toMatchObject({ code: 'not-here' });
    await expect(sendAction(installation('http://127.0.0.1:1/'), BODY)).rejects.toMatchObject({
      code: 'action-unreachable',
    });
  });
});
