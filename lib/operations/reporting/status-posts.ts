/**
 * What people posted on the status page, as it lies in the vault. Invariant: a post that this installation did not sign for its
 * place is shown nowhere, and is counted.
 */
import { InputError, IntegrityError } from '../../domain/errors.ts';
import { STATUS_POSTS_PREFIX, statusPostKey } from '../../domain/governance-key.ts';
import { incidentsOf, type StatusIncident, StatusPost } from '../../domain/status-page/status-post.ts';
import type { Deps } from '../../ports.ts';
import { inParallel } from '../in-parallel.ts';
import { readSigned } from '../storage/signed-document.ts';

const AT_ONCE = 16;

export type PostReadDeps = Pick<Deps, 'vault' | 'signer'>;

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
