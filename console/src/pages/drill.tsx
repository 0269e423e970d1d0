/** One drill: what was restored where, how long each phase took, and what was proved. From its signed record. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { Against } from '../parts/bar.tsx';
import { DRILL_NAMES, DrillOutcome } from '../parts/drill.tsx';
import { count, duration, plural, size } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { FigureTile } from '../parts/tile.tsx';
import { Time } from '../parts/time.tsx';

type Drill = paths['/drills/{drill}']['get']['responses'][200]['content']['application/json'];

export function Component() {
  const { drill = '' } = useParams();
  const record = useQuery({
    queryKey: ['drills', 'record', drill],
    queryFn: () => answer(api.GET('/drills/{drill}', { params: { path: { drill } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const back = { to: '/drills', name: 'Drills' };
  const title = record.data ? `Drill: ${DRILL_NAMES[record.data.kind]}` : 'Drill';
  return (
    <Page title={title} back={back} lead={record.data && <Lead drill={record.data} />}>
      <Loaded query={record}>{found => <Record drill={found} />}</Loaded>
    </Page>
  );
}

function Lead({ drill: { startedAt, endedAt, startedBy } }: { readonly drill: Drill }) {
  return (
    <>
      <Time at={startedAt} />, {duration(Date.parse(endedAt) - Date.parse(startedAt))}, started by {startedBy}. The
      signature of the record is valid.
    </>
  );
}

function Record({ drill }: { readonly drill: Drill }) {
  const { outcome, findings, scratch, seed, tenants, phases } = drill;
  const rows = tenants.reduce((sum, { restore }) => sum + (restore?.rows ?? 0), 0);
  const bytes = tenants.reduce((sum, { restore }) => sum + (restore?.bytes ?? 0), 0);
  return (
    <>
      <div className={`notice ${outcome === 'passed' ? 'good' : outcome === 'slow' ? 'warn' : 'bad'}`} role="status">
        <Icon name={outcome === 'passed' ? 'check' : 'warn'} />
        <div>
          <strong>
            {
              {
                passed: 'Proved, within the objective',
                slow: 'Proved, but slower than the objective',
                failed: 'Failed',
              }[outcome]
            }
          </strong>
          {findings.map(finding => (
            <p key={finding}>{finding}</p>
          ))}
        </div>
      </div>
      <dl className="tiles">
        <FigureTile name="Tenants" value={count(tenants.length)} />
        <FigureTile name="Rows restored" value={count(rows)} note={size(bytes)} />
        {drill.contention && (
          <FigureTile
            name="At once"
            value={duration(drill.contention.elapsedMs)}
            note={`one after the other: ${duration(drill.contention.singlyMs)}`}
          />
        )}
        {drill.prediction && (
          <FigureTile
            name="All tenants, predicted"
            value={duration(drill.prediction.predictedMs)}
            note={plural(drill.prediction.tenants, 'tenant')}
          />
        )}
      </dl>
      {tenants.length > 0 && <Tenants tenants={tenants} />}
      {drill.accidents && <Accidents accidents={drill.accidents} />}
      {drill.faults && <Faults faults={drill.faults} />}
      <div className="columns">
        <Panel title="Phases">
          <dl className="facts">
            {phases.map(({ phase, ms }) => (
              <div key={phase} className="fact">
                <dt>{phase}</dt>
                <dd>{duration(ms)}</dd>
              </div>
            ))}
          </dl>
        </Panel>
        <Panel title="Where">
          <dl className="facts">
            <dt>Scratch</dt>
            <dd>
              {scratch
                ? `${scratch.server}, ${scratch.place === 'outside' ? 'another server than the source' : 'the server of the source'}`
                : 'nothing was restored'}
            </dd>
            <dt>Repeat</dt>
            <dd className="code">
              holdfast drill run {drill.kind} --seed {seed}
            </dd>
            <dt>Acceptance</dt>
            <dd>{acceptanceOf(drill)}</dd>
            <dt>Record</dt>
            <dd className="code">{drill.id}</dd>
          </dl>
        </Panel>
      </div>
    </>
  );
}

function acceptanceOf({ acceptance }: Drill): string {
  const checks = acceptance.flatMap(each => each.checks);
  if (acceptance.length === 0) return 'no check is configured';
  return `${count(checks.filter(({ ok }) => ok).length)} of ${plural(checks.length, 'check')} of the team passed`;
}

function Tenants({ tenants }: Pick<Drill, 'tenants'>) {
  return (
    <Panel title="Tenants">
      <Table
        caption="Tenants of the drill"
        rows={tenants}
        rowKey={({ tenant }) => tenant}
        columns={[
          {
            name: 'Tenant',
            cell: ({ tenant, tier }) => (
              <span>
                <Link className="code" to={`/tenants/${tenant}`}>
                  {tenant.slice(0, 12)}…
                </Link>
                <span className="sub">{tier}</span>
              </span>
            ),
          },
          { name: 'Outcome', cell: ({ outcome }) => <DrillOutcome outcome={outcome} /> },
          {
            name: 'Recovery against objective',
            cell: ({ restore, objectiveMs, problem }) =>
              restore ? <Against ms={restore.recoveryMs} objectiveMs={objectiveMs} /> : (problem?.message ?? '–'),
          },
          {
            name: 'Moment',
            cell: ({ restore }) =>
              restore === null ? '–' : restore.moment === 'latest' ? 'the newest' : <Time at={restore.moment} />,
          },
          { name: 'Rows', right: true, cell: ({ restore }) => (restore ? count(restore.rows) : '–') },
          {
            name: 'Proof',
            cell: ({ restore }) =>
              restore === null ? (
                '–'
              ) : restore.differing + restore.brokenReferences === 0 ? (
                <State tone="good">identical</State>
              ) : (
                <State tone="bad">{`${count(restore.differing)} differ, ${count(restore.brokenReferences)} broken`}</State>
              ),
          },
        ]}
      />
    </Panel>
  );
}

const ACCIDENT_NAMES = { delete: 'Rows deleted', overwrite: 'Rows overwritten', wipe: 'Everything deleted' } as const;

function Accidents({ accidents }: { readonly accidents: NonNullable<Drill['accidents']> }) {
  return (
    <Panel title="Accidents in the scratch copy">
      <Table
        caption="Accidents"
        rows={accidents}
        rowKey={({ accident }) => accident}
        columns={[
          { name: 'Accident', cell: ({ accident }) => ACCIDENT_NAMES[accident] },
          { name: 'Rows damaged', right: true, cell: ({ damaged }) => count(damaged) },
          { name: 'Restored', cell: ({ restored }) => <Proved ok={restored} /> },
          { name: 'Undone', cell: ({ undone }) => <Proved ok={undone} /> },
          { name: 'Preview', right: true, cell: ({ previewMs }) => duration(previewMs) },
          { name: 'Restore', right: true, cell: ({ restoreMs }) => duration(restoreMs) },
          { name: 'Undo', right: true, cell: ({ undoMs }) => duration(undoMs) },
        ]}
      />
    </Panel>
  );
}

function Proved({ ok }: { readonly ok: boolean }) {
  return ok ? <State tone="good">exactly</State> : <State tone="bad">no</State>;
}

function Faults({ faults }: { readonly faults: NonNullable<Drill['faults']> }) {
  return (
    <Panel title="Faults">
      <Table
        caption="Faults and their alarms"
        rows={faults}
        rowKey={({ fault }) => fault}
        columns={[
          { name: 'Fault', cell: ({ fault }) => fault },
          { name: 'Expected alarm', cell: ({ expected }) => expected ?? 'none' },
          { name: 'Raised after', right: true, cell: ({ alarmMs }) => (alarmMs === null ? '–' : duration(alarmMs)) },
          { name: 'Mended', cell: ({ mended }) => <Proved ok={mended} /> },
        ]}
      />
    </Panel>
  );
}
