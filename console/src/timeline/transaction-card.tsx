/** What one transaction did, in numbers, and the two ways back from it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { count, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

interface TransactionCardProps {
  readonly tenant: string;
  readonly transaction: string;
  readonly onClose?: () => void;
}

export function TransactionCard({ tenant, transaction, onClose }: TransactionCardProps) {
  const path = { tenant, transaction };
  const query = useQuery({
    queryKey: ['transaction', tenant, transaction],
    queryFn: () => answer(api.GET('/tenants/{tenant}/transactions/{transaction}', { params: { path } })),
  });
  const at = encodeURIComponent(transaction);
  return (
    <Panel
      title="Transaction"
      actions={
        onClose && (
          <button type="button" onClick={onClose}>
            <Icon name="cross" /> Close
          </button>
        )
      }
    >
      <Loaded query={query}>
        {({ transaction: found }) =>
          found ? (
            <>
              <dl className="facts">
                <dt>Committed</dt>
                <dd>
                  <Time at={found.time} />
                </dd>
                <dt>Id, position</dt>
                <dd>
                  {found.xid}, <code>{found.lsn}</code>
                </dd>
                {Object.entries(found.context ?? {}).map(([name, value]) => (
                  <ContextFact key={name} name={name} value={value} />
                ))}
                <dt>Changed</dt>
                <dd>{plural(found.total, 'row')}</dd>
              </dl>
              <Table
                caption="Changes by table"
                rows={found.tables}
                rowKey={each => each.table}
                columns={[
                  { name: 'Table', cell: each => each.table },
                  { name: 'Deleted', right: true, cell: each => <Sum kind="delete" value={each.delete} /> },
                  { name: 'Updated', right: true, cell: each => <Sum kind="update" value={each.update} /> },
                  { name: 'Inserted', right: true, cell: each => <Sum kind="insert" value={each.insert} /> },
                  { name: 'Truncated', right: true, cell: each => (each.truncate > 0 ? 'yes' : '–') },
                ]}
              />
              <p className="actions ways">
                <Link className="button primary" to={`/tenants/${tenant}/restore?transaction=${at}`}>
                  Take it back, keep what came later
                </Link>
                <Link
                  className="button"
                  to={`/tenants/${tenant}/restore?to=${encodeURIComponent(`before:${found.lsn}`)}`}
                >
                  Restore to just before it
                </Link>
                <Link className="button" to={`/tenants/${tenant}/transactions/${at}`}>
                  Show its rows
                </Link>
              </p>
            </>
          ) : (
            <Empty title="The log does not know which of its changes are this tenant’s.">
              A preview of a restore to just before it finds out.
            </Empty>
          )
        }
      </Loaded>
    </Panel>
  );
}

function ContextFact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

function Sum({ kind, value }: { readonly kind: 'insert' | 'update' | 'delete'; readonly value: number }) {
  return value === 0 ? <span className="dim">–</span> : <span className={kind}>{count(value)}</span>;
}
