/** Follows long work that was begun, until it ends. The server does it: leaving the page stops nothing. */
import { useQuery } from '@tanstack/react-query';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';

export type FollowedExecution = AnswerOf<'/tenants/{tenant}/executions/{execution}'>;

const FOLLOW_MS = 700;
/** Long work is asked about less often: at most every three seconds. */
const SLOWER = 1.05;
const LONGEST_MS = 3000;

/** When to look again, in milliseconds; false: it has ended. */
export function untilEnded({
  state: { data, dataUpdateCount },
}: {
  readonly state: {
    readonly data: { readonly state: FollowedExecution['state'] } | undefined;
    readonly dataUpdateCount: number;
  };
}): number | false {
  if (data !== undefined && data.state !== 'running') return false;
  return Math.min(LONGEST_MS, FOLLOW_MS * SLOWER ** dataUpdateCount);
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
