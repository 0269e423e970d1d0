/** Signing in to a console that is served from AWS: what a browser sends, what it believes, and where it goes. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorizeAddress, challengeOf, claimsOf, codeIn, pendingFor } from '../../../console/src/sign-in/pkce.ts';
import { openSession } from '../../../console/src/sign-in/session.ts';
import { endpointsOf, readSettings, type Settings } from '../../../console/src/sign-in/settings.ts';

const SETTINGS: Settings = {
  ...{ issuer: 'https://issuer.example.com', clientId: 'console', scope: 'openid' },
  endpoints: { authorize: 'https://issuer.example.com/authorize', token: 'https://issuer.example.com/token' },
  signOut: { url: 'https://issuer.example.com/logout', returnAs: 'logout_uri' },
};
const DISCOVERING: Settings = { issuer: SETTINGS.issuer, clientId: 'console', scope: 'openid' };
const DISCOVERED = {
  ...{ authorization_endpoint: SETTINGS.endpoints!.authorize, token_endpoint: SETTINGS.endpoints!.token },
  end_session_endpoint: 'https://issuer.example.com/end',
};
const ORIGIN = 'https://backups.example.com';
const NOW = Date.parse('2026-01-15T12:00:00Z');

const tokenOf = (claims: object) =>
  ['{}', JSON.stringify(claims), 'x'].map(part => Buffer.from(part).toString('base64url')).join('.');
const person = (more: object = {}) => ({
  ...{ iss: SETTINGS.issuer, aud: SETTINGS.clientId, sub: 'ann', exp: NOW / 1000 + 3600, email: 'ann@example.com' },
  ...more,
});

describe('the proof that a code is of this browser', () => {
  it('is the one of RFC 7636', async () => {
    // Appendix B.
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
    expect(await challengeOf(verifier)).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
  });

  it('is the digest of the verifier, whatever that is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async verifier => {
        expect(await challengeOf(verifier)).toBe(createHash('sha256').update(verifier).digest('base64url'));
      }),
    );
  });

  it('is another one each time, as long as a verifier must be, and not in the address', async () => {
    const pending = [pendingFor('/'), pendingFor('/')];
    const secrets = pending.flatMap(({ state, nonce, verifier }) => [state, nonce, verifier]);
    expect(new Set(secrets).size).toBe(6);
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/);
    const address = await authorizeAddress(SETTINGS, SETTINGS.endpoints!, pending[0]!, `${ORIGIN}/signed-in`);
    expect(address).not.toContain(pending[0]!.verifier);
    expect(Object.fromEntries(new URL(address).searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: 'console', code_challenge_method: 'S256', scope: 'openid' },
      ...{ redirect_uri: `${ORIGIN}/signed-in`, state: pending[0]!.state, nonce: pending[0]!.nonce },
    });
  });

  it('brings one back to a view of this site, and to no other', () => {
    for (const view of ['/', '/tenants/abc?from=1', '/tenants/abc/transactions/0%2F1'])
      expect(pendingFor(view).returnTo).toBe(view);
    for (const other of ['//evil.example.com', '/\\evil.example.com', 'https://evil.example.com', 'javascript:x', ''])
      expect(pendingFor(other).returnTo).toBe('/');
    // It would be begun again for ever.
    expect(pendingFor('/signed-in?code=1').returnTo).toBe('/');
  });
});

describe('what comes back', () => {
  const pending = pendingFor('/');
  const back = (query: string) => new URL(`${ORIGIN}/signed-in?${query}`);

  it('is a code for the state that was sent', () => {
    expect(codeIn(back(`code=abc&state=${pending.state}`), pending)).toBe('abc');
    for (const query of [
      'code=abc',
      'code=abc&state=other',
      `state=${pending.state}`,
      `error=x&state=${pending.state}`,
    ])
      expect(() => codeIn(back(query), pending)).toThrow();
    expect(() => codeIn(back(`code=abc&state=${pending.state}`), undefined)).toThrow(/another window/);
  });

  it('is a token of the issuer, for this client, with the nonce that was sent', () => {
    const good = tokenOf(person({ nonce: 'n' }));
    expect(claimsOf(good, SETTINGS, 'n')).toMatchObject({ sub: 'ann', email: 'ann@example.com' });
    expect(claimsOf(tokenOf(person({ aud: ['other', 'console'] })), SETTINGS, undefined).sub).toBe('ann');
    const wrong = [{ iss: 'https://other' }, { aud: 'other' }, { nonce: 'm' }, { sub: 1 }, { exp: 'x' }];
    for (const change of wrong)
      expect(
        () => claimsOf(tokenOf(person({ nonce: 'n', ...change })), SETTINGS, 'n'),
        JSON.stringify(change),
      ).toThrow();
    for (const text of ['', 'a.b.c', 'x']) expect(() => claimsOf(text, SETTINGS, 'n')).toThrow(/cannot be read/);
  });
});

/** A browser's window, and an issuer that gives these tokens, one after the other. */
function windowWith(...tokens: (object | undefined)[]) {
  const kept = new Map<string, string>();
  const sent: URLSearchParams[] = [];
  const went: string[] = [];
  let now = NOW;
  let answers = true;
  const deps = {
    ...{ settings: SETTINGS, origin: ORIGIN, now: () => now },
    storage: {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
      removeItem: (name: string) => void kept.delete(name),
    },
    go: (address: string) => void went.push(address),
    fetch: async (url: unknown, init?: RequestInit) => {
      if (!answers) throw new TypeError();
      if (String(url).endsWith('/.well-known/openid-configuration')) return Response.json(DISCOVERED);
      sent.push(new URLSearchParams(String(init?.body)));
      const claims = tokens.shift();
      if (claims === undefined) return new Response('{"error":"invalid_grant"}', { status: 400 });
      const nonce = new URL(went.findLast(address => address.includes('nonce='))!).searchParams.get('nonce');
      return Response.json({ id_token: tokenOf({ nonce, ...claims }), refresh_token: 'refresh' });
    },
  };
  const session = openSession(deps);
  /** The next page of the window, told no endpoints: the issuer names them. */
  const nextPage = () => openSession({ ...deps, settings: DISCOVERING });
  const comeBack = () => {
    const state = new URL(went.at(-1)!).searchParams.get('state');
    return session.end(new URL(`${ORIGIN}/signed-in?code=abc&state=${state}`));
  };
  const later = (ms: number) => {
    now += ms;
  };
  const answering = (does: boolean) => {
    answers = does;
  };
  return { session, nextPage, kept, sent, went, comeBack, later, answering };
}

