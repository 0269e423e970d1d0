/** Parts of longer reports: what a complete recovery would take, and facts for audits. */
import type { paths } from '../api/paths.ts';
import { DRILL_NAMES } from '../parts/drill.tsx';
import { count, duration, plural } from '../parts/format.ts';
import { Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';

type Report = paths['/reports/{kind}/{name}']['get']['responses'][200]['content']['application/json']['report'];

const seconds = (value: number) => duration(value * 1000);

export function Readiness({ readiness: { tiers, drills } }: { readonly readiness: NonNullable<Report['readiness']> }) {
  const time = (value: number | null) => (value === null ? <span className="dim">not measured</span> : seconds(value));
  return (
    <Panel title="If everything had to be restored">
      <Table
        caption="Readiness by tier"
        rows={tiers}
        rowKey={({ tier }) => tier}
        columns={[
          { name: 'Tier', cell: ({ tier }) => tier },
          { name: 'Tenants', right: true, cell: ({ tenants }) => count(tenants) },
          { name: 'Objective', right: true, cell: ({ objectiveSeconds }) => seconds(objectiveSeconds) },
          { name: 'Longest, predicted', right: true, cell: ({ longestSeconds }) => time(longestSeconds) },
          { name: 'All, predicted', right: true, cell: ({ allSeconds }) => time(allSeconds) },
          { name: 'Proved by a drill', right: true, cell: ({ drilledSeconds }) => time(drilledSeconds) },
          { name: 'Without snapshot', right: true, cell: ({ withoutSnapshot }) => count(withoutSnapshot) },
        ]}
      />
      {drills.due.some(({ state }) => state !== 'done') && (
        <p>
          Due or late:{' '}
          {drills.due
            .flatMap(({ kind, state }) => (state === 'done' ? [] : [`${DRILL_NAMES[kind]} (${state})`]))
            .join(', ')}
        </p>
      )}
    </Panel>
  );
}

export function Compliance({ facts }: { readonly facts: NonNullable<Report['compliance']> }) {
  return (
    <Panel title="Facts for audits">
      <Table
        caption="Facts"
        rows={facts}
        rowKey={({ name }) => name}
        columns={[
          {
            name: 'Fact',
            cell: ({ name, looked }) => (
              <span>
                {name.replaceAll('-', ' ')}
                <span className="sub">{looked}</span>
              </span>
            ),
          },
          {
            name: 'Shown',
            cell: ({ shown }) => (shown ? <State tone="good">yes</State> : <State tone="bad">no</State>),
          },
          { name: 'Evidence', right: true, cell: ({ evidence }) => plural(evidence.total, 'object') },
          {
            name: 'Missing',
            cell: ({ missing }) => (missing.length === 0 ? '–' : missing.map(each => <p key={each}>{each}</p>)),
          },
        ]}
      />
    </Panel>
  );
}
