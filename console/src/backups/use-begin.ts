/** Long work on one tenant that the page of its backups can begin: what was begun last is followed. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client.ts';
import type { BegunWork } from '../parts/work.tsx';

interface Started extends BegunWork {
  readonly title: string;
  readonly done: string;
}

/** Begins work, and keeps what was begun last. */
export function useBegin(tenant: string) {
  const [started, setStarted] = useState<Started>();
  const begin = useMutation({
    mutationFn: async ({ work, ...words }: { work: () => Promise<BegunWork>; title: string; done: string }) => ({
      ...(await work()),
      ...words,
    }),
    onSuccess: setStarted,
  });
  const path = { tenant };
  return {
    started,
    error: begin.error,
    isPending: begin.isPending,
    snapshot: (reason: string, fullRead: boolean) =>
      begin.mutate({
        work: () =>
          answer(
            api.POST('/tenants/{tenant}/snapshots', {
              params: { path },
              body: { reason: reason as 'manual', fullRead },
            }),
          ),
        ...{ title: 'Taking a snapshot', done: 'The snapshot is taken and durable.' },
      }),
    verify: (backup: string | undefined, live: boolean) =>
      begin.mutate({
        work: () =>
          answer(
            api.POST('/tenants/{tenant}/verifications', {
              params: { path },
              body: { live, ...(backup !== undefined && { backup }) },
            }),
          ),
        title: live ? 'Comparing with the live rows' : 'Restoring to scratch and comparing',
        done: live
          ? 'Verified: rebuilt for this moment, identical to the live rows.'
          : 'Verified: restored to scratch, every checksum is that of the database when it was taken.',
      }),
    archive: (keep: 'monthly' | 'annual', reason: string) =>
      begin.mutate({
        work: () => answer(api.POST('/tenants/{tenant}/archives', { params: { path }, body: { keep, reason } })),
        ...{ title: 'Archiving', done: 'The archive is kept and locked.' },
      }),
    verifyArchives: () =>
      begin.mutate({
        work: () => answer(api.POST('/tenants/{tenant}/archives/verifications', { params: { path }, body: {} })),
        ...{ title: 'Reading the archives back', done: 'Verified: every file of every archive is as it was written.' },
      }),
  };
}

export type Begin = ReturnType<typeof useBegin>;
