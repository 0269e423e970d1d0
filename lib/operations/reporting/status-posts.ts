/**
 * Posts on the status page: permitted, in the audit trail with who wrote them, then signed in the vault, written once and
 * never changed. Invariant: a post that this installation did not sign for its place is shown nowhere, and is counted.
 */
import { InputError, IntegrityError } from '../../domain/errors.ts';
import { STATUS_POSTS_PREFIX, statusPostKey } from '../../domain/governance-key.ts';
import { newId } from '../../domain/new-id.ts';
import type { Principal } from '../../domain/principal.ts';
import { retainUntil, type Settings } from '../../domain/settings.ts';
import {
  type IncidentState,
  incidentsOf,
  PostText,
  type StatusComponent,
  type StatusIncident,
  StatusPost,
} from '../../domain/status-page/status-post.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { doAtOnce } from '../governance/at-once.ts';
import type { RecordDeps } from '../governance/audit.ts';
import { inParallel } from '../in-parallel.ts';
import { putSigned, readSigned } from '../storage/signed-document.ts';

const AT_ONCE = 16;

type PostReadDeps = Pick<Deps, 'vault' | 'signer'>;

export interface PostAsked {
  /** Needed for a new incident; of one that there is, it is known. */
  readonly component?: StatusComponent;
  readonly state: IncidentState;
  readonly text: string;
  /** Id of an incident, or its beginning. Undefined: a new one. */
  readonly incident?: string;
}

export interface StoredPost {
  readonly key: string;
  readonly post: StatusPost;
}

/**
 * Stores the post and returns it. InputError `not-permitted`, `usage`, `unknown-incident`; StorageError `audit-unwritable`; and
 * what the vault throws.
 */
export async function postStatus(
  deps: PostReadDeps & RecordDeps & Pick<Deps, 'clock' | 'random' | 'notifier'> & { readonly settings: Settings },
  principal: Principal,
  asked: PostAsked,
): Promise<StoredPost> {
  const attempt = { principal, permission: 'postStatus', tenant: SYSTEM } as const;
  const done = await doAtOnce(
    deps,
    attempt,
    async () => {
      const post = await madePost(deps, asked);
      const key = statusPostKey(post.incident, post.id);
      const options = { retainUntil: retainUntil(deps.settings, 'record', deps.clock.now()) };
      return { key, post, sha256: (await putSigned(deps, key, post, options)).sha256 };
    },
    async ({ key, post: { incident, component, state }, sha256 }) => ({
      records: { [key]: sha256 },
      details: { incident, component, state },
    }),
  );
  const { id, incident, component, state } = done.post;
  const message = `The status page says of ${component}: ${state}.`;
  const details = { id, incident, component, state };
  // It is stored: whoever cannot be told reads the page.
  await deps.notifier.notify({ severity: 'info', code: 'status-posted', message, details }).catch(() => {});
  return { key: done.key, post: done.post };
}

async function madePost(
  deps: PostReadDeps & Pick<Deps, 'clock' | 'random'>,
  { component, state, text, incident }: PostAsked,
): Promise<StatusPost> {
  const now = deps.clock.now();
  const id = newId(deps, now);
  const of = incident === undefined ? undefined : findIncident((await listIncidents(deps)).incidents, incident);
  const named = component ?? of?.component;
  if (named === undefined || (of && named !== of.component))
    throw new InputError('usage', 'A new incident names its component; it stays the same.', {
      hint: 'Pass --component for a new incident, or --incident ID alone.',
    });
  const { data } = PostText.safeParse(text);
  if (data === undefined)
    throw new InputError('usage', 'The text has 1 to 2000 characters, without control characters.', {
      hint: 'Write what customers should know, in a few sentences.',
    });
  const place = { id, incident: of?.id ?? id, component: named };
  return { format: 'holdfast.status-post/1', ...place, state, text: data, at: now.toISOString() };
}

/** The newest first. `altered`: keys of posts that do not verify. */
export async function listIncidents(
  deps: PostReadDeps,
): Promise<{ readonly incidents: StatusIncident[]; readonly altered: string[] }> {
  const keys: string[] = [];
  for await (const key of deps.vault.keys(STATUS_POSTS_PREFIX)) keys.push(key);
  const posts: StatusPost[] = [];
  const altered: string[] = [];
  await inParallel(AT_ONCE, keys, async key => {
    const post = await verifiedPost(deps, key);
    if (post) posts.push(post);
    else altered.push(key);
  });
  return { incidents: incidentsOf(posts), altered: altered.sort() };
}

async function verifiedPost(deps: PostReadDeps, key: string): Promise<StatusPost | undefined> {
  try {
    const post = await readSigned(deps, key, StatusPost);
    return statusPostKey(post.incident, post.id) === key ? post : undefined;
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

/** The one whose id begins so. InputError `unknown-incident`. */
export function findIncident(incidents: readonly StatusIncident[], id: string): StatusIncident {
  const found = incidents.filter(each => each.id.startsWith(id));
  if (found.length === 1) return found[0]!;
  const message = found.length === 0 ? 'There is no such incident.' : 'Several incidents begin with this id.';
  throw new InputError('unknown-incident', message, { hint: '`holdfast status-page build` writes their ids.' });
}
