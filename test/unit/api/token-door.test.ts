/** Whoever calls with a token is who its issuer vouches for, and a token that is wrong in any way is nobody's. */
import { createHmac, createPublicKey, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair, type JWK } from 'jose';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { tokenDoor } from '../../../lib/api/token-door.ts';
import { TokenIssuer } from '../../../lib/domain/api-settings.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';
import { type TestIssuer, testIssuer } from '../../support/token-issuer.ts';

const ISSUER = 'https://app.example.com';
const START = new Date('2026-01-15T12:00:00Z');
const acme = tenantRef('test-installation', tenantId('acme'));

let issuer: TestIssuer;
let authenticate: ReturnType<typeof tokenDoor>;

const SETTINGS = { issuer: ISSUER, audience: 'holdfast', tenantClaim: 'tenant' };

function doorWith(settings: Partial<TokenIssuer> = {}) {
  const issuers = [TokenIssuer.parse({ ...SETTINGS, ...settings })];
  return tokenDoor({ issuers, installation: 'test-installation', fetch: issuer.fetch, now: () => new Date() });
}

const call = (token: string, door = authenticate) =>
  door(new Request('http://127.0.0.1/', { headers: { authorization: `Bearer ${token}` } }));

const why = (token: string, door?: typeof authenticate) =>
  call(token, door).then(
    () => 'let in',
    error => (error.code === 'not-signed-in' ? error.details.why : error.code),
  );

const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  issuer = await testIssuer(ISSUER, () => new Date());
  authenticate = doorWith();
});
afterEach(() => vi.useRealTimers());

describe('a good token', () => {
  it('is the administrator of the tenant that it names, and of no other', async () => {
    expect(await call(await issuer.token({ tenant: 'acme' }))).toEqual({
      ...{ name: `${ISSUER}#user-1`, proof: 'oidc', roles: ['tenant-administrator'], tenants: [acme] },
    });
  });

  it('may name the tenant by a number, or by its reference where the configuration says so', async () => {
    const seventeen = tenantRef('test-installation', tenantId('17'));
    expect((await call(await issuer.token({ tenant: 17 }))).tenants).toEqual([seventeen]);
    const byReference = doorWith({ tenantKind: 'reference' });
    expect((await call(await issuer.token({ tenant: acme }), byReference)).tenants).toEqual([acme]);
    for (const tenant of ['acme', 'system', 'auditors'])
      expect(await why(await issuer.token({ tenant }), byReference)).toBe('claims');
  });

  it('has the roles that the configuration gives its groups, and no other group gives one', async () => {
    const door = doorWith({ groups: { 'backup-operators': ['operator'], staff: ['auditor', 'approver'] } });
    const token = await issuer.token({ groups: ['staff', 'operator', 'constructor', '__proto__'] });
    expect((await call(token, door)).roles).toEqual(['auditor', 'approver']);
    expect((await call(await issuer.token({ groups: ['staff'] }))).roles).toEqual([]);
    expect(await why(await issuer.token({ groups: { staff: true } }), door)).toBe('claims');
  });

  it('is no administrator outside the group of administrators, where there is one', async () => {
    const door = doorWith({ administrators: 'owners' });
    const member = await call(await issuer.token({ tenant: 'acme', groups: ['members'] }), door);
    expect([member.roles, member.tenants]).toEqual([[], []]);
    const administrator = await call(await issuer.token({ tenant: 'acme', groups: ['owners'] }), door);
    expect(administrator.tenants).toEqual([acme]);
  });

  it('without a tenant is signed in and administers none', async () => {
    expect(await call(await issuer.token())).toMatchObject({ roles: [], tenants: [] });
  });

  it('is good within a minute of clock skew', async () => {
    expect(await why(await issuer.token({ exp: inSeconds(-59) }))).toBe('let in');
    expect(await why(await issuer.token({ nbf: inSeconds(59) }))).toBe('let in');
  });
});

