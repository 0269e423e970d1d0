/** Who may call the API of one machine: the browser that opened the link, from the server's own pages, by its own address. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { localDoor, SESSION_COOKIE } from '../../../lib/api/local-door.ts';
import { localSite } from '../../../lib/api/serve-site.ts';
import { systemRandom } from '../../../lib/local/system-random.ts';
import { root } from '../../support/governed.ts';

const HOST = '127.0.0.1:4680';

function opened() {
  const door = localDoor(root, [HOST, 'localhost:4680'], systemRandom);
  const cookie = `${SESSION_COOKIE}=${door.exchange(tokenOf(door.link()))}`;
  return { door, cookie };
}

function tokenOf(link: string): string {
  return new URL(link, `http://${HOST}`).searchParams.get('token')!;
}

function request(headers: Record<string, string>, method = 'GET'): Request {
  // As a server gets them: the standard forbids a page to set some of these.
  const sent = new Headers();
  for (const [name, value] of Object.entries({ host: HOST, ...headers })) sent.set(name, value);
  return { method, headers: sent } as Request;
}

describe('the one-time link', () => {
  it('is good once', () => {
    const door = localDoor(root, [HOST], systemRandom);
    const token = tokenOf(door.link());
    door.exchange(token);
    expect(() => door.exchange(token)).toThrow(expect.objectContaining({ code: 'not-signed-in' }));
  });

  it('cannot be guessed or changed', () => {
    const door = localDoor(root, [HOST], systemRandom);
    const token = tokenOf(door.link());
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constant(token.slice(1)), fc.constant(`${token}a`)), guess => {
        fc.pre(guess !== token);
        expect(() => door.exchange(guess)).toThrow(expect.objectContaining({ code: 'not-signed-in' }));
      }),
    );
  });
});

describe('a request', () => {
  it('of the browser that opened the link is of the machine’s user', async () => {
    const { door, cookie } = opened();
    expect(await door.authenticate(request({ cookie }))).toEqual(root);
    expect(await door.authenticate(request({ cookie: `a=b; ${cookie}`, origin: `http://${HOST}` }, 'POST'))).toEqual(
      root,
    );
  });

  it.each([
    ['without the session', {}, 'GET', 'not-signed-in'],
    ['with another session', { cookie: `${SESSION_COOKIE}=AAAA` }, 'GET', 'not-signed-in'],
    ['by a name that leads here', { host: 'attacker.example' }, 'GET', 'other-origin'],
    ['by another port', { host: '127.0.0.1:1' }, 'GET', 'other-origin'],
    ['from a page of another origin', { origin: 'http://attacker.example' }, 'GET', 'other-origin'],
    ['from a page of another port', { origin: 'http://127.0.0.1:1' }, 'POST', 'other-origin'],
    ['that a page of another site makes the browser send', { 'sec-fetch-site': 'cross-site' }, 'GET', 'other-origin'],
    ['of the same site but another origin', { 'sec-fetch-site': 'same-site' }, 'POST', 'other-origin'],
    ['that changes something and says no origin', {}, 'POST', 'other-origin'],
  ] as const)('%s is refused', async (_, headers, method, code) => {
    const { door, cookie } = opened();
    const sent = code === 'not-signed-in' ? headers : { cookie, ...headers };
    await expect(door.authenticate(request(sent, method))).rejects.toMatchObject({ code });
  });

  it('is refused before anybody has opened the link', async () => {
    const door = localDoor(root, [HOST], systemRandom);
    await expect(door.authenticate(request({ cookie: `${SESSION_COOKIE}=` }))).rejects.toMatchObject({
      code: 'not-signed-in',
    });
  });
});

describe('the pages', () => {
  it('carry the strict headers, are found at every address, and are the built files alone', async () => {
    const { door } = opened();
    const files = { directory: import.meta.dirname, names: new Set(['local-door.test.ts']) };
    const site = localSite({ fetch: () => new Response('{}') }, door, files);
    const get = (path: string, host = HOST) => site.request(path, { headers: { host } });
    const page = await get('/local-door.test.ts');
    expect([page.status, page.headers.get('content-security-policy')]).toEqual([
      200,
      expect.stringContaining("script-src 'self';"),
    ]);
    expect(page.headers.get('x-frame-options')).toBe('DENY');
    expect((await get('/api/me')).headers.get('x-content-type-options')).toBe('nosniff');
    // No index.html here: nothing else is read instead, wherever the address points.
    for (const path of ['/', '/tenants/a', '/../app.test.ts', '/..%2fapp.test.ts', '/app.test.ts'])
      expect((await get(path)).status).toBe(500);
    expect((await get('/', 'attacker.example')).status).toBe(403);
  });

  it('sets a session that no script reads and no other site sends', async () => {
    const door = localDoor(root, [HOST], systemRandom);
    const site = localSite({ fetch: () => new Response('{}') }, door, { directory: '.', names: new Set() });
    const answer = await site.request(door.link(), { headers: { host: HOST } });
    expect(answer.status).toBe(302);
    expect(answer.headers.get('set-cookie')).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
  });
});
