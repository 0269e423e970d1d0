/** A restore that was done: its proof, what it changed, how long each phase took, and the way to undo it. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { count, duration, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Conflicts } from '../preview/conflicts.tsx';

type Opened = paths['/tenants/{tenant}/restores/{restore}']['get']['responses'][200]['content']['application/json'];
type RecordShown = NonNullable<Opened['record']>;

export function Component() {
  const { tenant = '', restore = '' } = useParams();
  const query = useQuery({
    queryKey: ['restore', tenant, restore],
    queryFn: () => answer(api.GET('/tenants/{tenant}/restores/{restore}', { params: { path: { tenant, restore } } })),
  });
  return <Loaded query={query}>{found => <Shown {...found} />}</Loaded>;
}

function Shown({ summary, record, signed, canUndo }: Opened) {
  const { id, tenant, tenantId, at } = summary;
  return (
    <Page
      title={`Restore ${id}`}
      back={{ to: `/tenants/${tenant}/restores`, name: 'Restores' }}
      lead={
        <>
          Tenant {tenantId ?? tenant}
          {at !== null && (
            <>
              , <Time at={at} />
            </>
          )}
        </>
      }
      actions={
        canUndo && (
          <Link className="button" to={`/tenants/${tenant}/restore?way=undo&undo=${id}`}>
            <Icon name="restore" /> Undo it
          </Link>
        )
      }
    >
      {record === null ? (
        <Panel>
          <Empty title={summary.state === 'failed' ? 'It failed: nothing was written' : 'There is no record of it'} />
        </Panel>
      ) : (
        <>
          <Proof record={record} />
          <Conflicts conflicts={record.conflicts} isPast />
          <div className="columns">
            <People record={record} summary={summary} />
            <Phases record={record} />
          </div>
          <Written record={record} />
          <Signed record={record} signed={signed} />
        </>
      )}
    </Page>
  );
}

function Proof({ record }: { readonly record: RecordShown }) {
  const { proof, totals, partial, excluded = [] } = record;
  const left = Object.entries(proof.left).filter(([, rows]) => rows > 0);
  const isPartial = partial === true || excluded.length > 0;
  const isClean = left.length === 0 && proof.brokenReferences === 0;
  return (
    <div className={`notice ${isClean && !isPartial ? 'good' : 'warn'}`} role="status">
      <Icon name={isClean && !isPartial ? 'check' : 'warn'} />
      <div>
        <strong>
          {isClean
            ? 'Proved: compared again after writing, nothing differs'
            : 'Proved for what it wrote; the application changed other rows meanwhile'}
        </strong>
        <p>
          {count(totals.inserted)} inserted, {count(totals.updated)} updated, {count(totals.deleted)} deleted.{' '}
          {proof.brokenReferences === 0
            ? 'Every foreign key of the tenant’s rows holds.'
            : `${plural(proof.brokenReferences, 'foreign key')} broken.`}
        </p>
        {left.map(([table, rows]) => (
          <p key={table}>
            {table}: {plural(rows, 'row')} changed by the application since.
          </p>
        ))}
        {isPartial && <p>It is partial{excluded.length > 0 && `: without ${excluded.join(', ')}`}.</p>}
      </div>
    </div>
  );
}

function People({ record, summary }: { readonly record: RecordShown; readonly summary: Opened['summary'] }) {
  const { request, requestedBy, approvedBy, target, targetTime } = record;
  return (
    <Panel title="Who and why">
      <dl className="facts">
        <dt>Asked by</dt>
        <dd>{requestedBy}</dd>
        <dt>Approved by</dt>
        <dd>{approvedBy.length === 0 ? 'no approval was needed' : approvedBy.join(', ')}</dd>
        <dt>Why</dt>
        <dd>{summary.reason || <span className="dim">no reason given</span>}</dd>
        <dt>Target</dt>
        <dd>
          {targetTime === null ? request.target : <Time at={targetTime} />}
          <span className="sub code">{target}</span>
        </dd>
        <dt>Mode</dt>
        <dd>{request.undoes !== undefined ? `undo of ${request.undoes}` : request.mode}</dd>
        <dt>Place</dt>
        <dd>{record.place.replaceAll('-', ' ')}</dd>
      </dl>
    </Panel>
  );
}

const PHASES = [
  ['planMs', 'Plan'],
  ['stageMs', 'Load and replay'],
  ['diffMs', 'Compare'],
  ['applyMs', 'Write'],
  ['proveMs', 'Prove'],
] as const;

function Phases({ record: { phases, startedAt, committedAt, attempts } }: { readonly record: RecordShown }) {
  const longest = Math.max(1, ...PHASES.map(([key]) => phases[key]));
  const shown = PHASES.filter(([key]) => phases[key] > 0);
  return (
    <Panel title="How long it took">
      <dl className="facts phase-bars">
        {shown.map(([key, name]) => (
          <div key={key}>
            <dt>{name}</dt>
            <dd>
              <progress value={phases[key]} max={longest} aria-label={name} /> {duration(phases[key])}
            </dd>
          </div>
        ))}
      </dl>
      <p className="dim below">
        Applied <Time at={startedAt} /> within {duration(Math.max(1, Date.parse(committedAt) - Date.parse(startedAt)))}
        {attempts > 1 && `, compared ${attempts} times`}.
      </p>
    </Panel>
  );
}

function Written({ record: { tables, proof } }: { readonly record: RecordShown }) {
  if (tables.length === 0) return null;
  const number = (value: number) => (value === 0 ? '–' : count(value));
  return (
    <Panel title="What it changed">
      <Table
        caption="Tables that it changed"
        rows={tables}
        rowKey={({ table }) => table}
        columns={[
          { name: 'Table', cell: ({ table }) => table },
          { name: 'Inserted', right: true, cell: ({ inserted }) => number(inserted) },
          { name: 'Updated', right: true, cell: ({ updated }) => number(updated) },
          { name: 'Deleted', right: true, cell: ({ deleted }) => number(deleted) },
          { name: 'Rows at the target', right: true, cell: ({ table }) => number(proof.rows[table] ?? 0) },
        ]}
      />
    </Panel>
  );
}

function Signed({ record, signed }: { readonly record: RecordShown; readonly signed: Opened['signed'] }) {
  return (
    <details className="panel">
      <summary>Record, as it was signed</summary>
      <dl className="facts">
        <dt>Preview</dt>
        <dd className="code">{record.previewHash}</dd>
        {signed && (
          <>
            <dt>Object</dt>
            <dd className="code">{signed.key}</dd>
            <dt>SHA-256</dt>
            <dd className="code">{signed.sha256}</dd>
          </>
        )}
        {record.chain && (
          <>
            <dt>Read from</dt>
            <dd>
              snapshot {record.chain.snapshot}, {plural(record.chain.incrementals.length, 'incremental')},{' '}
              {plural(record.chain.runs.length, 'log run')}
            </dd>
          </>
        )}
        <dt>Transaction</dt>
        <dd>{record.transaction ?? '–'}</dd>
      </dl>
    </details>
  );
}
