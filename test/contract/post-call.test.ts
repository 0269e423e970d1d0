/** A person's post in transit: signed, sent once, and refusals as errors that say what to do. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PostAsked } from '../../lib/domain/status-page/status-post.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';
import { sendPost } from '../../lib/runtime/post-call.ts';

const BODY: PostAsked = { component: 'snapshots', state: 'investigating', text: 'Snapshots are late.' };
const ID = '0mb2c4f1a-3f8a2c1d';
const STORED = {
  key: `governance/status-posts/system/${ID}/${ID}`,
  post: { format: 'holdfast.status-post/1', id: ID, incident: ID, ...BODY, at: '2026-01-31T00:00:00.000Z' },
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

function installation(statusUrl?: string): Pick<DeployedInstallation, 'description' | 'target'> {
  return {
    description: { ...(statusUrl && { statusUrl }) } as DeployedInstallation['description'],
    target: { region: 'eu-central-1', credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' } },
  };
}
const there = () => installation(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

it('is signed with the credentials of the person, and answered with what is stored', async () => {
  reply = { status: 200, body: STORED };
  expect(await sendPost(there(), BODY)).toEqual(STORED);
  expect(seen.at(-1)).toEqual({ authorization: expect.stringContaining('Credential=AKIDTEST/'), body: BODY });
});

it.each([
  [400, { kind: 'input', code: 'not-permitted', message: 'm', hint: 'h' }, { code: 'not-permitted' }],
  [403, { Message: 'Forbidden' }, { code: 'not-an-operator' }],
  [502, 'no JSON', { code: 'action-unreachable' }],
])('that is answered with HTTP %i says so, and is sent once', async (status, body, error) => {
  reply = { status, body };
  const before = seen.length;
  await expect(sendPost(there(), BODY)).rejects.toMatchObject(error);
  expect(seen).toHaveLength(before + 1);
});

it('is sent nowhere where there is no status page', async () => {
  const before = seen.length;
  await expect(sendPost(installation(), BODY)).rejects.toMatchObject({ code: 'no-status-page' });
  expect(seen).toHaveLength(before);
});
