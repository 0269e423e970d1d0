/** Alarms that are open: what is wrong, since when, and who looks after it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { useMe } from '../frame.tsx';
import { plural } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

type Alarm = paths['/alarms']['get']['responses'][200]['content']['application/json']['alarms'][number];

export function Component() {
  const alarms = useQuery({ queryKey: ['alarms'], queryFn: () => answer(api.GET('/alarms')), refetchInterval: 10_000 });
  const { data: me } = useMe();
  const mayProtect = me?.may.includes('protect') ?? false;
  return (
    <Page title="Alarms" lead="What people were told of in the last seven days and nothing has ended since.">
      <Panel title="Open">
        <Loaded query={alarms}>
          {({ alarms: open, waiting }) => (
            <>
              {open.length === 0 ? (
                <Empty title="No alarm is open." />
              ) : (
                <OpenAlarms alarms={open} mayProtect={mayProtect} />
              )}
              {waiting !== null && waiting > 0 && (
                <p className="dim">{plural(waiting, 'message')} waiting to be sent.</p>
              )}
            </>
          )}
        </Loaded>
      </Panel>
      {mayProtect && <Recipients />}
    </Page>
  );
}

function OpenAlarms({ alarms, mayProtect }: { readonly alarms: readonly Alarm[]; readonly mayProtect: boolean }) {
  return (
    <Table
      caption="Open alarms"
      rows={alarms}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Alarm',
          cell: ({ id, severity, tenant }) => (
            <span>
              <State tone={severity === 'critical' ? 'bad' : 'warn'}>{severity}</State>{' '}
              <span className="code">{tenant === null ? id : id.replace(`/${tenant}`, '')}</span>
            </span>
          ),
        },
        {
          name: 'What is wrong',
          cell: ({ message, tenant }) => (
            <span>
              {message}
              {tenant !== null && (
                <span className="sub">
                  <Link to={`/tenants/${tenant}`}>To the tenant</Link>
                </span>
              )}
            </span>
          ),
        },
        {
          name: 'Raised',
          right: true,
          cell: ({ count, lastAt }) => (
            <span>
              <Time at={lastAt} ageOnly />
              {count > 1 && <span className="sub">{plural(count, 'time')}</span>}
            </span>
          ),
        },
        {
          name: 'Acknowledged',
          cell: ({ acknowledged }) =>
            acknowledged === null ? (
              'nobody'
            ) : (
              <span>
                {acknowledged.by}, <Time at={acknowledged.at} ageOnly />
                {acknowledged.reason !== '' && <span className="sub">{acknowledged.reason}</span>}
              </span>
            ),
        },
        ...(mayProtect
          ? [{ name: 'Do', cell: (alarm: Alarm) => alarm.acknowledged === null && <Acknowledge alarm={alarm} /> }]
          : []),
      ]}
    />
  );
}

function Acknowledge({ alarm }: { readonly alarm: Alarm }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [reason, setReason] = useState('');
  const queries = useQueryClient();
  const send = useMutation({
    mutationFn: () => answer(api.POST('/alarms/acknowledgement', { body: { alarm: alarm.id, reason } })),
    onSuccess: () => {
      dialog.current?.close();
      return queries.invalidateQueries({ queryKey: ['alarms'] });
    },
  });
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        Acknowledge
      </button>
      <dialog ref={dialog} aria-label={`Acknowledge ${alarm.id}`}>
        <h2>Acknowledge this alarm</h2>
        <p className="dim">{alarm.message}</p>
        <form
          className="form"
          onSubmit={event => {
            event.preventDefault();
            send.mutate();
          }}
        >
          <label className="field">
            <span>What do you do about it?</span>
            <input value={reason} onChange={event => setReason(event.target.value)} maxLength={1000} />
            <small>Nobody else is told of it for a day. If it is still raised then, it is escalated again.</small>
          </label>
          {send.error && <Trouble error={send.error} />}
          <div className="actions">
            <button type="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button type="submit" className="primary" disabled={send.isPending}>
              Acknowledge
            </button>
          </div>
        </form>
      </dialog>
    </>
  );
}

function Recipients() {
  const test = useMutation({ mutationFn: () => answer(api.POST('/recipients/test', { body: {} })) });
  return (
    <Panel
      title="Recipients"
      actions={
        <button type="button" onClick={() => test.mutate()} disabled={test.isPending}>
          {test.isPending ? 'Sending …' : 'Send a test to each'}
        </button>
      }
    >
      {test.error && <Trouble error={test.error} />}
      {test.data?.tested.length === 0 && (
        <Empty title="The configuration names no recipient.">
          Add a webhook or an address on the page <Link to="/configuration?part=messages">Configuration</Link>.
        </Empty>
      )}
      {test.data && test.data.tested.length > 0 ? (
        <Table
          caption="Tested recipients"
          rows={test.data.tested}
          rowKey={({ recipient }) => recipient}
          columns={[
            { name: 'Recipient', cell: ({ recipient }) => recipient },
            {
              name: 'Test',
              cell: ({ failed }) =>
                failed === null ? <State tone="good">accepted</State> : <State tone="bad">{failed}</State>,
            },
          ]}
        />
      ) : (
        !test.data && (
          <p className="dim">
            Each webhook and address of the configuration gets a test; contacts of tenants get none.
          </p>
        )
      )}
    </Panel>
  );
}
