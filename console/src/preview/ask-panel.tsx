/** Asks for exactly what is shown, by its digest: it waits for approvals, or is applied at once where none is needed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../api/client.ts';
import { plural } from '../parts/format.ts';
import { Panel, Trouble } from '../parts/page.tsx';
import type { PreviewOpened } from './preview-types.ts';

export function AskPanel({ opened }: { readonly opened: PreviewOpened }) {
  const { preview, approvals } = opened;
  const refused = whyNot(opened);
  return (
    <Panel title={approvals === 0 ? 'Apply it' : 'Ask for it'}>
      <p className="digest">
        <span className="dim">
          {approvals === 0 ? 'Applied is exactly the difference' : 'Approved is exactly the difference'}
        </span>{' '}
        <code>{preview.hash}</code>
      </p>
      {refused === undefined ? <AskForm opened={opened} /> : <p className="dim below">{refused}</p>}
    </Panel>
  );
}

function whyNot({ preview, isKept, isOwn }: PreviewOpened): string | undefined {
  if (!isKept) return 'Its rows are gone: make a new preview.';
  if (preview.conflicts.some(({ blocking }) => blocking))
    return 'Resolve the conflicts above, then make a new preview.';
  if (!isOwn)
    return `${preview.request.requestedBy} made this preview, and is who can ask for its restore. Make a preview of your own to ask yourself.`;
  return undefined;
}

function AskForm({ opened: { tenant, id, preview, approvals } }: { readonly opened: PreviewOpened }) {
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const ask = useMutation({
    mutationFn: async () => {
      const words = { reason: reason.trim(), ...(ticket.trim() !== '' && { ticket: ticket.trim() }) };
      const request = await answer(
        api.POST('/tenants/{tenant}/restores', {
          params: { path: { tenant } },
          body: { preview: id, hash: preview.hash, ...words },
        }),
      );
      const path = { tenant, request: request.id };
      if (!(approvals === 0 && request.steps.execute.may)) return { request: request.id };
      const begun = await answer(api.POST('/tenants/{tenant}/requests/{request}/execute', { params: { path } }));
      return { request: request.id, execution: begun.id };
    },
    onSuccess: async ({ request, execution }) => {
      await queries.invalidateQueries({ queryKey: ['requests'] });
      const following = execution === undefined ? '' : `?execution=${execution}`;
      await navigate(`/tenants/${tenant}/requests/${request}${following}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <form className="form below" onSubmit={submit}>
      <label className="field">
        <span>Reason</span>
        <textarea value={reason} onChange={event => setReason(event.target.value)} required maxLength={2000} />
        <small>For who approves, and for the record.</small>
      </label>
      <label className="field">
        <span>Ticket</span>
        <input value={ticket} onChange={event => setTicket(event.target.value)} maxLength={200} />
      </label>
      {ask.error && <Trouble error={ask.error} />}
      <div className="row">
        <button type="submit" className="primary" disabled={ask.isPending || reason.trim() === ''}>
          {approvals === 0 ? `Change ${plural(preview.totals.rows, 'row')} now` : 'Request this restore'}
        </button>
        <span className="dim">
          {approvals === 0
            ? 'No approval is needed for this tenant.'
            : `${plural(approvals, 'other person', 'other people')} must approve.`}
        </span>
      </div>
    </form>
  );
}
