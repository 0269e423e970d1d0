/**
 * An approver's decision in transit: signed with AWS Signature Version 4, which the test server verifies independently, and
 * refusals of the function as errors that say what to do.
 */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApprovalDecision, sendDecision } from '../../lib/runtime/approval-call.ts';
import type { DeployedInstallation } from '../../lib/runtime/installation.ts';

const SECRET = 'a-secret-of-the-test';
const DECISION: ApprovalDecision = { tenant: 'ref', id: 'restore-1', hash: 'f'.repeat(64), decision: 'approve' };

let server: Server;
let reply: { status: number; body: string };
const seen: { signed: boolean; body: unknown }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', data => (body += data));
    request.on('end', () => {
      seen.push({ signed: isSigned(request.method!, request.url!, request.headers, body), body: JSON.parse(body) });
      response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body);
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise(resolve => server.close(resolve));
});

describe('an approval', () => {
  it('is signed for Lambda with the credentials of the caller, including the body', async () => {
    reply = answer(200, { id: 'restore-1', state: 'approved', agreed: 1, needed: 1, told: true });
    expect(await sendDecision(installation(), DECISION)).toMatchObject({ state: 'approved', told: true });
    expect(seen.at(-1)).toEqual({ signed: true, body: DECISION });
  });

  it.each([
    [
      'a request of the same person',
      answer(400, { kind: 'input', code: 'own-request', message: 'm', hint: 'h' }),
      { name: 'InputError', code: 'own-request', hint: 'h' },
    ],
    [
      'a decision that is too late',
      answer(409, { kind: 'conflict', code: 'approval-late', message: 'm', hint: 'h' }),
      { name: 'ConflictError', code: 'approval-late' },
    ],
    [
      'credentials without permission',
      answer(403, { Message: 'Forbidden' }),
      { name: 'InputError', code: 'not-an-approver' },
    ],
    [
      'a function that failed',
      answer(502, 'no JSON'),
      { name: 'StorageError', code: 'approval-unreachable', retry: 'auto' },
    ],
  ])('that is refused for %s says so', async (_, refusal, error) => {
    reply = refusal;
    await expect(sendDecision(installation(), DECISION)).rejects.toMatchObject(error);
  });

  it('that was not delivered can be sent again, and says so', async () => {
    const lost = { ...installation() };
    lost.description = { ...lost.description, approvalUrl: 'http://127.0.0.1:1/' };
    await expect(sendDecision(lost, DECISION)).rejects.toMatchObject({ code: 'approval-unreachable', retry: 'auto' });
  });
});

function answer(status: number, document: unknown) {
  return { status, body: typeof document === 'string' ? document : JSON.stringify(document) };
}

function installation(): { description: DeployedInstallation['description']; target: DeployedInstallation['target'] } {
  const { port } = server.address() as AddressInfo;
  return {
    description: { approvalUrl: `http://127.0.0.1:${port}/` } as DeployedInstallation['description'],
    target: { region: 'eu-central-1', credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: SECRET } },
  };
}

/** Recomputes the signature from the received request (AWS Signature Version 4, canonical request). */
function isSigned(method: string, path: string, headers: IncomingHttpHeaders, body: string): boolean {
  const parts =
    /Credential=AKIDTEST\/(\d{8})\/eu-central-1\/lambda\/aws4_request, SignedHeaders=([^,]+), Signature=(\w+)/.exec(
      headers.authorization ?? '',
    );
  if (!parts) return false;
  const [, date, names, signature] = parts as unknown as [string, string, string, string];
  if (!['host', 'x-amz-date', 'x-amz-content-sha256'].every(name => names.split(';').includes(name))) return false;
  const canonical = names
    .split(';')
    .map(name => `${name}:${String(headers[name]).trim()}\n`)
    .join('');
  const request = [method, path, '', canonical, names, sha256(body)].join('\n');
  const scope = `${date}/eu-central-1/lambda/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(request)].join('\n');
  const key = [date, 'eu-central-1', 'lambda', 'aws4_request'].reduce<Buffer | string>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${SECRET}`,
  );
  return createHmac('sha256', key).update(toSign).digest('hex') === signature;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
