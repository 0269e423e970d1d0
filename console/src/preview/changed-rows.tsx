/**
 * The rows of one table that change: only those in sight are drawn, and pages are fetched as one scrolls, so that a million
 * rows are as quick as ten. Who may not read rows sees the few that the command line shows.
 */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useRef } from 'react';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { count } from '../parts/format.ts';
import { Empty, Loaded } from '../parts/page.tsx';
import { ChangedRow, columnsIn, HeadRow } from './changed-row.tsx';
import { countOf } from './changed-tables.tsx';
import { type ChangedTable, KINDS, type Kind, type PreviewOpened, type RowsOfTable } from './preview-types.ts';

export interface RowsProps {
  readonly opened: PreviewOpened;
  readonly table: ChangedTable;
  readonly kind: Kind | undefined;
  readonly column: string | undefined;
  /** Unchanged columns too. */
  readonly isWide: boolean;
}

const PAGE = 100;

export function ChangedRows(props: RowsProps) {
  const { data: me } = useMe();
  if (me === undefined) return null;
  return <RowsOf {...props} mayRead={me.may.includes('readRows')} />;
}

function useRows({ opened, table, kind, column, mayRead }: RowsProps & { readonly mayRead: boolean }) {
  const path = { tenant: opened.tenant, preview: opened.id };
  const asked = { table: table.table, ...(kind && { kind }), ...(column !== undefined && { column }) };
  return useInfiniteQuery({
    queryKey: ['preview-rows', path, asked, mayRead],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam: cursor }): Promise<RowsOfTable> =>
      mayRead
        ? answer(
            api.GET('/tenants/{tenant}/previews/{preview}/rows', {
              params: { path, query: { ...asked, limit: PAGE, ...(cursor !== undefined && { cursor }) } },
            }),
          )
        : answer(api.GET('/tenants/{tenant}/previews/{preview}/samples', { params: { path, query: asked } })),
    getNextPageParam: ({ next }) => next ?? undefined,
    // Each read of rows is an audit event: none is repeated for its age.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
}

function RowsOf(props: RowsProps & { readonly mayRead: boolean }) {
  const { table, kind, column, mayRead } = props;
  const query = useRows(props);
  const total =
    column !== undefined
      ? (table.columns[column] ?? 0)
      : KINDS.reduce((sum, each) => sum + (kind === undefined || each === kind ? countOf(table, each) : 0), 0);
  return (
    <Loaded query={query}>
      {({ pages }) => {
        const rows = pages.flatMap(page => page.rows);
        if (rows.length === 0) return <Empty title="No such rows" />;
        return (
          <>
            <VirtualRows {...props} columns={pages[0]!.columns} rows={rows} total={total} query={query} />
            <p className="dim below">
              {mayRead
                ? `${count(rows.length)} of ${count(total)} rows loaded. Reading them is in the audit trail.`
                : `${count(rows.length)} of ${count(total)} rows, as examples: seeing all of them needs the permission readRows.`}
            </p>
          </>
        );
      }}
    </Loaded>
  );
}

type VirtualProps = RowsProps & {
  readonly columns: RowsOfTable['columns'];
  readonly rows: RowsOfTable['rows'];
  readonly total: number;
  readonly query: ReturnType<typeof useRows>;
};

/** Rows before the last one at which the next page is fetched. */
const AHEAD = 30;

function VirtualRows({ table, isWide, columns, rows, total, query, opened }: VirtualProps) {
  const scroller = useRef<HTMLElement>(null);
  const shown = columnsIn(columns, table, isWide);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 37,
    getItemKey: index => rows[index]!.id,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && last >= rows.length - AHEAD) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage, last, rows.length]);
  const isTakenBack = opened.preview.request.reverts !== undefined || opened.preview.request.undoes !== undefined;
  const template = `26px repeat(${shown.length}, minmax(120px, 1fr)) minmax(90px, max-content)`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled with the keyboard
    <section className="diff" ref={scroller} tabIndex={0} aria-label={`Rows of ${table.table}`}>
      <table className="diff-grid" style={{ gridTemplateColumns: template }} aria-rowcount={total + 1}>
        <thead>
          <HeadRow columns={shown.map(place => columns[place]!)} />
        </thead>
        <Space height={items[0]?.start ?? 0} />
        <tbody>
          {items.map(({ key, index }) => (
            <ChangedRow
              key={key}
              {...{ index, columns, shown, isTakenBack }}
              row={rows[index]!}
              measure={virtual.measureElement}
            />
          ))}
        </tbody>
        <Space height={Math.max(0, virtual.getTotalSize() - (items.at(-1)?.end ?? 0))} />
      </table>
    </section>
  );
}

/** Rows that are not drawn. */
function Space({ height }: { readonly height: number }) {
  return <tbody className="diff-space" style={{ height }} />;
}