describe('a session', () => {
  it('begins with a code, its verifier and no secret, and is shown under a name', async () => {
    const { session, sent, comeBack, kept } = windowWith(person());
    expect(await session.token()).toBeUndefined();
    await session.begin('/tenants/abc');
    expect(await comeBack()).toBe('/tenants/abc');
    expect(Object.fromEntries(sent[0]!)).toEqual({
      ...{ grant_type: 'authorization_code', client_id: 'console', code: 'abc', redirect_uri: `${ORIGIN}/signed-in` },
      code_verifier: expect.stringMatching(/^[\w-]{43}$/),
    });
    expect(session.who()).toBe('ann@example.com');
    expect((await session.token())!.split('.')).toHaveLength(3);
    expect([...kept.keys()]).toEqual(['holdfast.tokens']);
  });

  it('takes a code once', async () => {
    const { session, comeBack } = windowWith(person(), person());
    await session.begin('/');
    await comeBack();
    await expect(comeBack()).rejects.toThrow(/another window/);
  });

  it('renews a token that ends, once for all requests that wait', async () => {
    const { session, sent, comeBack, later } = windowWith(person(), person({ exp: NOW / 1000 + 7200 }));
    await session.begin('/');
    await comeBack();
    const before = await session.token();
    later(3_590_000);
    const renewed = await Promise.all([session.token(), session.token(), session.token()]);
    expect(new Set(renewed).size).toBe(1);
    expect(renewed[0]).not.toBe(before);
    expect(sent).toHaveLength(2);
    expect(Object.fromEntries(sent[1]!)).toEqual({
      ...{ grant_type: 'refresh_token', client_id: 'console', refresh_token: 'refresh' },
    });
  });

  it('has no token where the issuer renews none, or renews another person’s', async () => {
    for (const next of [undefined, person({ sub: 'bob' })]) {
      const { session, comeBack, later } = windowWith(person(), next);
      await session.begin('/');
      await comeBack();
      later(3_590_000);
      expect(await session.token()).toBeUndefined();
    }
  });

  it('is begun again where the API refuses it, but not in a circle', async () => {
    const { session, went, comeBack, later } = windowWith(person());
    await session.begin('/');
    await comeBack();
    expect(await session.refused('/x')).toBe(false);
    expect(went).toHaveLength(1);
    later(120_000);
    expect(await session.refused('/x')).toBe(true);
    expect(went).toHaveLength(2);
    expect(await session.token()).toBeUndefined();
  });

  it('leaves for one sign-in, however many requests are refused', async () => {
    const { session, went, kept, comeBack, later } = windowWith(person(), person());
    await session.begin('/');
    await comeBack();
    later(120_000);
    // Requests that were on their way are answered while the browser leaves.
    await Promise.all([session.refused('/x'), session.refused('/x')]);
    await session.refused('/x');
    const { state } = JSON.parse(kept.get('holdfast.sign-in')!);
    expect(went.slice(1).map(address => new URL(address).searchParams.get('state'))).toEqual([state]);
    expect(await comeBack()).toBe('/x');
  });

  it('begins again where the page to sign in at could not be found before', async () => {
    const { nextPage, went, answering } = windowWith(person());
    const session = nextPage();
    answering(false);
    await expect(session.begin('/')).rejects.toThrow(/cannot be found/);
    answering(true);
    await session.begin('/');
    expect(went.map(address => new URL(address).pathname)).toEqual(['/authorize']);
  });

  it('stays ended, whatever is refused while the browser leaves', async () => {
    const { session, went, comeBack, later } = windowWith(person());
    await session.begin('/');
    await comeBack();
    later(120_000);
    await Promise.all([session.refused('/x'), session.signOut(), session.refused('/x')]);
    await session.refused('/x');
    expect(went.slice(1).map(address => new URL(address).pathname)).toEqual(['/logout']);
    expect(await session.token()).toBeUndefined();
  });

  it('stays ended where a token was just being renewed', async () => {
    const { session, kept, comeBack, later } = windowWith(person(), person({ exp: NOW / 1000 + 7200 }));
    await session.begin('/');
    await comeBack();
    later(3_590_000);
    const [renewed] = await Promise.all([session.token(), session.signOut()]);
    expect([renewed, kept.size]).toEqual([undefined, 0]);
  });

  it('ends here even where the issuer does not answer', async () => {
    const { session, nextPage, went, kept, comeBack, answering } = windowWith(person());
    await session.begin('/');
    await comeBack();
    answering(false);
    await nextPage().signOut();
    expect(kept.size).toBe(0);
    expect(went.at(-1)).toBe(`${ORIGIN}/`);
  });

  it('ends here and at the issuer', async () => {
    const { session, went, kept, comeBack } = windowWith(person());
    await session.begin('/');
    await comeBack();
    await session.signOut();
    expect(kept.size).toBe(0);
    expect(went.at(-1)).toBe(
      `https://issuer.example.com/logout?client_id=console&logout_uri=${encodeURIComponent(`${ORIGIN}/`)}`,
    );
  });
});

