/** What people asked for. What waits for my decision comes first, then what I can execute, then the others. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { approvalsOf, isOpen, type RequestOpened, STATE_TONES, titleOf } from '../requests/request-types.ts';

const STATES = ['waiting', 'approved', 'executing', 'done', 'refused', 'expired', 'cancelled'] as const;
const ENDED_ON_PAGE = 25;

export function Component() {
  const [search] = useSearchParams();
  const state = STATES.find(each => each === search.get('state'));
  const tenant = search.get('tenant') ?? undefined;
  const list = useInfiniteQuery({
    queryKey: ['requests', state, tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/requests', {
          params: {
            query: {
              limit: ENDED_ON_PAGE,
              ...(state && { state }),
              ...(tenant !== undefined && { tenant }),
              ...(cursor !== undefined && { cursor }),
            },
          },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: 15_000,
  });
  return (
    <Page title="Requests" lead="Restores and other actions that people asked for." actions={<StateFilter />}>
      <Loaded query={list}>
        {({ pages }) => (
          <>
            <Groups requests={pages.flatMap(({ requests }) => requests)} />
            {list.hasNextPage && (
              <div className="more">
                <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                  {list.isFetchingNextPage ? 'Loading …' : 'Older requests'}
                </button>
              </div>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function StateFilter() {
  const [search, setSearch] = useSearchParams();
  const narrow = (value: string) => {
    const next = new URLSearchParams(search);
    if (value === '') next.delete('state');
    else next.set('state', value);
    setSearch(next, { replace: true });
  };
  return (
    <>
      <label className="row">
        <span className="dim">State</span>
        <select value={search.get('state') ?? ''} onChange={event => narrow(event.target.value)}>
          <option value="">any</option>
          {STATES.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      {search.has('tenant') && (
        <Link to="/requests" className="button">
          All tenants
        </Link>
      )}
    </>
  );
}

function Groups({ requests }: { readonly requests: readonly RequestOpened[] }) {
  const mine = requests.filter(({ steps }) => steps.decide.may || steps.review.may);
  const ready = requests.filter(each => !mine.includes(each) && each.steps.execute.may);
  const waiting = requests.filter(each => isOpen(each) && !mine.includes(each) && !ready.includes(each));
  const ended = requests.filter(each => !isOpen(each) && !mine.includes(each));
  if (requests.length === 0)
    return (
      <Panel>
        <Empty title="No requests">A restore is asked for from its preview, on the page of a tenant.</Empty>
      </Panel>
    );
  return (
    <>
      <Group title="Waiting for your decision" requests={mine} />
      <Group title="Can be executed" requests={ready} />
      <Group title="Waiting for others" requests={waiting} />
      <Group title="Ended" requests={ended} />
    </>
  );
}

function Group({ title, requests }: { readonly title: string; readonly requests: readonly RequestOpened[] }) {
  if (requests.length === 0) return null;
  return (
    <Panel title={title}>
      <Table
        caption={`Requests: ${title}`}
        rows={requests}
        rowKey={({ id }) => id}
        columns={[
          {
            name: 'Request',
            cell: each => (
              <span>
                <Link to={`/tenants/${each.tenant}/requests/${each.id}`}>{titleOf(each)}</Link>
                {each.reason !== '' && <span className="sub">{each.reason}</span>}
              </span>
            ),
          },
          { name: 'Asked by', cell: each => each.requestedBy },
          { name: 'Asked', right: true, cell: each => <Time at={each.askedAt} ageOnly /> },
          { name: 'Approvals', right: true, cell: approvalsOf },
          {
            name: 'State',
            right: true,
            cell: each => (
              <>
                <State tone={STATE_TONES[each.state]}>{each.state}</State>
                {each.brokeGlass && each.reviewedBy === null && <State tone="bad">not reviewed</State>}
              </>
            ),
          },
        ]}
      />
    </Panel>
  );
}
