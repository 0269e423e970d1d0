/**
 * Posts on the status page: permitted, in the audit trail with who wrote them, then signed in the vault, written once and
 * never changed.
 */
import { InputError } from '../../domain/errors.ts';
import { statusPostKey } from '../../domain/governance-key.ts';
import { newId } from '../../domain/new-id.ts';
import type { Principal } from '../../domain/principal.ts';
import { retainUntil, type Settings } from '../../domain/settings.ts';
import { type PostAsked, PostText, type StatusPost } from '../../domain/status-page/status-post.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { doAtOnce } from '../governance/at-once.ts';
import type { RecordDeps } from '../governance/audit.ts';
import { putSigned } from '../storage/signed-document.ts';
import { findIncident, listIncidents, type PostReadDeps } from './status-posts.ts';

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
