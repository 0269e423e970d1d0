/** Self-service: what was asked for and how far it is, and the restores that took effect. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count, plural } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { actionName } from '../self/action-name.ts';
import { RequestState } from '../self/request-state.tsx';
import { useOwnRequests } from '../self/use-own.ts';

type Request = paths['/self/requests']['get']['responses'][200]['content']['application/json']['requests'][number];

export function Component() {
  const list = useOwnRequests();
  return (
    <Page title="Requests" back={{ to: '/self', name: 'Your data' }}>
      <Panel title="Asked for">
        <Loaded query={list}>
          {({ requests }) =>
            requests.length === 0 ? (
              <Empty title="Nothing was asked for yet." />
            ) : (
              <ul className="own-requests">
                {requests.map(each => (
                  <RequestItem key={each.id} request={each} />
                ))}
              </ul>
            )
          }
        </Loaded>
      </Panel>
      <Restores />
    </Page>
  );
}

const OPEN = ['waiting', 'approved'];

function RequestItem({ request }: { readonly request: Request }) {
  const { id, action, state, askedAt, until, reason, plan, approvals, approved, isOwn } = request;
  const queries = useQueryClient();
  const params = { params: { path: { request: id } }, body: {} };
  const done = { onSettled: () => queries.invalidateQueries({ queryKey: ['self'] }) };
  const cancel = useMutation({
    mutationFn: () => answer(api.POST('/self/requests/{request}/cancel', params)),
    ...done,
  });
  const carryOut = useMutation({
    mutationFn: () => answer(api.POST('/self/requests/{request}/carry-out', params)),
    ...done,
  });
  const error = cancel.error ?? carryOut.error;
  return (
    <li id={id}>
      <div className="row">
        <strong>{actionName(action)}</strong>
        <RequestState state={state} />
        <Time at={askedAt} ageOnly />
      </div>
      <p>{reason}</p>
      {state === 'waiting' && (
        <p className="dim">
          {count(approved)} of {plural(approvals, 'approval')}, until <Time at={until} />
        </p>
      )}
      <details>
        <summary>What it does</summary>
        <ul>
          {plan.map(sentence => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </details>
      {error && <Trouble error={error} />}
      {isOwn && OPEN.includes(state) && (
        <div className="row">
          {state === 'approved' && (
            <button type="button" className="primary" disabled={carryOut.isPending} onClick={() => carryOut.mutate()}>
              Carry it out
            </button>
          )}
          <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            Take it back
          </button>
        </div>
      )}
    </li>
  );
}

function Restores() {
  const list = useInfiniteQuery({
    queryKey: ['self', 'restores'],
    queryFn: ({ pageParam }) =>
      answer(api.GET('/self/restores', { params: { query: { limit: 20, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  return (
    <Panel title="Restores that took effect">
      <Loaded query={list}>
        {({ pages }) => {
          const found = pages.flatMap(page => page.restores);
          if (found.length === 0) return <Empty title="Nothing was restored yet." />;
          return (
            <>
              <Table
                caption="Restores"
                rows={found}
                rowKey={({ id }) => id}
                columns={[
                  { name: 'When', cell: ({ at }) => (at ? <Time at={at} ageOnly /> : 'unknown') },
                  { name: 'To', cell: ({ targetTime }) => (targetTime ? <Time at={targetTime} /> : '–') },
                  {
                    name: 'Rows',
                    right: true,
                    cell: ({ totals }) => (totals ? count(totals.inserted + totals.updated + totals.deleted) : '–'),
                  },
                  {
                    name: 'Proved',
                    cell: ({ proved, state }) => (proved ? 'yes' : state === 'done' ? 'rows changed since' : state),
                  },
                ]}
              />
              {list.hasNextPage && (
                <div className="more">
                  <button type="button" onClick={() => void list.fetchNextPage()}>
                    Earlier restores
                  </button>
                </div>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}
