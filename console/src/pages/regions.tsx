/** If one region is lost: which one is active, whether the other would do, and what a fail-over would do and lose. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { useMe } from '../frame.tsx';
import { Command } from '../parts/command.tsx';
import { count, duration } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { FigureTile } from '../parts/tile.tsx';
import { Time } from '../parts/time.tsx';
import { FailoverDryRun } from '../regions/dry-run.tsx';

type Regions = paths['/regions']['get']['responses'][200]['content']['application/json'];
type Status = NonNullable<Regions['status']>;

export function Component() {
  const regions = useQuery({
    queryKey: ['regions'],
    queryFn: () => answer(api.GET('/regions')),
    refetchInterval: 15_000,
  });
  return (
    <Page title="Regions" lead="Which region protects and is restored from, and what would happen if it were lost.">
      <Loaded query={regions}>
        {found => (found.status === null ? <OneRegion /> : <Two regions={found} status={found.status} />)}
      </Loaded>
    </Page>
  );
}

function OneRegion() {
  return (
    <>
      <div className="notice" role="status">
        <Icon name="region" />
        <div>
          <strong>This installation has one region, and it is always active</strong>
          <p className="dim">
            If the region is lost with its vault and its keys, nothing can be restored. A copy in another place is what
            helps then.
          </p>
        </div>
      </div>
      <Panel title="Set up a second region">
        <ol className="set-up-steps">
          <li>
            Replicate vault and keys to another place, for example with the replication of their storage. Set{' '}
            <code>drills.regionVault</code> and <code>drills.regionKeys</code> to the copies: the drill of a lost region
            then proves that they are enough. <Link to="/configuration?part=drills">Make the patch</Link>
          </li>
          <li>
            Run a physical replica of the database there, and name both regions in a file that the setting{' '}
            <code>regions</code> points to.
          </li>
          <li>
            Make this region the active one:
            <Command text="holdfast failover init" />
          </li>
          <li>
            Let a scheduler in the other region look at this one:
            <Command text="holdfast failover probe" />
          </li>
        </ol>
        <p className="dim">
          docs/failover.md describes each step; on AWS, the setting failover of the deployment does them.
        </p>
      </Panel>
    </>
  );
}

const PHASES: Readonly<Record<string, string>> = {
  healthy: 'healthy',
  suspected: 'looks lost',
  'failing-over': 'failing over',
  'active-elsewhere': 'active elsewhere',
  'failing-back': 'failing back',
};

function Two({ regions, status }: { readonly regions: Regions; readonly status: Status }) {
  const isWell = status.stands && status.phase === 'healthy' && !regions.isSuspected;
  return (
    <>
      <div className={`notice ${isWell ? 'good' : 'warn'}`} role="status">
        <Icon name={isWell ? 'check' : 'warn'} />
        <div>
          <strong>
            {status.active === null ? 'No region is active: a fail-over runs' : `${status.active} is active`}
            {status.phase !== null && status.phase !== 'healthy' && `, and ${PHASES[status.phase] ?? status.phase}`}
          </strong>
          <p className="dim">
            {status.reason} {status.since && <Time at={status.since} />}
            {!status.stands && ' The places do not agree on the newest state yet.'}
          </p>
        </div>
      </div>
      <dl className="tiles">
        <FigureTile
          name="This region"
          value={status.region}
          note={status.region === status.home ? 'the home of the application' : `home: ${status.home}`}
        />
        <FigureTile
          name="May act here"
          value={status.mayAct ? 'yes' : 'no'}
          note={status.mayAct ? 'ships, restores and expires' : 'only reads'}
        />
        <FigureTile name="Fenced" value={status.fenced.length === 0 ? 'none' : status.fenced.join(', ')} />
      </dl>
      <div className="columns">
        <Places status={status} />
        <Probes regions={regions} />
      </div>
      <FailoverDryRun status={status} />
      <Records />
    </>
  );
}

function Places({ status: { places } }: { readonly status: Status }) {
  const tone = { state: 'good', empty: 'warn', unreachable: 'bad' } as const;
  return (
    <Panel title="Places">
      <Table
        caption="What each place says"
        rows={places}
        rowKey={({ region, witness }) => `${region}${witness}`}
        columns={[
          { name: 'Place', cell: ({ region, witness }) => (witness ? `${region} (witness)` : region) },
          {
            name: 'Answer',
            cell: ({ answer: said }) => <State tone={tone[said]}>{said === 'state' ? 'answers' : said}</State>,
          },
          { name: 'Term', right: true, cell: ({ term }) => term ?? '–' },
        ]}
      />
    </Panel>
  );
}

function Probes({ regions: { probes } }: { readonly regions: Regions }) {
  const { data: me } = useMe();
  const queries = useQueryClient();
  const look = useMutation({
    mutationFn: () => answer(api.POST('/regions/probe')),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['regions'] }),
  });
  const well = (ok: boolean) => (ok ? <State tone="good">answers</State> : <State tone="bad">silent</State>);
  return (
    <Panel
      title="Probes of the other region"
      actions={
        me?.may.includes('protect') && (
          <button type="button" onClick={() => look.mutate()} disabled={look.isPending}>
            {look.isPending ? 'Looking …' : 'Look now'}
          </button>
        )
      }
    >
      {look.error && <Trouble error={look.error} />}
      {probes.length === 0 ? (
        <Empty title="This region has not looked at the other one.">
          A scheduler should run holdfast failover probe every minute.
        </Empty>
      ) : (
        <Table
          caption="Probes, the newest first"
          rows={[...probes].reverse()}
          rowKey={({ at }) => at}
          columns={[
            { name: 'When', cell: ({ at }) => <Time at={at} ageOnly /> },
            { name: 'Database', cell: ({ database }) => well(database) },
            { name: 'Vault', cell: ({ vault }) => well(vault) },
            { name: 'Log here', right: true, cell: ({ newest }) => newest ?? '–' },
          ]}
        />
      )}
    </Panel>
  );
}

function Records() {
  const list = useQuery({ queryKey: ['regions', 'records'], queryFn: () => answer(api.GET('/regions/records')) });
  return (
    <Panel title="Fail-overs to this region">
      <Loaded query={list}>
        {({ records }) =>
          records.length === 0 ? (
            <Empty title="None." />
          ) : (
            <Table
              caption="Fail-overs, the newest first"
              rows={records}
              rowKey={({ id }) => id}
              columns={[
                { name: 'Began', cell: ({ startedAt }) => <Time at={startedAt} /> },
                { name: 'From', cell: ({ from }) => from ?? 'none' },
                { name: 'Planned', cell: each => (each.planned ? 'yes' : 'no') },
                { name: 'Until traffic', right: true, cell: ({ untilTrafficMs }) => duration(untilTrafficMs) },
                { name: 'Took', right: true, cell: ({ totalMs }) => duration(totalMs) },
                { name: 'Restores offered', right: true, cell: ({ offered }) => count(offered.length) },
                { name: 'Record', cell: ({ id }) => <span className="code">{id}</span> },
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  );
}
