/** The session of this window, if the console is one that people sign in to: opened before the first page is shown. */
import { openSession, type Session } from './session.ts';
import { readSettings } from './settings.ts';

let session: Session | undefined;

/** Undefined on one machine. */
export function currentSession(): Session | undefined {
  return session;
}

/** False: the browser is leaving for the page of the issuer. SignInError. */
export async function signedIn(): Promise<boolean> {
  const settings = await readSettings(fetch);
  if (settings === undefined) return true;
  const { origin, pathname, search } = location;
  session = openSession({
    ...{ settings, origin, storage: sessionStorage, now: Date.now },
    fetch: (...asked) => fetch(...asked),
    go: address => location.assign(address),
  });
  // A page that a browser kept alive was left for something else.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
  if (pathname === '/signed-in') {
    const view = await session.end(new URL(location.href));
    // The code does not stay in the history.
    history.replaceState(null, '', view);
    return true;
  }
  if ((await session.token()) !== undefined) return true;
  await session.begin(`${pathname}${search}`);
  return false;
}
