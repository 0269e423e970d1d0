/** Follows long work that was begun, until it ends. The server does it: leaving the page stops nothing. */
import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';

export type FollowedExecution = AnswerOf<'/tenants/{tenant}/executions/{execution}'>;

const FOLLOW_MS = 700;

/** When to look again, in milliseconds; false: it has ended. */
export function untilEnded({
  state: { data },
}: {
  readonly state: { readonly data: { readonly state: FollowedExecution['state'] } | undefined };
}): number | false {
  return data === undefined || data.state === 'running' ? FOLLOW_MS : false;
}

/** `tenant`: a reference, or `system`. `id`: undefined until something was begun. */
export function useExecution(tenant: string, id: string | undefined) {
  return useQuery({
    queryKey: ['execution', tenant, id],
    queryFn: () =>
      answer(
        api.GET('/tenants/{tenant}/executions/{execution}', { params: { path: { tenant, execution: id ?? '' } } }),
      ),
    enabled: id !== undefined,
    refetchInterval: untilEnded,
  });
}
