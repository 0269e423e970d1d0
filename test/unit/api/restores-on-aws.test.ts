/**
 * Restores of an installation on AWS through its API, with the functions' own runtime: who may ask, follow and decide, what
 * happens twice, and what people of two kinds of sign-in can do together.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiOnAws } from '../../../lib/api/api-on-aws.ts';
import { TABLES_ON_AWS } from '../../../lib/api/routes-on-aws.ts';
import { type ConsoleSettings, consoleIssuers } from '../../../lib/domain/console-settings.ts';
import { maySignInTwice } from '../../../lib/domain/sign-in-realm.ts';
import type { TenantRef } from '../../../lib/domain/tenant.ts';
import { decideRestore } from '../../../lib/operations/governance/approve.ts';
import { type ApiWorld, apiWorld } from '../../support/api-world.ts';
import { type DeployedWorld, deployedWorld, failExecution } from '../../support/deployed-restores.ts';
import { acme, other, person } from '../../support/governed.ts';
import { type TestIssuer, testIssuer } from '../../support/token-issuer.ts';

const SELF = 'https://app.example.com';
const SETTINGS: ConsoleSettings = {
  signIn: { kind: 'oidc', issuer: 'https://people.example.com', clientId: 'console' },
  groups: 'groups',
  roles: { dba: ['operator'], second: ['approver'], audit: ['auditor'], both: ['operator', 'approver'] },
  self: { issuer: SELF, audience: 'backups', tenantClaim: 'tenant' },
};

let world: ApiWorld;
let aws: DeployedWorld;
let people: TestIssuer;
let app: TestIssuer;
let opened: TenantRef[];

async function begin(approvals = 1) {
  world = await apiWorld({ known: ['acme', 'other'] });
  aws = deployedWorld(world, { approvals, selfIssuer: SELF });
  const now = () => world.deps.clock.now();
  people = await testIssuer('https://people.example.com', now, 'console');
  app = await testIssuer(SELF, now, 'backups');
  opened = [];
}

beforeEach(() => begin());
afterEach(() => world.deps.dispose());

/** Another container each time. */
function container() {
  const { storage, recording, fleet, timeZone, labels, selfService } = world.apiDeps;
  return apiOnAws({
    ...{ place: 'requests', routes: TABLES_ON_AWS },
    issuers: consoleIssuers(SETTINGS, { region: 'eu-central-1', pool: undefined }),
    deps: {
      ...{ storage, recording, fleet, timeZone, labels, selfService, deployed: aws.deployed },
      command: words => `holdfast ${words.join(' ')}`,
      async storageOf(tenant) {
        opened.push(tenant);
        return storage;
      },
    },
    fetch: (input, init) => (String(input).startsWith(SELF) ? app : people).fetch(input, init),
    failed: () => {},
  });
}

// biome-ignore lint/suspicious/noExplicitAny: documents are what the API answers
type Loose = any;