describe('a token that is wrong', () => {
  it.each([
    ['of another issuer', { iss: 'https://evil.example.com' }, 'issuer'],
    ['of an issuer that begins alike', { iss: `${ISSUER}/` }, 'issuer'],
    ['without an issuer', { iss: undefined }, 'issuer'],
    ['for another audience', { aud: 'billing' }, 'issuer'],
    ['for no audience', { aud: undefined }, 'issuer'],
    ['without an end', { exp: undefined }, 'signature'],
    ['without a subject', { sub: undefined }, 'signature'],
    ['with an empty subject', { sub: ' ' }, 'claims'],
    ['with a very long subject', { sub: 'x'.repeat(300) }, 'claims'],
    ['with a list of tenants', { tenant: ['acme'] }, 'claims'],
    ['with two tenants', { tenant: ['acme', 'other'] }, 'claims'],
    ['with a tenant that is an object', { tenant: { id: 'acme' } }, 'claims'],
    ['with an empty tenant', { tenant: '' }, 'claims'],
    ['with a tenant that is null', { tenant: null }, 'claims'],
  ])('%s is refused', async (_what, claims, expected) => {
    expect(await why(await issuer.token(claims))).toBe(expected);
  });

  it('that has expired or is not good yet is refused', async () => {
    expect(await why(await issuer.token({ exp: inSeconds(-61) }))).toBe('expired');
    expect(await why(await issuer.token({ nbf: inSeconds(61) }))).toBe('signature');
    const token = await issuer.token();
    later(3600 + 61);
    expect(await why(token)).toBe('expired');
  });

  it('that names its tenant twice is refused, however the name is written', async () => {
    for (const again of ['"tenant":"other"', '"ten\\u0061nt":"other"']) {
      const seconds = inSeconds(60);
      const payload = `{"iss":"${ISSUER}","aud":"holdfast","sub":"u","exp":${seconds},"tenant":"acme",${again}}`;
      expect(await why(await signedText(payload))).toBe('claims');
    }
  });

  it('without a signature is refused', async () => {
    const [, payload] = (await issuer.token({ tenant: 'acme' })).split('.');
    for (const alg of ['none', 'None', 'NONE']) expect(await why(`${encoded({ alg })}.${payload}.`)).toBe('form');
    expect(await why(`${encoded({ alg: 'none' })}.${payload}.AA`)).toBe('signature');
  });

  it('signed with the public key as a shared secret is refused', async () => {
    const jwk = issuer.published()[0]!;
    const pem = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
    const [, payload] = (await issuer.token({ tenant: 'acme' })).split('.');
    for (const secret of [pem, JSON.stringify(jwk)]) {
      const signing = `${encoded({ alg: 'HS256', kid: jwk.kid })}.${payload}`;
      const mac = createHmac('sha256', secret).update(signing).digest('base64url');
      expect(await why(`${signing}.${mac}`)).toBe('signature');
    }
  });

  it('signed by a key that it brings itself is refused', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(publicKey);
    const headers = [{ jwk }, { jku: 'https://evil.example.com/keys' }, { kid: 'key-1' }];
    for (const header of headers)
      expect(await why(await issuer.token({ tenant: 'acme' }, { header, key: privateKey }))).toBe('signature');
    expect(new Set(issuer.asked)).toEqual(new Set(['/.well-known/openid-configuration', '/keys']));
  });

  it('with any altered character is refused', async () => {
    const token = await issuer.token({ tenant: 'acme' });
    const bits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    await fc.assert(
      fc.asyncProperty(fc.nat(token.length - 2), fc.constantFrom(...bits), async (at, letter) => {
        fc.pre(token[at] !== letter && token[at] !== '.');
        expect(await why(token.slice(0, at) + letter + token.slice(at + 1))).not.toBe('let in');
      }),
      { numRuns: 150 },
    );
  });

  it('that is very large, or not in the header as it should be, is refused', async () => {
    expect(await why(await issuer.token({ note: 'x'.repeat(20_000) }))).toBe('form');
    const token = await issuer.token();
    for (const authorization of ['', token, `Basic ${token}`, `Bearer ${token}.x.y`, `Bearer ${token} ${token}`]) {
      const request = new Request('http://127.0.0.1/', { headers: { authorization } });
      await expect(authenticate(request)).rejects.toMatchObject({ code: 'not-signed-in' });
    }
    const inAddress = new Request(`http://127.0.0.1/?access_token=${token}`);
    await expect(authenticate(inAddress)).rejects.toMatchObject({ code: 'not-signed-in' });
  });

  it('never appears in the error', async () => {
    const token = await issuer.token({ tenant: ['secret-tenant'] });
    const error = await call(token).catch(found => found);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/secret-tenant|eyJ/);
  });
});

