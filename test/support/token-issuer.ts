/** An OpenID Connect issuer for tests: its keys, its discovery document, and tokens in every state of repair. */
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';

export interface TestIssuer {
  readonly issuer: string;
  /** What was asked of it, by path. */
  readonly asked: string[];
  /** Answers discovery and keys; everything else with 404. */
  readonly fetch: typeof fetch;
  /** The public keys that it publishes now. */
  readonly published: () => JWK[];
  /** A new key instead of all others. */
  rotate(): Promise<void>;
  /** Stops answering, or answers again. */
  answers: boolean;
  /** A token of these claims by the current key; undefined leaves a default claim out. */
  token(
    claims?: Record<string, unknown>,
    how?: { header?: Partial<JWTHeaderParameters>; key?: CryptoKey },
  ): Promise<string>;
}

/** Valid for an hour from `now`. */
export async function testIssuer(issuer: string, now: () => Date, audience = 'holdfast'): Promise<TestIssuer> {
  let made = 0;
  let current: { key: CryptoKey; jwk: JWK };
  const asked: string[] = [];
  async function rotate() {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: `key-${++made}`, alg: 'ES256', use: 'sig' };
    current = { key: privateKey, jwk };
  }
  await rotate();
  const found: TestIssuer = {
    ...{ issuer, asked, rotate, answers: true, published: () => [current.jwk] },
    fetch: async input => {
      const url = new URL(String(input));
      asked.push(url.pathname);
      if (!found.answers) throw new TypeError('fetch failed');
      if (url.pathname === '/.well-known/openid-configuration')
        return Response.json({ issuer, jwks_uri: `${issuer}/keys` });
      if (url.pathname === '/keys') return Response.json({ keys: found.published() });
      return new Response('', { status: 404 });
    },
    async token(claims = {}, { header, key } = {}) {
      const seconds = Math.floor(now().getTime() / 1000);
      const all = { iss: issuer, aud: audience, sub: 'user-1', iat: seconds, exp: seconds + 3600, ...claims };
      const given = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      return new SignJWT(given)
        .setProtectedHeader({ alg: 'ES256', kid: current.jwk.kid!, ...header })
        .sign(key ?? current.key);
    },
  };
  return found;
}
