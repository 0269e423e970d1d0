/**
 * Who may call the API of one machine: the browser that opened the one-time link, and nobody else. The link is good once; it
 * is exchanged for a cookie that no script reads and no other site sends. Invariants: only a request that names the server by
 * its own loopback address is answered, so that no name of another site leads here; only a page of the server itself can
 * change anything.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { InputError } from '../domain/errors.ts';
import type { Principal } from '../domain/principal.ts';
import type { Random } from '../ports.ts';

export const SESSION_COOKIE = 'holdfast-session';

export interface LocalDoor {
  /** Path of the link; each call makes another, and the one before stays good until it is used. */
  link(): string;
  /** The value of the session cookie for the token of a link. InputError `not-signed-in`. */
  exchange(token: string): string;
  /** InputError `not-signed-in`, `other-origin`. */
  authenticate(request: Request): Promise<Principal>;
  /** InputError `other-origin` where the request does not name this server. */
  requireOwnHost(request: Request): void;
}

/** `hosts`: as the browser may name the server, such as `127.0.0.1:4680`. */
export function localDoor(principal: Principal, hosts: readonly string[], random: Random): LocalDoor {
  const links = new Set<string>();
  let session: string | undefined;

  function requireOwnHost(request: Request): void {
    if (!hosts.includes(request.headers.get('host') ?? '')) throw otherOrigin();
  }

  function requireOwnPage(request: Request): void {
    const origin = request.headers.get('origin');
    const site = request.headers.get('sec-fetch-site');
    const isOwnOrigin = origin === null || hosts.some(host => origin === `http://${host}`);
    if (!isOwnOrigin || (site !== null && site !== 'same-origin' && site !== 'none')) throw otherOrigin();
    if (request.method !== 'GET' && request.method !== 'HEAD' && origin === null && site === null) throw otherOrigin();
  }

  return {
    requireOwnHost,
    link() {
      const token = tokenOf(random);
      links.add(token);
      return `/sign-in?token=${token}`;
    },
    exchange(token) {
      if (![...links].some(each => same(each, token)))
        throw new InputError('not-signed-in', 'This link was used before, or is none of this server.', {
          hint: 'Stop `holdfast console` and start it again for a new link.',
        });
      links.delete(token);
      session = tokenOf(random);
      return session;
    },
    async authenticate(request) {
      requireOwnHost(request);
      requireOwnPage(request);
      const sent = cookieOf(request.headers.get('cookie') ?? '');
      if (session !== undefined && sent !== undefined && same(session, sent)) return principal;
      throw new InputError('not-signed-in', 'This browser has not opened the link of the console.', {
        hint: 'Open the link that `holdfast console` printed; it is good once.',
      });
    },
  };
}

function tokenOf(random: Random): string {
  return Buffer.from(random.bytes(32)).toString('base64url');
}

/** In constant time, whatever the lengths. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function cookieOf(header: string): string | undefined {
  const found = header.split(';').find(part => part.trim().startsWith(`${SESSION_COOKIE}=`));
  return found?.trim().slice(SESSION_COOKIE.length + 1);
}

function otherOrigin(): InputError {
  return new InputError('other-origin', 'Only pages of this server may call it.', {
    hint: 'Open the link that `holdfast console` printed.',
  });
}