describe('the keys of the issuer', () => {
  const asks = () => issuer.asked.filter(path => path === '/keys').length;

  it('are read once for many tokens', async () => {
    const token = await issuer.token();
    await Promise.all([call(token), call(token), call(token)]);
    await call(token);
    expect(issuer.asked).toEqual(['/.well-known/openid-configuration', '/keys']);
  });

  it('are read again, once, for a key that is not known; a forged one is then refused', async () => {
    await call(await issuer.token());
    later(31);
    const forged = await issuer.token({}, { header: { kid: 'nobody-knows-it' } });
    expect(await why(forged)).toBe('signature');
    expect(asks()).toBe(2);
    // Whoever sends many of them does not make the issuer be asked for each.
    await Promise.all(Array.from({ length: 20 }, () => why(forged)));
    expect(asks()).toBe(2);
  });

  it('may be changed: tokens of the new key are let in, and those of the old one no longer', async () => {
    const old = await issuer.token();
    await call(old);
    await issuer.rotate();
    later(31);
    expect(await why(await issuer.token())).toBe('let in');
    expect(await why(old)).toBe('signature');
  });

  it('are asked for again soon after the issuer did not answer, and nobody is let in meanwhile', async () => {
    const token = await issuer.token();
    issuer.answers = false;
    expect(await why(token)).toBe('issuer-unreachable');
    issuer.answers = true;
    expect(await why(token)).toBe('issuer-unreachable');
    later(31);
    expect(await why(token)).toBe('let in');
    later(11 * 60);
    issuer.answers = false;
    expect(await why(token)).toBe('issuer-unreachable');
  });

  it('are not those of a discovery document of somebody else', async () => {
    const other = { issuer: 'https://evil.example.com', jwks_uri: 'https://evil.example.com/keys' };
    const lying = { ...issuer, fetch: async () => Response.json(other) };
    const door = tokenDoor({
      ...{ issuers: [TokenIssuer.parse(SETTINGS)], installation: 'test-installation' },
      ...{ fetch: lying.fetch as typeof fetch, now: () => new Date() },
    });
    expect(await why(await issuer.token(), door)).toBe('issuer-unreachable');
  });

  it('are never read without TLS', () => {
    const parse = (keys: string) => TokenIssuer.safeParse({ ...SETTINGS, keys }).success;
    expect(['http://app.example.com/keys', 'ftp://app.example.com', 'https://u:p@app.example.com'].map(parse)).toEqual([
      false,
      false,
      false,
    ]);
    expect(parse('http://127.0.0.1:4444/keys')).toBe(true);
  });
});

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of exactly this text, signed by the issuer's own key. */
async function signedText(payload: string): Promise<string> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const jwk: JWK = { ...(await exportJWK(publicKey)), kid: randomUUID(), alg: 'ES256' };
  const published = issuer.published();
  Object.assign(issuer, { published: () => [...published, jwk] });
  authenticate = doorWith();
  return new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES256', kid: jwk.kid! }).sign(privateKey);
}
