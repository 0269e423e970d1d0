/**
 * Self-service of the API, for the web component. Invariant: the token is asked for when it is needed, sent in a header to
 * the API alone, and kept nowhere.
 */
import type { paths } from '../api/paths.ts';

type Answer<P extends keyof paths, M extends keyof paths[P], S extends number> = paths[P][M] extends {
  responses: { [status in S]: { content: { 'application/json': infer A } } };
}
  ? A
  : never;

export type OwnState = Answer<'/self', 'get', 200>;
export type OwnTimeline = Answer<'/self/timeline', 'get', 200>;
export type Work = Answer<'/self/work/{work}', 'get', 200>;
export type Counts = Extract<NonNullable<Work['result']>, { kind: 'counts' }>;
export type Mode = Counts['mode'];

export type GetToken = () => string | Promise<string>;

/** What the API said, for people. */
export class OwnApiError extends Error {
  readonly hint: string;

  constructor(detail: string, hint: string) {
    super(detail);
    this.hint = hint;
  }
}

export interface OwnApi {
  state(): Promise<OwnState>;
  timeline(): Promise<OwnTimeline>;
  /** Each resolves once it has ended. OwnApiError where it failed. */
  backUp(): Promise<Work>;
  preview(asked: { to: string; mode: Mode }): Promise<Work>;
  restore(asked: { preview: string; hash: string; reason: string }): Promise<Work>;
}

const LOOK_EVERY_MS = 700;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/** `base`: as `https://backups.example.com/api`. OwnApiError for one that a token must not be sent to. */
export function ownApi(base: string, getToken: GetToken, pageUrl: string): OwnApi {
  const url = new URL(base, pageUrl);
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (!isSafe) throw new OwnApiError('The address of the API is not safe.', 'Use an https address.');
  const root = url.href.replace(/\/$/, '');

  async function ask<T>(path: string, body?: unknown): Promise<T> {
    const token = await getToken();
    const response = await fetch(root + path, {
      method: body === undefined ? 'GET' : 'POST',
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch(() => {
      throw new OwnApiError('The backup service does not answer.', 'Try again in a minute.');
    });
    const document = await response.json().catch(() => ({}));
    if (response.ok) return document as T;
    throw new OwnApiError(document.detail ?? 'The backup service refused this.', document.hint ?? '');
  }

  async function followed(begun: Promise<Work>): Promise<Work> {
    let work = await begun;
    while (work.state === 'running') {
      await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS));
      work = await ask<Work>(`/self/work/${encodeURIComponent(work.id)}`);
    }
    if (work.problem) throw new OwnApiError(work.problem.detail, work.problem.hint);
    return work;
  }

  return {
    state: () => ask('/self'),
    timeline: () => ask('/self/timeline'),
    backUp: () => followed(ask('/self/backups', {})),
    preview: asked => followed(ask('/self/previews', asked)),
    restore: asked => followed(ask('/self/restores', asked)),
  };
}
