/** What was measured, period by period: figures and their trends, each report signed; and another report. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count, duration, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { periodText, REPORT_KIND_NAMES, type ReportKindName, share } from '../parts/report.ts';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Tabs } from '../parts/tabs.tsx';
import { Trend } from '../parts/trend.tsx';
import { Work } from '../parts/work.tsx';

type Brief = paths['/reports']['get']['responses'][200]['content']['application/json']['reports'][number];

const KINDS = Object.keys(REPORT_KIND_NAMES) as ReportKindName[];

export function Component() {
  const [params] = useSearchParams();
  const kind = KINDS.find(each => each === params.get('kind')) ?? 'daily';
  const list = useInfiniteQuery({
    queryKey: ['reports', kind],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/reports', {
          params: { query: { kind, limit: 14, ...(pageParam !== undefined && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  return (
    <Page
      title="Reports"
      lead="Measured, signed and kept in the vault. A complete period is reported once, and the same for everybody."
    >
      <Tabs
        label="Kinds of reports"
        tabs={KINDS.map(each => ({
          name: REPORT_KIND_NAMES[each],
          to: each === 'daily' ? '/reports' : `/reports?kind=${each}`,
          isHere: each === kind,
        }))}
      />
      <Build kind={kind} key={kind} />
      <Loaded query={list}>
        {({ pages }) => {
          const reports = pages.flatMap(page => page.reports);
          return (
            <>
              <Altered keys={pages.flatMap(page => page.altered)} />
              {reports.length > 1 && <Trends reports={reports} />}
              <Panel title={`${REPORT_KIND_NAMES[kind]} reports`}>
                {reports.length === 0 ? (
                  <Empty title="No report of this kind is kept.">
                    Build the one of the last complete period above.
                  </Empty>
                ) : (
                  <ReportTable reports={reports} />
                )}
                {list.hasNextPage && (
                  <div className="more">
                    <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                      {list.isFetchingNextPage ? 'Loading …' : 'Older reports'}
                    </button>
                  </div>
                )}
              </Panel>
            </>
          );
        }}
      </Loaded>
      <Verify />
    </Page>
  );
}

function Altered({ keys }: { readonly keys: readonly string[] }) {
  if (keys.length === 0) return null;
  return (
    <div className="notice bad" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{plural(keys.length, 'report')} not as this installation signed it</strong>
        <p className="code">{keys.join(', ')}</p>
      </div>
    </div>
  );
}

function Build({ kind }: { readonly kind: ReportKindName }) {
  const go = useNavigate();
  const queries = useQueryClient();
  const build = useMutation({
    mutationFn: (body: { from?: string; to?: string }) => answer(api.POST('/reports', { body: { kind, ...body } })),
  });
  const submit = (form: FormData) => {
    const [from, to] = ['from', 'to'].map(name => String(form.get(name) ?? ''));
    build.mutate({ ...(from ? { from } : {}), ...(to ? { to } : {}) });
  };
  return (
    <Panel title={`Build a ${kind} report`}>
      <form
        className="row check-list"
        onSubmit={event => {
          event.preventDefault();
          submit(new FormData(event.currentTarget));
        }}
      >
        <label className="field">
          <span>First day</span>
          <input type="date" name="from" />
        </label>
        <label className="field">
          <span>Day after the last</span>
          <input type="date" name="to" />
        </label>
        <button type="submit" className="primary" disabled={build.isPending}>
          Build
        </button>
      </form>
      <p className="dim">Without days: the last complete period. Days are in UTC.</p>
      {build.error && <Trouble error={build.error} />}
      {build.data && (
        <Work
          key={build.data.id}
          begun={build.data}
          title="Measuring"
          done="The report is signed and kept."
          onDone={result => {
            void queries.invalidateQueries({ queryKey: ['reports'] });
            if (result) void go(`/reports/${kind}/${String(result.name)}`);
          }}
        />
      )}
    </Panel>
  );
}

function Trends({ reports }: { readonly reports: readonly Brief[] }) {
  const inTime = [...reports].reverse();
  const of = (value: (totals: Brief['totals']) => number | null) => inTime.map(({ totals }) => value(totals));
  return (
    <Panel title={`Trends over ${plural(reports.length, 'report')}`}>
      <div className="trends">
        <Trend name="Log in time" values={of(({ log }) => log.availability)} format={share} />
        <Trend name="Tenant days with a snapshot" values={of(({ backups }) => backups.success)} format={share} />
        <Trend name="Snapshot, median" values={of(({ backups }) => backups.medianMs)} format={duration} />
        <Trend
          name="Restore, median"
          values={of(({ restores }) => restores.medianSeconds)}
          format={value => duration(value * 1000)}
        />
        <Trend name="Possible accidents" values={of(({ accidents }) => accidents)} format={count} />
        <Trend
          name="Stored"
          values={of(({ stored }) => (stored === null ? null : stored.logBytes + stored.backupBytes))}
          format={size}
        />
      </div>
    </Panel>
  );
}

function ReportTable({ reports }: { readonly reports: readonly Brief[] }) {
  return (
    <Table
      caption="Reports, the newest first"
      rows={reports}
      rowKey={({ kind, name }) => `${kind}/${name}`}
      columns={[
        {
          name: 'Period',
          cell: ({ kind, name, from, to, complete }) => (
            <span>
              <Link to={`/reports/${kind}/${name}`}>{periodText(from, to)}</Link>
              {!complete && <span className="sub">not over when it was made</span>}
            </span>
          ),
        },
        {
          name: 'Log in time',
          right: true,
          cell: ({ totals: { log } }) => (log.availability === null ? '–' : share(log.availability)),
        },
        {
          name: 'Snapshots',
          right: true,
          cell: ({ totals: { backups } }) => (backups.success === null ? '–' : share(backups.success)),
        },
        {
          name: 'Verified',
          right: true,
          cell: ({ totals: { verifications } }) =>
            verifications.failed > 0 ? (
              <State tone="bad">{`${count(verifications.failed)} failed`}</State>
            ) : (
              count(verifications.succeeded)
            ),
        },
        { name: 'Restores', right: true, cell: ({ totals: { restores } }) => count(restores.done) },
        {
          name: 'Drills',
          right: true,
          cell: ({ totals: { drills } }) =>
            drills.failed > 0 ? (
              <State tone="bad">{`${count(drills.failed)} failed`}</State>
            ) : (
              count(drills.passed + drills.slow)
            ),
        },
        { name: 'Accidents', right: true, cell: ({ totals: { accidents } }) => count(accidents) },
      ]}
    />
  );
}

/** A folder that somebody was sent: is it what this installation signed? */
function Verify() {
  const input = useRef<HTMLInputElement>(null);
  const verify = useMutation({
    mutationFn: async (chosen: FileList) => {
      const files = await Promise.all([...chosen].map(async file => ({ name: file.name, text: await file.text() })));
      return answer(api.POST('/reports/verification', { body: { files } }));
    },
  });
  return (
    <Panel
      title="Verify a report"
      actions={
        <button type="button" onClick={() => input.current?.click()} disabled={verify.isPending}>
          Choose its files
        </button>
      }
    >
      <input
        ref={input}
        className="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files of the report"
        onChange={event => event.target.files && event.target.files.length > 0 && verify.mutate(event.target.files)}
      />
      <p className="dim">
        index.html, report.json and manifest.json of one folder: whether this installation signed them as they are.
      </p>
      {verify.error && <Trouble error={verify.error} />}
      {verify.data && (
        <div className={`notice ${verify.data.ok ? 'good' : 'bad'}`} role="status">
          <Icon name={verify.data.ok ? 'check' : 'warn'} />
          <div>
            <strong>
              {verify.data.ok
                ? `Genuine: the ${verify.data.kind} report from ${verify.data.from}`
                : 'Not what this installation signed'}
            </strong>
            {verify.data.problems.map(problem => (
              <p key={problem}>{problem}</p>
            ))}
          </div>
        </div>
      )}
    </Panel>
  );
}
