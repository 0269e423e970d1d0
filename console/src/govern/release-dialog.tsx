/** Asks for the release of a hold: two other people approve it. */
import { useMutation } from '@tanstack/react-query';
import { useRef } from 'react';
import { answer, api } from '../api/client.ts';
import { Trouble } from '../parts/page.tsx';
import { AskedRequest, ReasonFields, reasonOf } from './asked-request.tsx';
import { submitted } from './submitted.ts';

interface HeldFor {
  readonly tenant: string;
  readonly hold: string;
  readonly matter: string | null;
}

export function ReleaseDialog({ tenant, hold, matter }: HeldFor) {
  const dialog = useRef<HTMLDialogElement>(null);
  const release = useMutation({
    mutationFn: (form: FormData) =>
      answer(
        api.POST('/tenants/{tenant}/holds/{hold}/release', {
          params: { path: { tenant, hold } },
          body: reasonOf(form),
        }),
      ),
  });
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Request release
      </button>
      <dialog ref={dialog} aria-label="Request the release of a hold">
        <h2>Release the hold for {matter ?? hold}</h2>
        {release.data ? (
          <AskedRequest asked={release.data} />
        ) : (
          <form className="form" onSubmit={submitted(release.mutate)}>
            <p>
              Once others have approved it and it is executed, nothing is kept for this matter any more. What no other
              hold keeps expires when its retention and its lock have ended, and erasures that the hold deferred take
              effect.
            </p>
            <ReasonFields />
            {release.error && <Trouble error={release.error} />}
            <div className="actions">
              <button type="button" onClick={() => dialog.current?.close()}>
                Cancel
              </button>
              <button type="submit" className="primary" disabled={release.isPending}>
                Request release
              </button>
            </div>
          </form>
        )}
        {release.data && (
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
          </div>
        )}
      </dialog>
    </>
  );
}
