/**
 * Where people sign in: `settings.json` of a console that is served from AWS. On one machine there is no such file, and nobody
 * signs in: the one-time link did. Its shape is that of lib/domain/sign-in-settings.ts.
 */

export interface Settings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly endpoints?: Pick<Endpoints, 'authorize' | 'token'>;
  readonly signOut?: { readonly url: string; readonly returnAs: string };
}

export interface Endpoints {
  readonly authorize: string;
  readonly token: string;
  readonly signOut?: { readonly url: string; readonly returnAs: string };
}

/** Undefined on one machine, which answers every address with the page itself. */
export async function readSettings(ask: typeof fetch): Promise<Settings | undefined> {
  const response = await ask('/settings.json').catch(() => undefined);
  const isThere = response?.ok && (response.headers.get('content-type') ?? '').includes('json');
  return isThere ? ((await response.json()) as Settings) : undefined;
}

/** Those of the settings, or what the issuer itself says. SignInError. */
export async function endpointsOf(settings: Settings, ask: typeof fetch): Promise<Endpoints> {
  const { endpoints, signOut, issuer } = settings;
  if (endpoints) return { ...endpoints, ...(signOut && { signOut }) };
  const response = await ask(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`).catch(() => undefined);
  const found: unknown = response?.ok ? await response.json().catch(() => undefined) : undefined;
  const {
    authorization_endpoint: authorize,
    token_endpoint: token,
    end_session_endpoint: end,
  } = (found ?? {}) as Record<string, unknown>;
  if (typeof authorize !== 'string' || typeof token !== 'string')
    throw new SignInError('The page where people sign in cannot be found.');
  return {
    authorize,
    token,
    ...(typeof end === 'string' && { signOut: { url: end, returnAs: 'post_logout_redirect_uri' } }),
  };
}

export class SignInError extends Error {}
