/**
 * What the pages of a console that is served from AWS are told of signing in: `settings.json` beside them. It has no secret:
 * the client is public. On one machine there is no such file, and nobody signs in. The console reads the same shape
 * (console/src/sign-in/settings.ts), without the code of lib.
 */

/** Name of the file beside the pages. */
export const SETTINGS_FILE = 'settings.json';

export interface SignInSettings {
  /** As tokens name it. */
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  /** @default - as `/.well-known/openid-configuration` below the issuer says */
  readonly endpoints?: { readonly authorize: string; readonly token: string };
  /** Where one signs out, if that is not `end_session_endpoint`; and the parameter with the address to come back to. */
  readonly signOut?: { readonly url: string; readonly returnAs: string };
}
