/** One event with its whole record. Its address opens it wherever it is in the list: the record is fetched from its chain. */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { bytesOf, sha256 } from '../audit/signed-text.ts';
import { Trouble } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';

export type AuditEvent = AnswerOf<'/audit'>['events'][number];

/** As the address names it. */
export function placeOfEvent({ tenant, sequence }: AuditEvent): string {
  return `${tenant}.${sequence}`;
}

/** The event that the address opens. `loaded`: those that the list has. */
export function OpenedEvent({ loaded }: { readonly loaded: readonly AuditEvent[] }) {
  const [params, setParams] = useSearchParams();
  const place = params.get('event');
  const found = loaded.find(each => placeOfEvent(each) === place);
  const fetched = useQuery({
    queryKey: ['audit-event', place],
    queryFn: () => fetchedEvent(place!),
    enabled: place !== null && found === undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const event = found ?? fetched.data;
  const close = () =>
    setParams(before => new URLSearchParams([...before].filter(([name]) => name !== 'event')), {
      preventScrollReset: true,
    });
  if (place === null) return null;
  if (event === undefined) return fetched.error ? <Trouble error={fetched.error} /> : null;
  return <EventRecord key={place} event={event} close={close} />;
}

/** The server opened it from the vault; who wants it proved verifies the chain. */
async function fetchedEvent(place: string): Promise<AuditEvent> {
  const [tenant = '', digits = ''] = place.split('.');
  const sequence = Number(digits);
  const query = { after: Math.max(0, sequence - 1), limit: 1 };
  const { events } = await answer(api.GET('/tenants/{tenant}/audit/chain', { params: { path: { tenant }, query } }));
  const [found] = events;
  const bytes = found?.stored ? bytesOf(found.stored) : undefined;
  if (!found?.signed || bytes === undefined || found.sequence !== sequence)
    throw new Error('There is no such event, or it does not open.');
  const key = `audit/${tenant}/${String(sequence).padStart(10, '0')}`;
  const text = JSON.parse(found.signed.document) as AuditEvent;
  return { ...text, key, sha256: await sha256(bytes), tenantId: null };
}

export function ChainName({ event: { tenant, tenantId, label } }: { readonly event: AuditEvent }) {
  if (tenant === 'system') return <span className="dim">installation</span>;
  return <Link to={`/tenants/${tenant}`}>{label ?? tenantId ?? tenant}</Link>;
}

function EventRecord({ event, close }: { readonly event: AuditEvent; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (!dialog.current?.open) dialog.current?.showModal();
  }, []);
  const { key, sha256, request, tenant, sequence, action, outcome, code, policies = [], ...rest } = event;
  const signed = { ...rest, tenant, sequence, action, outcome, ...(request && { request }), ...(code && { code }) };
  return (
    <dialog ref={dialog} className="wide" onClose={close} aria-label={`Event ${sequence}`}>
      <h2>
        {action}: {outcome}
      </h2>
      <dl className="facts">
        <dt>When</dt>
        <dd>
          <Time at={event.at} />
        </dd>
        <dt>Who</dt>
        <dd>
          {event.who.name}, {event.who.roles.join(', ') || 'without a role'}
        </dd>
        <dt>Chain</dt>
        <dd>
          event {sequence} of <ChainName event={event} />
        </dd>
        {code && <dt>Code</dt>}
        {code && <dd className="code">{code}</dd>}
        {request && <dt>Request</dt>}
        {request && (
          <dd>
            <Link to={`/tenants/${tenant}/requests/${request}`}>{request}</Link>
          </dd>
        )}
        <dt>Decided by</dt>
        <dd>{policies.join(', ') || 'no policy is named'}</dd>
        <dt>Stored as</dt>
        <dd className="code">{key}</dd>
        <dt>SHA-256</dt>
        <dd className="code">{sha256}</dd>
      </dl>
      <details className="after">
        <summary>The whole record</summary>
        <pre className="record">{JSON.stringify({ ...signed, policies }, null, 2)}</pre>
      </details>
      <div className="actions">
        <button type="button" onClick={() => dialog.current?.close()}>
          Close
        </button>
      </div>
    </dialog>
  );
}
