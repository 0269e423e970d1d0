/** What the reader can do about a request: decide, execute, cancel, break glass, review. What cannot be done says why. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useRef, useState } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Icon } from '../parts/icon.tsx';
import { Panel, Trouble } from '../parts/page.tsx';
import type { RequestOpened } from './request-types.ts';

export function Steps({ request, isRunning }: { readonly request: RequestOpened; readonly isRunning: boolean }) {
  const { steps, state, isOwn, approvals } = request;
  if (isRunning) return null;
  const isDeciding = state === 'waiting' && approvals > 0;
  return (
    <>
      {steps.decide.may && <Decide request={request} />}
      {isDeciding && !steps.decide.may && !isOwn && (
        <Panel title="Decision">
          <p className="dim">{steps.decide.why}</p>
        </Panel>
      )}
      {steps.review.may && <Review request={request} />}
      {(steps.execute.may || steps.cancel.may || steps.breakGlass.may || (isOwn && isDeciding)) && (
        <Carry request={request} />
      )}
    </>
  );
}

/** Sends it, and reads the request again. */
function useStep<T>(request: RequestOpened, send: () => Promise<T>, onSuccess?: (sent: T) => void) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: send,
    onSuccess,
    onSettled: async () => {
      await queries.invalidateQueries({ queryKey: ['request', request.tenant, request.id] });
      await queries.invalidateQueries({ queryKey: ['requests'] });
    },
  });
}

const pathOf = ({ tenant, id }: RequestOpened) => ({ params: { path: { tenant, request: id } } });

function Decide({ request }: { readonly request: RequestOpened }) {
  const [comment, setComment] = useState('');
  const { planHash } = request;
  const body = { planHash, ...(comment.trim() !== '' && { comment: comment.trim() }) };
  const approve = useStep(request, () =>
    answer(api.POST('/tenants/{tenant}/requests/{request}/approve', { ...pathOf(request), body })),
  );
  const refuse = useStep(request, () =>
    answer(api.POST('/tenants/{tenant}/requests/{request}/refuse', { ...pathOf(request), body })),
  );
  const isBusy = approve.isPending || refuse.isPending;
  const error = approve.error ?? refuse.error;
  return (
    <Panel title="Your decision">
      <div className="form">
        <label className="field">
          <span>Comment</span>
          <textarea value={comment} onChange={event => setComment(event.target.value)} maxLength={2000} />
          <small>Kept with your decision, which is for the plan with the hash above and for nothing else.</small>
        </label>
        {error && <Trouble error={error} />}
        <div className="row">
          <button type="button" className="primary" disabled={isBusy} onClick={() => approve.mutate()}>
            <Icon name="approve" /> Approve
          </button>
          <button type="button" className="danger" disabled={isBusy} onClick={() => refuse.mutate()}>
            Refuse
          </button>
          <span className="dim">A refusal is final.</span>
        </div>
      </div>
    </Panel>
  );
}

function Review({ request }: { readonly request: RequestOpened }) {
  const [comment, setComment] = useState('');
  const review = useStep(request, () =>
    answer(api.POST('/tenants/{tenant}/requests/{request}/review', { ...pathOf(request), body: { comment } })),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    review.mutate();
  };
  return (
    <Panel title="Your review">
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>What the review found</span>
          <textarea value={comment} onChange={event => setComment(event.target.value)} required maxLength={2000} />
        </label>
        {review.error && <Trouble error={review.error} />}
        <div className="row">
          <button type="submit" className="primary" disabled={review.isPending || comment.trim() === ''}>
            Record the review
          </button>
        </div>
      </form>
    </Panel>
  );
}

function Carry({ request }: { readonly request: RequestOpened }) {
  const { steps, action, isOwn, state } = request;
  const isWaitingOwn = isOwn && state === 'waiting';
  const follow = useFollow();
  const execute = useStep(
    request,
    () => answer(api.POST('/tenants/{tenant}/requests/{request}/execute', pathOf(request))),
    ({ id }) => follow(id),
  );
  const cancel = useStep(request, () =>
    answer(api.POST('/tenants/{tenant}/requests/{request}/cancel', pathOf(request))),
  );
  const error = execute.error ?? cancel.error;
  return (
    <Panel title={steps.execute.may ? 'Execute' : isWaitingOwn ? 'Waiting for somebody else' : 'Other steps'}>
      {isWaitingOwn && (
        <p className="dim">
          You asked for this, so you cannot decide on it: another person has to. {steps.execute.why}
        </p>
      )}
      {state === 'executing' && (
        <p className="dim">
          It was started and has not ended. If its last attempt failed, executing it again continues it.
        </p>
      )}
      {error && <Trouble error={error} />}
      <div className={isWaitingOwn || state === 'executing' ? 'row below' : 'row'}>
        {steps.execute.may && (
          <button type="button" className="primary" disabled={execute.isPending} onClick={() => execute.mutate()}>
            Execute exactly this plan
          </button>
        )}
        {steps.cancel.may && (
          <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Cancel the request
          </button>
        )}
        {steps.breakGlass.may && (
          <GlassDialog request={request}>Execute the action {action} without approvals</GlassDialog>
        )}
      </div>
    </Panel>
  );
}

function useFollow() {
  const [search, setSearch] = useSearchParams();
  return (execution: string) => {
    const next = new URLSearchParams(search);
    next.set('execution', execution);
    setSearch(next);
  };
}

function GlassDialog({ request, children }: { readonly request: RequestOpened; readonly children: ReactNode }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const follow = useFollow();
  const send = useStep(
    request,
    () =>
      answer(api.POST('/tenants/{tenant}/requests/{request}/break-glass', { ...pathOf(request), body: { reason } })),
    ({ id }) => {
      dialog.current?.close();
      follow(id);
    },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send.mutate();
  };
  return (
    <>
      <button type="button" className="danger" onClick={() => dialog.current?.showModal()}>
        Break glass …
      </button>
      <dialog ref={dialog} aria-labelledby="glass-title">
        <h2 id="glass-title">{children}</h2>
        <p>
          It alarms at once, and shows on the status of the fleet until another person has reviewed it. A request of its
          own is made, in your name; this one keeps waiting.
        </p>
        <form className="form below" onSubmit={submit}>
          <label className="field">
            <span>Reason</span>
            <textarea value={reason} onChange={event => setReason(event.target.value)} required maxLength={2000} />
          </label>
          {send.error && <Trouble error={send.error} />}
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Close
            </button>
            <button type="submit" className="danger" disabled={send.isPending || reason.trim() === ''}>
              Execute without approvals
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}
