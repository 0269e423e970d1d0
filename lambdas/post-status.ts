/**
 * Receives a person's post on the status page through the function's URL, which admits only IAM identities. Whether the
 * person may post is decided, recorded, and only then it is stored; it can store posts and events, and nothing else.
 */
import { InputError } from '../lib/domain/errors.ts';
import { PostAsked } from '../lib/domain/status-page/status-post.ts';
import { postStatus } from '../lib/operations/reporting/post-status.ts';
import { storageHandler } from '../lib/runtime/function-handler.ts';
import { UrlEvent } from '../lib/runtime/function-url.ts';
import { answerPrincipal, recordDeps } from '../lib/runtime/governed-call.ts';

const URL = { role: 'operator', action: 'postStatus' } as const;

export const handler = storageHandler(UrlEvent, (event, tools) =>
  answerPrincipal(event, tools, URL, (principal, body) => {
    const { ctx, aws } = tools;
    return postStatus({ ...ctx, ...recordDeps(ctx, aws) }, principal, postIn(body));
  }),
);

function postIn(body: unknown): PostAsked {
  const parsed = PostAsked.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new InputError('bad-input', 'The request body is not a post.', {
    hint: 'Send {"component", "state", "text"} for a new incident, or {"incident", "state", "text"}.',
  });
}
