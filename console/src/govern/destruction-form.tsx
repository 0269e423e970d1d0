/** What destroying would do, and the request for it: the reference has to be typed again. */
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { ApiError, answer, api } from '../api/client.ts';
import { count, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Panel, Trouble } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { AskedRequest, ReasonFields, reasonOf, textOf } from './asked-request.tsx';
import { submitted } from './submitted.ts';

type Plan = AnswerOf<'/tenants/{tenant}/destruction/plan'>['plan'];
const DAYS = Array.from({ length: 24 }, (_, index) => index + 7);

export function DestructionForm({ tenant, name }: { readonly tenant: string; readonly name: string }) {
  const [params, setParams] = useSearchParams();
  const days = Number(params.get('days') ?? 7);
  const plan = useQuery({
    queryKey: ['destruction-plan', tenant, days],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/destruction/plan', { params: { path: { tenant }, query: { days } } })),
    staleTime: 60_000,
    placeholderData: keepPreviousData,
  });
  if (plan.error instanceof ApiError && plan.error.problem.status === 403)
    return <Held tenant={tenant} error={plan.error} />;
  return (
    <>
      <Panel
        title="What would happen"
        actions={
          <label className="row">
            Countdown
            <select value={days} onChange={event => setParams({ days: event.target.value }, { replace: true })}>
              {DAYS.map(each => (
                <option key={each} value={each}>
                  {each} days
                </option>
              ))}
            </select>
          </label>
        }
      >
        <Loaded query={plan}>
          {found => (
            <>
              <ul className="consequences">
                {found.sentences.filter(isInside).map(sentence => (
                  <li key={sentence}>{sentence}</li>
                ))}
              </ul>
              <Numbers plan={found.plan} />
            </>
          )}
        </Loaded>
      </Panel>
      {plan.data && <Outside plan={plan.data.plan} />}
      {plan.data && <Confirm tenant={tenant} name={name} days={days} />}
    </>
  );
}

/** What it does not reach has a table of its own. */
function isInside(sentence: string): boolean {
  return !sentence.startsWith('Out of reach: ');
}

/** Who may destroy is refused where a hold stands. */
function Held({ tenant, error }: { readonly tenant: string; readonly error: ApiError }) {
  return (
    <div className="notice plain" role="alert">
      <Icon name="hold" />
      <div>
        <strong>A policy forbids destroying these backups</strong>
        <p>{error.problem.detail}</p>
        <p>
          While a legal hold stands, nothing is destroyed:{' '}
          <Link to={`/tenants/${tenant}/holds`}>holds on this tenant</Link>.
        </p>
      </div>
    </div>
  );
}

function Numbers({ plan: { copies, log, staging } }: { readonly plan: Plan }) {
  const rows = [
    ...copies.map(each => ({ ...each, name: each.kind })),
    ...(log ? [{ ...log, name: 'part of the shared log', region: '', objects: log.runs }] : []),
  ];
  return (
    <>
      <Table
        caption="What becomes unreadable"
        rows={rows}
        rowKey={each => `${each.region} ${each.name}`}
        columns={[
          { name: 'Becomes unreadable', cell: each => each.name },
          { name: 'Where', cell: each => each.region || 'log' },
          { name: 'Objects', right: true, cell: each => count(each.objects) },
          { name: 'Size', right: true, cell: each => size(each.bytes) },
          { name: 'Locked until', right: true, cell: each => each.lockedUntil?.slice(0, 10) ?? 'not locked' },
        ]}
      />
      {staging && staging.length > 0 && (
        <p className="dim">{plural(staging.length, 'staging schema')} in the database.</p>
      )}
    </>
  );
}

function Outside({ plan: { outside } }: { readonly plan: Plan }) {
  return (
    <Panel title="What it does not reach">
      <Table
        caption="Copies outside the reach of Holdfast"
        rows={outside}
        rowKey={each => each.what}
        columns={[
          { name: 'Copy', cell: each => each.what },
          { name: 'Ends', cell: each => each.ends },
        ]}
      />
    </Panel>
  );
}

function Confirm({ tenant, name, days }: { readonly tenant: string; readonly name: string; readonly days: number }) {
  const [typed, setTyped] = useState('');
  const destroy = useMutation({
    mutationFn: (form: FormData) =>
      answer(
        api.POST('/tenants/{tenant}/destruction', {
          params: { path: { tenant } },
          body: { confirm: textOf(form, 'confirm'), days, ...reasonOf(form) },
        }),
      ),
  });
  if (destroy.data) return <AskedRequest asked={destroy.data} />;
  const isSame = typed.trim() === tenant;
  return (
    <Panel title="Request it">
      <form className="form" onSubmit={submitted(destroy.mutate)}>
        <p>
          <Icon name="warn" /> Once the countdown of {days} days has ended, nobody can bring the backups of{' '}
          <strong>{name}</strong> back.
        </p>
        <ReasonFields />
        <label className="field">
          <span>
            Type <code>{tenant}</code> to confirm
          </span>
          <input
            name="confirm"
            required
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={event => setTyped(event.target.value)}
          />
          {typed !== '' && !isSame && <small className="wrong">This is not the reference of the tenant.</small>}
        </label>
        {destroy.error && <Trouble error={destroy.error} />}
        <div className="row">
          <button type="submit" className="danger" disabled={!isSame || destroy.isPending}>
            <Icon name="destroy" /> Request the destruction
          </button>
        </div>
      </form>
    </Panel>
  );
}
