/** Previews of the tenant whose rows are still there: who closed the page finds again what can be asked for. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { count, plural } from '../parts/format.ts';
import { Empty, Loaded, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Goal } from '../preview/goal.tsx';
import type { PreviewListed } from '../preview/preview-types.ts';

export function KeptPreviews({ tenant }: { readonly tenant: string }) {
  const list = useInfiniteQuery({
    queryKey: ['previews', tenant],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }) =>
      answer(
        api.GET('/tenants/{tenant}/previews', {
          params: { path: { tenant }, query: { kept: 'true' as const, limit: 10, ...(cursor && { cursor }) } },
        }),
      ),
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  return (
    <Panel title="Previews that can still be asked for">
      <Loaded query={list}>
        {({ pages }) => {
          const rows = pages.flatMap(({ previews }) => previews);
          const unreadable = pages.flatMap(each => each.unreadable);
          return (
            <>
              {rows.length === 0 ? (
                <Empty title="No preview is kept">
                  A preview waits for a day, and for as long as its request is open; then its rows are removed.
                </Empty>
              ) : (
                <PreviewTable tenant={tenant} rows={rows} />
              )}
              {unreadable.length > 0 && (
                <p className="dim">
                  {plural(unreadable.length, 'plan')} cannot be read and cannot be applied (
                  {[...new Set(unreadable.map(({ code }) => code))].join(', ')}).
                </p>
              )}
              {list.hasNextPage && (
                <div className="more">
                  <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                    {list.isFetchingNextPage ? 'Loading …' : 'Older previews'}
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

function PreviewTable({ tenant, rows }: { readonly tenant: string; readonly rows: readonly PreviewListed[] }) {
  return (
    <Table
      caption="Kept previews"
      rows={rows}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Preview',
          cell: each => (
            <span>
              <Link to={`/tenants/${tenant}/previews/${each.id}`}>{each.id}</Link>
              <span className="sub">
                <Goal of={each} />
              </span>
            </span>
          ),
        },
        { name: 'Made', cell: each => <Time at={each.createdAt} ageOnly /> },
        { name: 'By', cell: each => (each.isOwn ? 'you' : each.requestedBy) },
        {
          name: 'Rows',
          right: true,
          cell: ({ totals }) => `+${count(totals.inserts)} ~${count(totals.updates)} −${count(totals.deletes)}`,
        },
        {
          name: 'Expires',
          right: true,
          cell: each =>
            each.keptUntil === null ? 'when it is applied or dropped' : <Time at={each.keptUntil} ageOnly />,
        },
      ]}
    />
  );
}
