/** The HTTP hook of an acceptance check: what is sent, and that only an answer with verdicts counts. */
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { callAcceptanceHook } from '../../../lib/local/acceptance-hook.ts';

async function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    received.push(`${request.method} ${request.headers['content-type']} ${text}`);
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>(resolve => server.close(() => resolve())));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/check`, received };
}

it('sends the request as JSON and returns the verdicts', async () => {
  const checks = [
    { check: 'login', ok: true },
    { check: 'report', ok: false },
  ];
  const { url, received } = await answering(200, JSON.stringify({ checks, more: 1 }));
  expect(await callAcceptanceHook(url, { drill: 'x' })).toEqual(checks);
  expect(received).toEqual(['POST application/json {"drill":"x"}']);
});

it.each([
  ['an error', 500, '{"checks": [{"check": "a", "ok": true}]}', {}],
  ['a redirect', 302, '', { location: 'http://127.0.0.1:9/' }],
  ['no JSON', 200, 'ok', {}],
  ['no checks', 200, '{"checks": []}', {}],
  ['a verdict that is none', 200, '{"checks": [{"check": "a", "ok": "yes"}]}', {}],
] as const)('takes %s for no verdict', async (_, status, body, headers) => {
  const { url } = await answering(status, body, headers);
  await expect(callAcceptanceHook(url, {})).rejects.toMatchObject({ code: 'acceptance-failed' });
});

it('takes a hook that does not answer for no verdict', async () => {
  await expect(callAcceptanceHook('http://127.0.0.1:1/', {})).rejects.toMatchObject({ code: 'acceptance-failed' });
});
