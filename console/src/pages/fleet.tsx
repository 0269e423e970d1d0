/** Are we safe right now, and what needs me? The list is searched and paged by the server. */
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { count, duration, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { TenantState } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

const FINE = ['safe', 'departed', 'destroyed'] as const;

export function Component() {
  const fleet = useQuery({ queryKey: ['fleet'], queryFn: () => answer(api.GET('/fleet')), refetchInterval: 5000 });
  return (
    <Page title="Fleet">
      <Loaded query={fleet}>
        {({ counted, log }) => {
          const bad = counted
            ? Object.entries(counted.totals).filter(([state, n]) => n > 0 && !FINE.some(fine => fine === state))
            : [];
          const isGood = counted !== null && bad.length === 0 && !log.isLate;
          return (
            <>
              <div className={`notice ${counted === null ? '' : isGood ? 'good' : 'bad'}`} role="status">
                <Icon name={isGood ? 'check' : counted === null ? 'clock' : 'warn'} />
                <div>
                  <strong>
                    {counted === null
                      ? 'Counting the tenants …'
                      : isGood
                        ? `${plural(counted.totals.safe, 'tenant')} safe`
                        : bad.map(([state, n]) => `${count(n)} ${state}`).join(', ') || 'The log is not advancing'}
                  </strong>
                  <p className="dim">
                    {log.newest === null ? (
                      'The change log was never shipped.'
                    ) : (
                      <>
                        The change log reaches <Time at={log.newest} />.
                        {log.isLate && ' It is late: is the shipper running?'}
                      </>
                    )}
                  </p>
                </div>
              </div>
              {counted && (
                <dl className="tiles">
                  <Tile name="Safe" value={count(counted.totals.safe)} />
                  <Tile name="Need attention" value={count(bad.reduce((sum, [, n]) => sum + n, 0))} />
                  <Tile name="Newest moment" value={log.ageMs === null ? '–' : duration(log.ageMs)} note="old" />
                  <Tile name="Stored" value={size(counted.storedBytes)} />
                </dl>
              )}
            </>
          );
        }}
      </Loaded>
      <Tenants />
    </Page>
  );
}

function Tile({ name, value, note }: { readonly name: string; readonly value: string; readonly note?: string }) {
  return (
    <div className="tile">
      <dt>{name}</dt>
      <dd>
        {value} {note && <small>{note}</small>}
      </dd>
    </div>
  );
}

/** Page by page, as the server has them. */
function useTenants(search: string, problems: boolean) {
  return useInfiniteQuery({
    queryKey: ['tenants', search, problems],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/tenants', {
          params: {
            query: {
              limit: 50,
              ...(search !== '' && { search }),
              ...(problems && { problems: 'true' as const }),
              ...(pageParam !== undefined && { cursor: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

function Tenants() {
  const [params, setParams] = useSearchParams();
  const search = params.get('search') ?? '';
  const problems = params.get('problems') === 'true';
  const list = useTenants(search, problems);
  const set = (name: string, value: string) =>
    setParams(
      before => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <Panel
      title="Tenants"
      actions={
        <>
          <label className="row">
            <input
              type="checkbox"
              checked={problems}
              onChange={event => set('problems', event.target.checked ? 'true' : '')}
            />
            Only those that need attention
          </label>
          <label className="search">
            <span className="unseen">Search tenants by id or name</span>
            <Icon name="search" />
            <input
              type="search"
              placeholder="Id or name"
              value={search}
              onChange={event => set('search', event.target.value)}
            />
          </label>
        </>
      }
    >
      <Loaded query={list}>
        {({ pages }) => {
          const found = pages.flatMap(page => page.tenants);
          if (found.length === 0)
            return (
              <Empty title={problems ? 'No tenant needs attention.' : 'No tenant matches.'}>
                {search === '' && !problems && 'Nothing is protected yet: holdfast snapshot --all'}
              </Empty>
            );
          return (
            <>
              <Table
                caption="Tenants"
                rows={found}
                rowKey={each => each.tenant}
                columns={[
                  {
                    name: 'Tenant',
                    cell: each => (
                      <span>
                        <Link to={`/tenants/${each.tenant}`}>{each.label ?? each.tenantId ?? each.tenant}</Link>
                        {each.label !== undefined && <span className="sub">{each.tenantId}</span>}
                      </span>
                    ),
                  },
                  { name: 'State', cell: each => <TenantState state={each.state} /> },
                  {
                    name: 'Newest moment',
                    right: true,
                    cell: each => (each.newest ? <Time at={each.newest.time} ageOnly /> : '–'),
                  },
                  {
                    name: 'Window',
                    right: true,
                    cell: each =>
                      each.oldest && each.newest
                        ? duration(Date.parse(each.newest.time) - Date.parse(each.oldest.time))
                        : '–',
                  },
                  { name: 'Gaps', right: true, cell: each => (each.gaps === 0 ? '–' : count(each.gaps)) },
                  {
                    name: 'Last snapshot',
                    right: true,
                    cell: each => (each.lastSnapshot ? <Time at={each.lastSnapshot} ageOnly /> : '–'),
                  },
                  {
                    name: 'Verified',
                    right: true,
                    cell: each => (each.lastVerified ? <Time at={each.lastVerified.at} ageOnly /> : 'never'),
                  },
                  { name: 'Stored', right: true, cell: each => size(each.storedBytes) },
                ]}
              />
              {list.hasNextPage && (
                <div className="more">
                  <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                    {list.isFetchingNextPage ? 'Loading …' : 'More tenants'}
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
