/** One transaction: its numbers, and its rows for who may read them. Looking at rows is an act of its own: it is recorded. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count } from '../parts/format.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { TransactionCard } from '../timeline/transaction-card.tsx';

type Rows =
  paths['/tenants/{tenant}/transactions/{transaction}/rows']['get']['responses'][200]['content']['application/json'];
type Change = NonNullable<Rows['transaction']>['changes'][number];
type RowChange = Extract<Change, { op: 'insert' | 'update' | 'delete' }>;

const SIGNS = { insert: '+', update: '~', delete: '−' } as const;
const WORDS = { insert: 'inserted', update: 'updated', delete: 'deleted' } as const;

export function Component() {
  const { tenant = '', transaction = '' } = useParams();
  const [params] = useSearchParams();
  const table = params.get('table') ?? undefined;
  return (
    <Page
      title="Transaction"
      back={{ to: `/tenants/${tenant}?transaction=${encodeURIComponent(transaction)}`, name: 'Timeline' }}
    >
      <TransactionCard tenant={tenant} transaction={transaction} />
      <RowsPanel {...{ tenant, transaction, table }} />
    </Page>
  );
}

interface RowsProps {
  readonly tenant: string;
  readonly transaction: string;
  readonly table: string | undefined;
}

function RowsPanel({ tenant, transaction, table }: RowsProps) {
  const [asked, setAsked] = useState(false);
  const rows = useQuery({
    queryKey: ['transaction-rows', tenant, transaction, table],
    queryFn: () =>
      answer(
        api.GET('/tenants/{tenant}/transactions/{transaction}/rows', {
          params: { path: { tenant, transaction }, query: { limit: 200, ...(table !== undefined && { table }) } },
        }),
      ),
    enabled: asked,
    // Each read is in the audit trail: none happens by itself.
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: false,
  });
  if (!asked)
    return (
      <Panel title="Rows">
        <p className="dim">These are the tenant’s own data. Looking at them is recorded in the audit trail.</p>
        <p className="actions ways">
          <button type="button" onClick={() => setAsked(true)}>
            Show the rows
          </button>
        </p>
      </Panel>
    );
  return (
    <Panel title="Rows">
      <Loaded query={rows}>
        {({ transaction: found }) => {
          const changes = (found?.changes ?? []).filter(isRowChange);
          const hidden = (found?.total ?? 0) - changes.length;
          return (
            <>
              <Table
                caption="Changed rows"
                rows={changes.map((change, index) => ({ change, index }))}
                rowKey={each => String(each.index)}
                columns={COLUMNS}
              />
              {hidden > 0 && (
                <p className="dim">{count(hidden)} more are not shown here: a preview shows all of them.</p>
              )}
            </>
          );
        }}
      </Loaded>
    </Panel>
  );
}

function isRowChange(change: Change): change is RowChange {
  return change.op === 'insert' || change.op === 'update' || change.op === 'delete';
}

const COLUMNS = [
  {
    name: 'Change',
    cell: ({ change }: { change: RowChange }) => (
      <span className={`nowrap ${change.op}`}>
        {SIGNS[change.op]} {WORDS[change.op]}
      </span>
    ),
  },
  { name: 'Table', cell: ({ change }: { change: RowChange }) => change.table },
  { name: 'Key', cell: ({ change }: { change: RowChange }) => <code>{Object.values(change.key).join(', ')}</code> },
  { name: 'Values', cell: ({ change }: { change: RowChange }) => <Values change={change} /> },
];

/** Of an update, the columns that it changed, before and after. */
function Values({ change }: { readonly change: RowChange }) {
  const { row = {} } = change;
  const before: Readonly<Record<string, string | null>> = change.op === 'update' ? change.before : {};
  const names = change.op === 'update' ? Object.keys(before) : Object.keys(row);
  return (
    <dl className="values">
      {names.map(name => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {change.op === 'update' && (
              <>
                <del>{before[name] ?? 'NULL'}</del>{' '}
              </>
            )}
            {change.op === 'update' ? (
              <ins>{row[name] ?? 'NULL'}</ins>
            ) : (
              (row[name] ?? <span className="dim">NULL</span>)
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}
