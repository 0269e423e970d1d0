/** A request for a restore in transit: sent again under one id, and refusals as errors that say what to do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import { sendRequest } from '../../lib/runtime/request-call.ts';

const INPUT = { tenant: 'acme', target: 'latest' };

let server: Server;
let replies: { status: number; document: unknown }[];
let seen: { id: string; input: unknown; authorization: string | undefined }[];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', data => (body += data));
    request.on('end', () => {
      seen.push({ ...JSON.parse(body), authorization: request.headers.authorization });
      const { status, document } = replies.length > 1 ? replies.shift()! : replies[0]!;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise(resolve => server.close(resolve)));
beforeEach(() => {
  seen = [];
});

const send = () => {
  const { port } = server.address() as AddressInfo;
  return sendRequest(
    {
      description: { requestUrl: `http://127.0.0.1:${port}/` } as DeployedInstallation['description'],
      target: { region: 'eu-central-1', credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' } },
    },
    INPUT,
  );
};

describe('a request for a restore', () => {
  it('is signed, and returns the execution', async () => {
    replies = [{ status: 200, document: { execution: 'arn:aws:states:…', requestedBy: 'arn:…' } }];
    expect(await send()).toBe('arn:aws:states:…');
    expect(seen).toEqual([
      { id: expect.stringMatching(/^[\w-]{8,80}$/), input: INPUT, authorization: expect.stringContaining('AKIDTEST') },
    ]);
  });

  it('is sent again under the same id if it may not have arrived', async () => {
    replies = [
      { status: 502, document: 'no answer' },
      { status: 200, document: { execution: 'arn:aws:states:…' } },
    ];
    expect(await send()).toBe('arn:aws:states:…');
    expect(new Set(seen.map(({ id }) => id)).size).toBe(1);
    replies = [{ status: 502, document: 'no answer' }];
    await expect(send()).rejects.toMatchObject({ code: 'request-unreachable' });
  });

  it.each([
    [
      { status: 403, document: { Message: 'Forbidden' } },
      { name: 'InputError', code: 'not-an-operator' },
    ],
    [
      { status: 400, document: { kind: 'input', code: 'identity-unpinned', message: 'm', hint: 'h' } },
      { name: 'InputError', code: 'identity-unpinned', hint: 'h' },
    ],
  ])('that is refused says so, once', async (reply, error) => {
    replies = [reply];
    await expect(send()).rejects.toMatchObject(error);
    expect(seen).toHaveLength(1);
  });
});
