/** The restores of one tenant, the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { State, type Tone } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

type Listed =
  paths['/tenants/{tenant}/restores']['get']['responses'][200]['content']['application/json']['restores'][number];

const TONES: Readonly<Record<Listed['state'], Tone>> = {
  ...{ done: 'good', failed: 'bad', committing: 'warn', unknown: 'plain' },
};

export function Component() {
  const { tenant = '' } = useParams();
  const list = useInfiniteQuery({
    queryKey: ['restores', tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/tenants/{tenant}/restores', {
          params: { path: { tenant }, query: cursor === undefined ? {} : { cursor } },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  return (
    <Page
      title="Restores"
      back={{ to: `/tenants/${tenant}`, name: 'Tenant' }}
      actions={
        <Link className="button primary" to={`/tenants/${tenant}/restore`}>
          Restore …
        </Link>
      }
    >
      <Panel>
        <Loaded query={list}>
          {({ pages }) => {
            const rows = pages.flatMap(({ restores }) => restores);
            if (rows.length === 0) return <Empty title="No restores yet">Nothing of this tenant was restored.</Empty>;
            return (
              <>
                <RestoreTable rows={rows} />
                {list.hasNextPage && (
                  <div className="more">
                    <button type="button" onClick={() => void list.fetchNextPage()}>
                      Older restores
                    </button>
                  </div>
                )}
              </>
            );
          }}
        </Loaded>
      </Panel>
    </Page>
  );
}

function RestoreTable({ rows }: { readonly rows: readonly Listed[] }) {
  return (
    <Table
      caption="Restores"
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Restore',
          cell: each => (
            <span>
              <Link to={`/tenants/${each.tenant}/restores/${each.id}`}>{each.id}</Link>
              {each.reason && <span className="sub">{each.reason}</span>}
            </span>
          ),
        },
        { name: 'Done', cell: each => (each.at === null ? '–' : <Time at={each.at} />) },
        { name: 'By', cell: each => each.requestedBy ?? '–' },
        {
          name: 'Rows',
          right: true,
          cell: ({ totals }) =>
            totals === null ? '–' : `+${count(totals.inserted)} ~${count(totals.updated)} −${count(totals.deleted)}`,
        },
        { name: 'State', right: true, cell: each => <State tone={TONES[each.state]}>{each.state}</State> },
      ]}
    />
  );
}
