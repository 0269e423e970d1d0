/** One signed report: its figures beside those of the period before, with links to what they come from, and its files. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count, duration, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { periodText, REPORT_KIND_NAMES, type ReportKindName, saveFile, share } from '../parts/report.ts';
import { TenantState } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { FigureTile } from '../parts/tile.tsx';
import { Time } from '../parts/time.tsx';
import { Trend } from '../parts/trend.tsx';
import { Compliance, Readiness } from '../reports/audit-parts.tsx';

type Shown = paths['/reports/{kind}/{name}']['get']['responses'][200]['content']['application/json'];
type Report = Shown['report'];
type Totals = Report['totals'];

export function Component() {
  const { kind = '', name = '' } = useParams();
  const report = useQuery({
    queryKey: ['reports', kind, name],
    queryFn: () => answer(api.GET('/reports/{kind}/{name}', { params: { path: { kind, name } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const title = `${REPORT_KIND_NAMES[kind as ReportKindName] ?? 'Report'}${report.data ? `: ${periodText(report.data.report.from, report.data.report.to)}` : ''}`;
  return (
    <Page
      title={title}
      back={{ to: `/reports${kind === 'daily' ? '' : `?kind=${kind}`}`, name: 'Reports' }}
      lead={report.data && <Lead shown={report.data} />}
      actions={report.data && <Files kind={kind} name={name} />}
    >
      <Loaded query={report}>{({ report: found }) => <Body report={found} />}</Loaded>
    </Page>
  );
}

function Lead({ shown: { key, report } }: { readonly shown: Shown }) {
  return (
    <>
      Made <Time at={report.at} />; the signature is valid. <span className="code">{key}</span>
    </>
  );
}

function Files({ kind, name }: { readonly kind: string; readonly name: string }) {
  const load = useMutation({
    mutationFn: async (only: string | undefined) => {
      const { files } = await answer(api.GET('/reports/{kind}/{name}/files', { params: { path: { kind, name } } }));
      for (const file of files) if (only === undefined || file.name === only) saveFile(file.name, file.type, file.text);
    },
  });
  return (
    <>
      <button type="button" className="primary" disabled={load.isPending} onClick={() => load.mutate('index.html')}>
        Save with charts
      </button>
      <button type="button" disabled={load.isPending} onClick={() => load.mutate(undefined)}>
        Save all files
      </button>
      {load.error && <Trouble error={load.error} />}
    </>
  );
}

function Body({ report }: { readonly report: Report }) {
  return (
    <>
      <Standing report={report} />
      <Panel title="Figures">
        <Figures totals={report.totals} previous={report.previous} />
      </Panel>
      {report.days.length > 1 && <Days report={report} />}
      <div className="columns">
        <NotSafe report={report} />
        <Links report={report} />
      </div>
      {report.readiness && <Readiness readiness={report.readiness} />}
      {report.compliance && <Compliance facts={report.compliance} />}
    </>
  );
}

function Standing({ report: { state } }: { readonly report: Report }) {
  const isGood = state.notSafeTotal === 0 && state.openFailures.length === 0;
  return (
    <>
      <div className={`notice ${isGood ? 'good' : 'warn'}`} role="status">
        <Icon name={isGood ? 'check' : 'warn'} />
        <div>
          <strong>
            {isGood
              ? `When it was made, ${plural(state.tenants.safe ?? 0, 'tenant')} safe and nothing open`
              : `When it was made, ${plural(state.notSafeTotal, 'tenant')} not safe, ${plural(state.openFailures.length, 'failure')} open`}
          </strong>
          {state.newestAgeSeconds !== null && (
            <p className="dim">The newest moment was {duration(state.newestAgeSeconds * 1000)} old.</p>
          )}
        </div>
      </div>
      <dl className="tiles spaced">
        <FigureTile name="Held tenants" value={count(state.heldTenants)} />
        <FigureTile name="Requests waiting" value={count(state.requestsWaiting)} />
        <FigureTile name="Unreviewed break-glass" value={count(state.unreviewedBreakGlass)} />
      </dl>
    </>
  );
}

interface Figure {
  readonly name: string;
  readonly of: (totals: Totals) => number | null;
  readonly format: (value: number) => string;
}

const seconds = (value: number) => duration(value * 1000);

const FIGURES: readonly Figure[] = [
  { name: 'Log in time', of: ({ log }) => log.availability, format: share },
  { name: 'Longest silence of the log', of: ({ log }) => log.longestSilenceSeconds, format: seconds },
  { name: 'Changes shipped', of: ({ log }) => log.changes, format: count },
  { name: 'Tenant days with a snapshot', of: ({ backups }) => backups.success, format: share },
  { name: 'Snapshots', of: ({ backups }) => backups.snapshots, format: count },
  { name: 'Snapshot, median', of: ({ backups }) => backups.medianMs, format: duration },
  { name: 'Verifications that succeeded', of: ({ verifications }) => verifications.succeeded, format: count },
  { name: 'Verifications that failed', of: ({ verifications }) => verifications.failed, format: count },
  { name: 'Restores', of: ({ restores }) => restores.done, format: count },
  { name: 'Restore, median', of: ({ restores }) => restores.medianSeconds, format: seconds },
  { name: 'Restore, longest', of: ({ restores }) => restores.maxSeconds, format: seconds },
  { name: 'Drills proved', of: ({ drills }) => drills.passed + drills.slow, format: count },
  { name: 'Drills failed', of: ({ drills }) => drills.failed, format: count },
  { name: 'Possible accidents', of: ({ accidents }) => accidents, format: count },
  {
    name: 'Stored',
    of: ({ stored }) => (stored === null ? null : stored.logBytes + stored.backupBytes),
    format: size,
  },
];

function Figures({ totals, previous }: { readonly totals: Totals; readonly previous: Totals | null }) {
  const shown = (of: Totals | null, { of: value, format }: Figure) => {
    const found = of === null ? null : value(of);
    return found === null ? <span className="dim">not recorded</span> : format(found);
  };
  return (
    <Table
      caption="Figures of the period"
      rows={FIGURES}
      rowKey={({ name }) => name}
      columns={[
        { name: 'Figure', cell: ({ name }) => name },
        { name: 'This period', right: true, cell: figure => shown(totals, figure) },
        ...(previous
          ? [{ name: 'Period before', right: true, cell: (figure: Figure) => shown(previous, figure) }]
          : []),
      ]}
    />
  );
}

function Days({ report: { days } }: { readonly report: Report }) {
  const of = (value: (day: Report['days'][number]) => number | null) => days.map(value);
  return (
    <Panel title="Day by day">
      <div className="trends">
        <Trend name="Changes shipped" values={of(({ log }) => log?.changes ?? null)} format={count} />
        <Trend name="Tenants with a snapshot" values={of(({ backups }) => backups?.covered ?? null)} format={count} />
        <Trend name="Restores" values={of(({ restores }) => restores?.length ?? null)} format={count} />
        <Trend
          name="Stored"
          values={of(({ stored }) => (stored ? stored.logBytes + stored.backupBytes : null))}
          format={size}
        />
      </div>
    </Panel>
  );
}

function NotSafe({ report: { state } }: { readonly report: Report }) {
  return (
    <Panel title="Tenants not safe when it was made">
      {state.notSafe.length === 0 ? (
        <p className="dim">None.</p>
      ) : (
        <Table
          caption="Tenants not safe"
          rows={state.notSafe}
          rowKey={({ tenant }) => tenant}
          columns={[
            {
              name: 'Tenant',
              cell: ({ tenant }) => (
                <Link className="code" to={`/tenants/${tenant}`}>
                  {tenant.slice(0, 12)}…
                </Link>
              ),
            },
            { name: 'State', cell: each => <TenantState state={each.state} /> },
          ]}
        />
      )}
    </Panel>
  );
}

/** Every figure comes from records that can be opened. */
function Links({ report: { days, kind } }: { readonly report: Report }) {
  const restores = days.flatMap(day => day.restores ?? []);
  const accidents = days.flatMap(day => day.accidents ?? []);
  const reported = days.filter(({ source }) => source === 'signed-report');
  return (
    <Panel title="Records behind it">
      <ul className="quiet-list">
        <li>
          <Link to="/drills">Drills</Link>: {plural(days.flatMap(day => day.drills ?? []).length, 'record')}
        </li>
        <li>
          <Link to="/restores">Restores</Link>: {plural(restores.length, 'record')}
        </li>
        <li>
          <Link to="/alarms">Alarms</Link>: {plural(accidents.length, 'possible accident')}
        </li>
        {kind !== 'daily' && reported.length > 0 && (
          <li>
            Daily reports:{' '}
            {reported.map(({ day }) => (
              <Link key={day} to={`/reports/daily/${day}`} className="day">
                {day.slice(5)}
              </Link>
            ))}
          </li>
        )}
      </ul>
    </Panel>
  );
}
