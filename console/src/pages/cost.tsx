/** What protection costs on AWS, line by line with its arithmetic, and what would be cheaper or safer. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count, size } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { FigureTile } from '../parts/tile.tsx';

type Cost = paths['/cost']['get']['responses'][200]['content']['application/json'];
type Advice = paths['/advice']['get']['responses'][200]['content']['application/json']['advice'][number];

const usd = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });
const FIELDS = ['tenants', 'keys', 'regions', 'network'] as const;

type Chosen = NonNullable<NonNullable<paths['/cost']['get']['parameters']>['query']>;

export function Component() {
  const [params, setParams] = useSearchParams();
  const query = Object.fromEntries(
    FIELDS.flatMap(name => (params.get(name) ? [[name, params.get(name)]] : [])),
  ) as Chosen;
  const key = JSON.stringify(query);
  const cost = useQuery({
    queryKey: ['cost', key],
    queryFn: () => answer(api.GET('/cost', { params: { query } })),
    placeholderData: keepPreviousData,
  });
  const advice = useQuery({
    queryKey: ['advice', key],
    queryFn: () => answer(api.GET('/advice', { params: { query } })),
    placeholderData: keepPreviousData,
  });
  const set = (name: string, value: string) =>
    setParams(
      before => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <Page
      title="Cost"
      lead="Dollars a month on AWS by list price, without free tiers, for a deployment with the usual schedules and retention."
    >
      <Choices query={query} set={set} />
      <Loaded query={cost}>{found => <Bill cost={found} />}</Loaded>
      <Panel title="Advice">
        <Loaded query={advice}>
          {({ advice: all }) => (all.length === 0 ? <Empty title="Nothing to change." /> : <Changes advice={all} />)}
        </Loaded>
      </Panel>
    </Page>
  );
}

interface ChoicesProps {
  readonly query: Chosen;
  readonly set: (name: string, value: string) => void;
}

function Choices({ query, set }: ChoicesProps) {
  const choice = (name: (typeof FIELDS)[number], label: string, options: Readonly<Record<string, string>>) => (
    <label className="field">
      <span>{label}</span>
      <select value={String(query[name] ?? '')} onChange={event => set(name, event.target.value)}>
        {Object.entries(options).map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
  return (
    <Panel title="What if">
      <div className="row check-list">
        <label className="field">
          <span>Tenants</span>
          <input
            type="number"
            min="1"
            max="10000000"
            placeholder="as counted"
            value={query.tenants ?? ''}
            onChange={event => set('tenants', event.target.value)}
          />
        </label>
        {choice('regions', 'Regions with a copy', { '': 'as deployed', 1: '1', 2: '2', 3: '3' })}
        {choice('keys', 'Keys', { '': 'as deployed', dedicated: 'one for each tenant', pooled: 'pooled' })}
        {choice('network', 'Access to AWS', { '': 'endpoints', nat: 'NAT gateways', there: 'already there' })}
      </div>
    </Panel>
  );
}

const COUNTED: Readonly<Record<string, string>> = {
  ...{ tenants: 'tenants', tenantBytes: 'bytes of a tenant', changedBytesPerDay: 'change log of a day' },
  ...{ active: 'how many tenants change', newChunkShare: 'share of a snapshot that is new' },
};

function Bill({ cost: { tenants, lines, usd: total, usdPerTenant, profile } }: { readonly cost: Cost }) {
  const groups = new Map<string, Cost['lines'][number][]>();
  for (const line of lines) groups.set(line.group, [...(groups.get(line.group) ?? []), line]);
  const sum = (group: readonly { usd: number }[]) => group.reduce((amount, each) => amount + each.usd, 0);
  const ranked = [...groups].sort(([, a], [, b]) => sum(b) - sum(a));
  const known = (profile.counted ?? []).map(name => COUNTED[name] ?? name);
  return (
    <>
      <dl className="tiles spaced">
        <FigureTile name="A month" value={usd.format(total)} note={`${count(tenants)} tenants`} />
        <FigureTile name="A tenant" value={usd.format(usdPerTenant)} note="a month" />
        <FigureTile name="Rows of a tenant" value={size(profile.tenantBytes)} />
        <FigureTile name="Change log of a tenant" value={size(profile.changedBytesPerDay)} note="a day" />
      </dl>
      <Panel title="Bill">
        <p className="dim">
          {known.length > 0
            ? `Counted in the catalog: ${known.join(', ')}. The other figures are assumed.`
            : 'Nothing is counted yet: every figure is assumed.'}
        </p>
        {ranked.map(([group, own]) => (
          <details key={group} className="bill">
            <summary>
              <span>{group}</span>
              <Share part={sum(own) / total} />
              <strong>{usd.format(sum(own))}</strong>
            </summary>
            <Table
              caption={group}
              rows={own}
              rowKey={({ name }) => name}
              columns={[
                {
                  name: 'Line',
                  cell: ({ name, arithmetic }) => (
                    <span>
                      {name}
                      <span className="sub code">{arithmetic}</span>
                    </span>
                  ),
                },
                { name: 'A month', right: true, cell: line => usd.format(line.usd) },
              ]}
            />
          </details>
        ))}
      </Panel>
    </>
  );
}

function Share({ part }: { readonly part: number }) {
  return (
    <svg className="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <rect className="track" width="100" height="8" />
      <rect className="met" width={Math.max(0.5, part * 100)} height="8" />
    </svg>
  );
}

function Changes({ advice }: { readonly advice: readonly Advice[] }) {
  return (
    <>
      <p className="dim">Each change alone, as the difference of two bills. Nothing is changed here.</p>
      <Table
        caption="Advice, the greatest saving first"
        rows={advice}
        rowKey={({ id }) => id}
        columns={[
          {
            name: 'Change',
            cell: ({ change, note }) => (
              <span>
                <strong>{change}</strong>
                <span className="sub">{note}</span>
              </span>
            ),
          },
          {
            name: 'A month',
            right: true,
            cell: ({ savesUsd }) => (
              <span className="nowrap">
                {savesUsd < 0 ? 'costs ' : 'saves '}
                <strong>{usd.format(Math.abs(savesUsd))}</strong>
              </span>
            ),
          },
          { name: 'Recovery point', cell: ({ recoveryPoint }) => recoveryPoint },
          { name: 'Recovery time', cell: ({ recoveryTime }) => recoveryTime },
        ]}
      />
    </>
  );
}