async function call(
  token: string,
  path: string,
  body?: object,
  key?: string,
): Promise<{ status: number; body: Loose }> {
  const [rawPath, rawQueryString = ''] = `/api${path}`.split('?') as [string, string?];
  const method = body === undefined ? 'GET' : 'POST';
  const headers: Record<string, string> = {
    ...{ authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(key !== undefined && { 'idempotency-key': key }),
  };
  const event = { rawPath, rawQueryString, headers, requestContext: { http: { method, path: rawPath } } };
  const given = await container()({ ...event, ...(body && { body: JSON.stringify(body) }) } as never);
  return { status: given.statusCode, body: JSON.parse(given.body) };
}

const as = (sub: string, ...groups: string[]) => people.token({ sub, groups });
const olga = () => as('olga', 'dba');
const anna = () => as('anna', 'second');
const at = (rest: string, tenant: TenantRef = acme) => `/tenants/${tenant}${rest}`;
const TO = { target: '2026-01-01T00:00:00Z' };

/** The id and hash of a preview that the person made. */
async function previewed(token: string): Promise<{ preview: string; hash: string }> {
  const { body } = await call(token, at('/previews'), TO);
  await aws.machine.advance();
  const done = await call(token, at(`/executions/${body.id}`));
  const { preview } = done.body.result;
  return { preview, hash: aws.machine.hashOf(acme, preview) };
}

async function asked(token: string) {
  const seen = await previewed(token);
  const { body } = await call(token, at('/restores'), { ...seen, reason: 'lost orders' });
  await aws.machine.advance();
  return { ...seen, id: body.id as string };
}

describe('an operator', () => {
  it('previews, asks, is approved by another person, and sees what it became', async () => {
    const begun = await call(await olga(), at('/previews'), TO);
    expect(begun).toMatchObject({ status: 202, body: { work: 'preview', state: 'running', tenant: acme } });
    expect(begun.body.progress).toEqual([{ step: 'execution.step', message: 'Check the request' }]);
    await aws.machine.advance();
    const { result } = (await call(await olga(), at(`/executions/${begun.body.id}`))).body;
    const hash = aws.machine.hashOf(acme, result.preview);
    const request = await call(await olga(), at('/restores'), { preview: result.preview, hash, reason: 'lost orders' });
    expect(request.body).toMatchObject({ state: 'waiting', reason: 'lost orders', planHash: hash, restore: null });
    expect(request.body.plan).toContain('Insert 2, update 0 and delete 1 rows.');
    await aws.machine.advance();

    const [listed] = (await call(await anna(), '/requests?state=waiting')).body.requests;
    expect(listed).toMatchObject({ id: result.preview, tenant: acme, name: 'acme', steps: { decide: { may: true } } });
    const approved = await call(await anna(), at(`/requests/${listed.id}/approve`), { planHash: hash });
    expect(approved).toMatchObject({ status: 200, body: { state: 'executing', isOwn: false } });
    await aws.machine.advance();
    const done = (await call(await olga(), at(`/requests/${listed.id}`))).body;
    expect(done).toMatchObject({ state: 'done', restore: `restore-of-${listed.id}`, isOwn: true });
    expect((await call(await olga(), at(`/executions/${done.execution}`))).body.result).toEqual({
      ...{ request: listed.id, restore: `restore-of-${listed.id}` },
    });
    expect((await call(await anna(), '/requests?state=waiting')).body.requests).toEqual([]);
    const events = (await world.trail()).map(
      ({ action, outcome, who }) => `${who.name.split('#')[1]} ${action} ${outcome}`,
    );
    expect(events).toEqual([
      ...['olga previewRestore allowed', 'olga previewRestore requested'],
      ...['olga restore requested', 'anna approveRestore approved'],
    ]);
  });

  it('never decides on the own request, and nobody decides on another difference', async () => {
    const { id, hash } = await asked(await as('otto', 'both'));
    const place = at(`/requests/${id}/approve`);
    expect((await call(await as('otto', 'both'), place, { planHash: hash })).body.code).toBe('own-request');
    expect((await call(await as('OTTO', 'both'), place, { planHash: hash })).status).toBe(403);
    expect((await call(await anna(), place, { planHash: '0'.repeat(64) })).body.code).toBe('other-preview');
    expect((await call(await olga(), place, { planHash: hash })).body.code).toBe('not-permitted');
    expect((await call(await anna(), at(`/requests/${id}`))).body.state).toBe('waiting');
  });

  it('asks for what was seen alone, and for the own preview', async () => {
    const { preview, hash } = await previewed(await olga());
    const ask = async (token: string, more: object) =>
      (await call(token, at('/restores'), { preview, hash, reason: 'x', ...more })).body.code;
    expect(await ask(await olga(), { hash: '0'.repeat(64) })).toBe('other-preview');
    expect(await ask(await as('oscar', 'dba'), {})).toBe('preview-of-another');
    expect(await ask(await olga(), { preview: '000000000-00000000' })).toBe('unknown-preview');
    expect((await call(await olga(), at('/restores', other), { preview, hash, reason: 'x' })).body.code).toBe(
      'unknown-preview',
    );
    expect(aws.machine.executions).toHaveLength(1);
  });

  it('asks once, however often and wherever the request arrives', async () => {
    const seen = await previewed(await olga());
    for (let again = 0; again < 3; again++) await call(await olga(), at('/restores'), { ...seen, reason: 'lost' });
    expect(aws.machine.executions).toHaveLength(2);
    const twice = [
      await call(await olga(), at('/previews'), TO, 'key-1'),
      await call(await olga(), at('/previews'), TO, 'key-1'),
    ];
    expect(twice[1]).toEqual(twice[0]);
    expect((await call(await as('oscar', 'dba'), at('/previews'), TO, 'key-1')).body.id).not.toBe(twice[0]!.body.id);
    const different = await call(await olga(), at('/previews'), { target: '2026-01-02T00:00:00Z' }, 'key-1');
    expect(different.body.code).toBe('request-used');
  });

  it('has begun what Step Functions does not tell of yet', async () => {
    const seen = await previewed(await olga());
    aws.machine.knowsLater = true;
    expect((await call(await olga(), at('/previews'), TO)).body).toMatchObject({ state: 'running', work: 'preview' });
    const asked = await call(await olga(), at('/restores'), { ...seen, reason: 'lost' });
    expect(asked.body).toMatchObject({ id: seen.preview, state: 'waiting', reason: 'lost', isOwn: true });
  });

  it('is told why it failed, and that it ended', async () => {
    const { id } = await asked(await olga());
    failExecution(aws.machine.executions.at(-1)!);
    const request = (await call(await olga(), at(`/requests/${id}`))).body;
    expect(request).toMatchObject({ state: 'failed', restore: null, steps: { decide: { may: false } } });
    const { problem } = (await call(await olga(), at(`/executions/${request.execution}`))).body;
    expect(problem).toMatchObject({ code: 'conflicts', hint: 'Make a new preview.' });
  });

  it('sees a refusal and a request that nobody decided on', async () => {
    const one = await asked(await olga());
    await call(await anna(), at(`/requests/${one.id}/refuse`), { planHash: one.hash });
    expect((await call(await olga(), at(`/requests/${one.id}`))).body.state).toBe('refused');
    const two = await asked(await olga());
    world.deps.clock.advance(25 * 3600_000);
    expect((await call(await olga(), at(`/requests/${two.id}`))).body).toMatchObject({
      ...{ state: 'expired', steps: { decide: { may: false } } },
    });
    expect((await call(await anna(), '/requests')).body.requests).toEqual([]);
  });

  it('needs nobody else where the deployment asks for nobody', async () => {
    await world.deps.dispose();
    await begin(0);
    const { id } = await asked(await olga());
    expect((await call(await olga(), at(`/requests/${id}`))).body.state).toBe('executing');
    await aws.machine.advance();
    expect((await call(await olga(), at(`/requests/${id}`))).body.state).toBe('done');
  });
});

describe('whoever may not', () => {
  it('starts nothing, opens nothing and learns nothing', async () => {
    const { id, hash, preview } = await asked(await olga());
    const before = aws.machine.executions.length;
    const { execution } = (await call(await olga(), at(`/requests/${id}`))).body;
    opened = [];
    const stranger = await app.token({ sub: 'theo', tenant: 'other' });
    for (const token of [stranger, await as('nobody')])
      for (const [path, body] of [
        ...[
          [at('/previews'), TO],
          [at('/restores'), { preview, hash, reason: 'x' }],
        ],
        ...[[at(`/requests/${id}`)], [at(`/requests/${id}/approve`), { planHash: hash }]],
        ...[[at('/restores')], [`/requests?tenant=${acme}`]],
      ] as [string, object?][]) {
        const there = await call(token, path, body);
        expect(`${path} ${there.status} ${there.body.code}`).toBe(`${path} 403 not-permitted`);
      }
    // Work is followed by whoever began it.
    for (const token of [stranger, await anna()])
      expect((await call(token, at(`/executions/${execution}`))).body.code).toBe('unknown-execution');
    expect((await call(stranger, at(`/executions/${execution}`, other))).body.code).toBe('unknown-execution');
    expect(aws.machine.executions).toHaveLength(before);
    expect(opened).toEqual([]);
  });
});

describe('a tenant’s administrator', () => {
  const tina = () => app.token({ sub: 'tina', tenant: 'acme' });

  it('asks for the own data, and operators decide', async () => {
    const seen = await previewed(await olga());
    // Previews of operators are theirs.
    expect((await call(await tina(), '/self/restores', { ...seen, reason: 'lost' })).body.code).toBe(
      'preview-of-another',
    );
    const own = await aws.deployed
      .start({
        principal: { ...person(`${SELF}#tina`, ['tenant-administrator'], [acme]), proof: 'oidc' },
        name: 'console-preview-own',
        input: { tenant: 'acme', ...TO, previewOnly: true },
      })
      .then(() => aws.machine.advance());
    expect(own).toBeUndefined();
    const work = (await call(await tina(), '/self/work/console-preview-own')).body;
    expect(work).toMatchObject({ state: 'done', result: { kind: 'counts', totals: { rows: 3 } } });
    const { preview, hash } = work.result;
    await call(await tina(), '/self/restores', { preview, hash, reason: 'our mistake' });
    await aws.machine.advance();
    const [request] = (await call(await tina(), '/self/requests')).body.requests;
    expect(request).toMatchObject({ id: preview, state: 'waiting', isOwn: true, approvals: 1, reason: 'our mistake' });
    await call(await anna(), at(`/requests/${preview}/approve`), { planHash: hash });
    await aws.machine.advance();
    expect((await call(await tina(), `/self/requests/${preview}`)).body).toMatchObject({ state: 'done', approved: 1 });
    expect((await call(await tina(), `/self/work/console-restore-${preview}`)).body).toMatchObject({
      ...{ state: 'done', result: { kind: 'request', applied: true } },
    });
  });

  it('sees no request and no work of another tenant', async () => {
    const { id } = await asked(await olga());
    const theo = await app.token({ sub: 'theo', tenant: 'other' });
    expect((await call(theo, '/self/requests')).body.requests).toEqual([]);
    expect((await call(theo, `/self/requests/${id}`)).body.code).toBe('unknown-request');
    expect((await call(theo, `/self/work/console-restore-${id}`)).body.code).toBe('unknown-execution');
  });
});

describe('people of IAM and of the console', () => {
  const iam = (name: string) => `arn:aws:sts::111122223333:assumed-role/people/${name}`;
  const account = (name: string) => `https://people.example.com#${name}`;

  it('are never two people for one request, unless a tenant’s administrator is one of them', () => {
    const tenant = `${SELF}#tina`;
    expect(maySignInTwice(iam('a'), account('b'), SELF)).toBe(true);
    expect(maySignInTwice(account('b'), iam('a'), SELF)).toBe(true);
    for (const [one, two] of [
      ...[
        [iam('a'), iam('b')],
        [account('a'), account('b')],
      ],
      ...[
        [tenant, iam('a')],
        [account('a'), tenant],
      ],
    ] as [string, string][])
      expect(maySignInTwice(one, two, SELF), `${one} ${two}`).toBe(false);
  });

  it('do not decide on what the others asked for, nor beside the decision of one', async () => {
    await world.deps.dispose();
    await begin(2);
    const { id, hash } = await asked(await olga());
    const byIam = (name: string) =>
      decideRestore(world.deps, {
        ...{
          principal: { ...person(iam(name), ['approver']), proof: 'iam' as const },
          tenant: acme,
          id,
          hash,
          agrees: true,
        },
        maySignInAs: other => maySignInTwice(iam(name), other, SELF),
      });
    await expect(byIam('anna')).rejects.toMatchObject({ code: 'other-sign-in' });
    expect((await call(await anna(), at(`/requests/${id}`))).body.steps.decide).toEqual({ may: true, why: null });
    await call(await anna(), at(`/requests/${id}/approve`), { planHash: hash });
    await expect(byIam('bert')).rejects.toMatchObject({ code: 'other-sign-in' });
    expect((await call(await olga(), at(`/requests/${id}`))).body).toMatchObject({ state: 'waiting', approvals: 2 });
  });
});
