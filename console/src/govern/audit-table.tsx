/** Events in a list; each opens to its whole record, which has an address. */
import { useEffect, useRef } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { State, type Tone } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

type Event = AnswerOf<'/audit'>['events'][number];

const TONES: Readonly<Record<Event['outcome'], Tone>> = {
  ...{ allowed: 'plain', requested: 'plain', started: 'plain', reviewed: 'good', approved: 'good', done: 'good' },
  ...{ denied: 'bad', failed: 'bad', refused: 'warn', expired: 'warn', cancelled: 'warn' },
} as const;

const placeOf = ({ tenant, sequence }: Event) => `${tenant}.${sequence}`;

export function AuditTable({
  events,
  withTenant,
}: {
  readonly events: readonly Event[];
  readonly withTenant: boolean;
}) {
  const [params, setParams] = useSearchParams();
  const open = (place: string | undefined) =>
    setParams(
      before => {
        if (place === undefined) before.delete('event');
        else before.set('event', place);
        return before;
      },
      { preventScrollReset: true },
    );
  const opened = events.find(each => placeOf(each) === params.get('event'));
  const columns: Column<Event>[] = [
    { name: 'When', cell: each => <Time at={each.at} /> },
    { name: 'Who', cell: each => <Who event={each} /> },
    {
      name: 'Action',
      cell: each => (
        <button type="button" className="link" onClick={() => open(placeOf(each))}>
          {each.action}
        </button>
      ),
    },
    { name: 'Outcome', cell: each => <State tone={TONES[each.outcome]}>{each.outcome}</State> },
    ...(withTenant ? [{ name: 'Tenant', cell: (each: Event) => <TenantOf event={each} /> }] : []),
    { name: 'Event', right: true, cell: each => each.sequence },
  ];
  return (
    <>
      <Table caption="Events, newest first" columns={columns} rows={events} rowKey={placeOf} />
      {opened && <EventRecord event={opened} close={() => open(undefined)} />}
    </>
  );
}

function Who({ event: { who, brokeGlass } }: { readonly event: Event }) {
  return (
    <span>
      {who.name}
      {brokeGlass && <span className="sub">without approvals</span>}
    </span>
  );
}

function TenantOf({ event: { tenant, tenantId, label } }: { readonly event: Event }) {
  if (tenant === 'system') return <span className="dim">installation</span>;
  return <Link to={`/tenants/${tenant}`}>{label ?? tenantId ?? tenant}</Link>;
}

function EventRecord({ event, close }: { readonly event: Event; readonly close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
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
          event {sequence} of <TenantOf event={event} />
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
