/** Would recovery work today? The last drill of each kind against its objective, what is due, and another one. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { useMe } from '../frame.tsx';
import { Against } from '../parts/bar.tsx';
import { DRILL_NAMES, DRILLS, DrillOutcome, type StartableDrill } from '../parts/drill.tsx';
import { duration, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { type BegunWork, Work } from '../parts/work.tsx';

type Due = paths['/drills/due']['get']['responses'][200]['content']['application/json'];
type Summary = Due['newest'][number];

export function Component() {
  const due = useQuery({ queryKey: ['drills', 'due'], queryFn: () => answer(api.GET('/drills/due')) });
  return (
    <Page
      title="Drills"
      lead="Recovery that was tried: into a scratch database, proved and measured. Nothing live is touched."
    >
      <Loaded query={due}>
        {found => (
          <>
            <Standing due={found.due} />
            <Panel title="By kind">
              <Kinds found={found} />
            </Panel>
          </>
        )}
      </Loaded>
      <History />
    </Page>
  );
}

function Standing({ due }: Pick<Due, 'due'>) {
  const late = due.filter(({ state }) => state === 'late').map(({ kind }) => DRILL_NAMES[kind]);
  const open = due.filter(({ state }) => state === 'due').map(({ kind }) => DRILL_NAMES[kind]);
  const tone = late.length > 0 ? 'bad' : open.length > 0 ? 'warn' : 'good';
  const title =
    due.length === 0
      ? 'No tenant is protected yet'
      : late.length > 0
        ? `Late: ${late.join(', ')}`
        : open.length > 0
          ? `Due: ${open.join(', ')}`
          : due.some(({ last }) => last === null)
            ? 'No drill is due yet'
            : 'Every drill was proved in time';
  return (
    <div className={`notice ${due.length === 0 ? '' : tone}`} role="status">
      <Icon name={tone === 'good' ? 'check' : 'warn'} />
      <div>
        <strong>{title}</strong>
        <p className="dim">A drill is due a period after the last one that was proved; one that failed stays due.</p>
      </div>
    </div>
  );
}

function Kinds({ found: { due, newest, hasRegion } }: { readonly found: Due }) {
  const { data: me } = useMe();
  const [, setParams] = useSearchParams();
  const queries = useQueryClient();
  const start = useMutation({
    mutationFn: (kind: StartableDrill) => answer(api.POST('/drills', { body: { kind } })),
  });
  const mayDrill = me?.may.includes('drill') ?? false;
  const rows = DRILLS.filter(kind => hasRegion || kind !== 'region');
  const begun: BegunWork | undefined = start.data;
  return (
    <>
      {start.error && <Trouble error={start.error} />}
      {begun && start.variables && (
        <Work
          key={begun.id}
          begun={begun}
          title={`Drill running: ${DRILL_NAMES[start.variables]}`}
          done={`The drill ended: ${DRILL_NAMES[start.variables]}. Its record is the first in the history.`}
          onDone={() => void queries.invalidateQueries({ queryKey: ['drills'] })}
        />
      )}
      <Table
        caption="Drills by kind"
        rows={rows}
        rowKey={kind => kind}
        columns={[
          {
            name: 'Drill',
            cell: kind => (
              <span>
                <strong>{DRILL_NAMES[kind]}</strong>
                <button
                  type="button"
                  className="link sub"
                  onClick={() => setParams(kind === undefined ? {} : { kind }, { replace: true })}
                >
                  History
                </button>
              </span>
            ),
          },
          { name: 'Last', cell: kind => <Last summary={newest.find(each => each.kind === kind)} /> },
          {
            name: 'Recovery against objective',
            cell: kind => <Recovery summary={newest.find(each => each.kind === kind)} />,
          },
          { name: 'Due', cell: kind => <DueState item={due.find(each => each.kind === kind)} /> },
          ...(mayDrill
            ? [
                {
                  name: 'Run',
                  cell: (kind: (typeof rows)[number]) => (
                    <button type="button" disabled={start.isPending} onClick={() => start.mutate(kind)}>
                      Run now
                    </button>
                  ),
                },
              ]
            : []),
        ]}
      />
      {!hasRegion && (
        <p className="dim">
          The drill of a lost region needs a copy of vault and keys in another one: see{' '}
          <Link to="/regions">Regions</Link>.
        </p>
      )}
    </>
  );
}

function Last({ summary }: { readonly summary: Summary | undefined }) {
  if (!summary) return <span className="dim">never</span>;
  return (
    <span>
      <Link to={`/drills/${summary.id}`}>
        <Time at={summary.startedAt} ageOnly />
      </Link>{' '}
      <DrillOutcome outcome={summary.outcome} />
    </span>
  );
}

function Recovery({ summary }: { readonly summary: Summary | undefined }) {
  if (!summary?.recovery) return <span className="dim">not measured</span>;
  return (
    <span>
      <Against {...summary.recovery} />
      {summary.predictedMs !== null && <span className="sub">all tenants: about {duration(summary.predictedMs)}</span>}
    </span>
  );
}

function DueState({ item }: { readonly item: Due['due'][number] | undefined }) {
  if (!item) return <span className="dim">by hand</span>;
  const tone = { done: 'good', due: 'warn', late: 'bad' } as const;
  return (
    <span>
      <State tone={tone[item.state]}>
        {item.state !== 'done' ? item.state : item.last === null ? 'not due yet' : 'in time'}
      </State>
      <span className="sub">
        {item.state === 'done' ? 'next ' : 'since '}
        <Time at={item.due} ageOnly />
      </span>
    </span>
  );
}

function History() {
  const [params, setParams] = useSearchParams();
  const kind = DRILLS.find(each => each === params.get('kind'));
  const list = useInfiniteQuery({
    queryKey: ['drills', 'history', kind],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/drills', {
          params: {
            query: { limit: 25, ...(kind && { kind }), ...(pageParam !== undefined && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  const choose = (value: string) => setParams(value === '' ? {} : { kind: value }, { replace: true });
  return (
    <Panel
      title="History"
      actions={
        <label className="row">
          Kind
          <select value={kind ?? ''} onChange={event => choose(event.target.value)}>
            <option value="">All</option>
            {DRILLS.map(each => (
              <option key={each} value={each}>
                {DRILL_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
      }
    >
      <Loaded query={list}>
        {({ pages }) => {
          const altered = pages.flatMap(page => page.altered);
          const drills = pages.flatMap(page => page.drills);
          return (
            <>
              {altered.length > 0 && (
                <div className="notice bad" role="alert">
                  <Icon name="warn" />
                  <div>
                    <strong>{plural(altered.length, 'record')} not as this installation signed it</strong>
                    <p className="code">{altered.join(', ')}</p>
                  </div>
                </div>
              )}
              {drills.length === 0 ? (
                <Empty title={kind ? 'No drill of this kind was run.' : 'No drill was run.'} />
              ) : (
                <Records drills={drills} />
              )}
              {list.hasNextPage && (
                <div className="more">
                  <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                    {list.isFetchingNextPage ? 'Loading …' : 'Older drills'}
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

function Records({ drills }: { readonly drills: readonly Summary[] }) {
  return (
    <Table
      caption="Drills, the newest first"
      rows={drills}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Drill',
          cell: ({ id, kind, startedAt }) => (
            <span>
              <Link to={`/drills/${id}`}>{DRILL_NAMES[kind]}</Link>
              <span className="sub">
                <Time at={startedAt} />
              </span>
            </span>
          ),
        },
        { name: 'Outcome', cell: ({ outcome }) => <DrillOutcome outcome={outcome} /> },
        { name: 'Recovery against objective', cell: summary => <Recovery summary={summary} /> },
        { name: 'Tenants', right: true, cell: ({ tenants }) => tenants },
        {
          name: 'Took',
          right: true,
          cell: ({ startedAt, endedAt }) => duration(Date.parse(endedAt) - Date.parse(startedAt)),
        },
        { name: 'Started by', cell: ({ startedBy }) => startedBy },
      ]}
    />
  );
}
