/** Work that was begun and is followed until it ends. Its id is in the address, so that a reload goes on following. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { untilEnded } from '../parts/use-execution.ts';

/** `begin` answers with the work that it began. */
export function useWork<A>(begin: (asked: A) => Promise<{ readonly id: string }>) {
  const [params, setParams] = useSearchParams();
  const id = params.get('work');
  const queries = useQueryClient();
  const follow = (work: string | null) =>
    setParams(
      before => {
        if (work === null) before.delete('work');
        else before.set('work', work);
        return before;
      },
      { replace: true },
    );
  const begun = useMutation({ mutationFn: begin, onSuccess: work => follow(work.id) });
  const work = useQuery({
    queryKey: ['self', 'work', id],
    queryFn: () => answer(api.GET('/self/work/{work}', { params: { path: { work: id! } } })),
    enabled: id !== null,
    refetchInterval: untilEnded,
  });
  const isOver = work.data !== undefined && work.data.state !== 'running';
  // Whatever it was, it used a quota, and may have made a backup or a request.
  useEffect(() => {
    if (isOver) void queries.invalidateQueries({ queryKey: ['self', 'state'] });
  }, [isOver, queries]);
  return {
    begin: begun.mutate,
    error: begun.error ?? (id === null ? null : work.error),
    isRunning: begun.isPending || work.data?.state === 'running',
    work: id === null ? undefined : work.data,
    forget: () => {
      begun.reset();
      follow(null);
    },
  };
}
export type FollowedWork = ReturnType<typeof useWork>['work'];