describe('the settings', () => {
  it('are absent on one machine, which answers with the page', async () => {
    const page = new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } });
    expect(await readSettings(async () => page)).toBeUndefined();
    expect(await readSettings(async () => Response.json({}, { status: 403 }))).toBeUndefined();
    expect(await readSettings(async () => Promise.reject(new TypeError()))).toBeUndefined();
    expect(await readSettings(async () => Response.json(SETTINGS))).toEqual(SETTINGS);
  });

  it('name the endpoints, or the issuer does', async () => {
    const { endpoints: _, signOut: __, ...without } = SETTINGS;
    const said = {
      authorization_endpoint: 'https://a',
      token_endpoint: 'https://t',
      end_session_endpoint: 'https://e',
    };
    const asked: string[] = [];
    const ask = async (url: unknown) => {
      asked.push(String(url));
      return Response.json(said);
    };
    expect(await endpointsOf(without, ask)).toEqual({
      ...{ authorize: 'https://a', token: 'https://t' },
      signOut: { url: 'https://e', returnAs: 'post_logout_redirect_uri' },
    });
    expect(asked).toEqual(['https://issuer.example.com/.well-known/openid-configuration']);
    await expect(endpointsOf(without, async () => Response.json({}))).rejects.toThrow(/cannot be found/);
  });
});
