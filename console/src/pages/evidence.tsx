/** Evidence bundles: which were made, and making one for a framework and a range. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { textOf } from '../govern/asked-request.tsx';
import { ExecutionState } from '../govern/execution-state.tsx';
import { FRAMEWORKS, frameworkName } from '../govern/frameworks.ts';
import { submitted } from '../govern/submitted.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { useExecution } from '../parts/use-execution.ts';

export function Component() {
  const bundles = useInfiniteQuery({
    queryKey: ['evidence'],
    queryFn: ({ pageParam }) =>
      answer(api.GET('/evidence', { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  return (
    <Page
      title="Evidence"
      lead="Per control of a framework: what it asks, which stored objects show that this installation meets it, and what is missing."
    >
      <MakeBundle />
      <Panel title="Bundles">
        <Loaded query={bundles}>
          {({ pages }) => {
            const found = pages.flatMap(page => page.bundles);
            if (found.length === 0) return <Empty title="No bundle was made yet." />;
            return (
              <Table
                caption="Evidence bundles, newest first"
                rows={found}
                rowKey={({ id }) => id}
                columns={[
                  {
                    name: 'Framework',
                    cell: each =>
                      each.isKept ? (
                        <Link to={`/evidence/${each.id}`}>{frameworkName(each.framework)}</Link>
                      ) : (
                        frameworkName(each.framework)
                      ),
                  },
                  { name: 'Range', cell: each => `${each.from.slice(0, 10)} to ${each.to.slice(0, 10)}` },
                  { name: 'About', cell: each => (each.tenant === null ? 'all tenants' : <code>{each.tenant}</code>) },
                  { name: 'Made', cell: each => <Time at={each.at} /> },
                  {
                    name: 'Files',
                    cell: each => (
                      <State tone={each.isKept ? 'good' : 'plain'}>{each.isKept ? 'kept' : 'with who made it'}</State>
                    ),
                  },
                ]}
              />
            );
          }}
        </Loaded>
        {bundles.hasNextPage && (
          <div className="more">
            <button type="button" onClick={() => void bundles.fetchNextPage()}>
              Older bundles
            </button>
          </div>
        )}
      </Panel>
    </Page>
  );
}

function MakeBundle() {
  const queries = useQueryClient();
  const make = useMutation({
    mutationFn: (form: FormData) =>
      answer(
        api.POST('/evidence', {
          body: {
            framework: FRAMEWORKS.find(each => each === textOf(form, 'framework')) ?? 'soc2',
            from: `${textOf(form, 'from')}T00:00:00Z`,
            ...(textOf(form, 'to') !== '' && { to: `${textOf(form, 'to')}T00:00:00Z` }),
          },
        }),
      ),
  });
  const { data: work } = useExecution('system', make.data?.id);
  const state = work?.state;
  useEffect(() => {
    if (state === 'done') void queries.invalidateQueries({ queryKey: ['evidence'] });
  }, [state, queries]);
  return (
    <Panel title="Make a bundle">
      <form className="row" onSubmit={submitted(make.mutate)}>
        <label className="field">
          <span>Framework</span>
          <select name="framework">
            {FRAMEWORKS.map(each => (
              <option key={each} value={each}>
                {frameworkName(each)}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>From</span>
          <input type="date" name="from" required />
        </label>
        <label className="field">
          <span>Before (optional)</span>
          <input type="date" name="to" />
        </label>
        <button type="submit" className="primary end" disabled={make.isPending || state === 'running'}>
          Make the bundle
        </button>
      </form>
      <div className="stack after">
        {make.error && <Trouble error={make.error} />}
        <ExecutionState work={work} what="Gathering evidence" />
        {work?.state === 'done' && (
          <p role="status">
            <Icon name="check" /> <Link to={`/evidence/${(work.result as { id: string }).id}`}>Open the bundle</Link>
          </p>
        )}
      </div>
    </Panel>
  );
}
