/** The backups of one tenant: snapshots, incrementals and archives, each provable; and another snapshot now. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { Archives } from '../backups/archives.tsx';
import { type Begin, useBegin } from '../backups/use-begin.ts';
import { Asked } from '../parts/asked.tsx';
import { count, duration, size } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { Work } from '../parts/work.tsx';

type Backup =
  paths['/tenants/{tenant}/backups']['get']['responses'][200]['content']['application/json']['backups'][number];

export function Component() {
  const { tenant = '' } = useParams();
  const queries = useQueryClient();
  const begin = useBegin(tenant);
  const state = useQuery({
    queryKey: ['tenant', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}', { params: { path: { tenant } } })),
  });
  const name = state.data?.label ?? state.data?.tenantId ?? 'Tenant';
  const refresh = () => {
    for (const key of ['tenant', 'backups', 'archives']) void queries.invalidateQueries({ queryKey: [key, tenant] });
  };
  return (
    <Page
      title={`Backups of ${name}`}
      back={{ to: `/tenants/${tenant}`, name }}
      actions={<SnapshotNow begin={begin} />}
      lead={
        state.data &&
        (state.data.lastVerified ? (
          <>
            Last verified <Time at={state.data.lastVerified.at} ageOnly />
            {state.data.lastVerified.ok ? '.' : ': it failed.'} {size(state.data.storedBytes)} stored.
          </>
        ) : (
          `Never verified. ${size(state.data.storedBytes)} stored.`
        ))
      }
    >
      {begin.error && <Trouble error={begin.error} />}
      {begin.started && (
        <Work
          key={begin.started.id}
          begun={begin.started}
          title={begin.started.title}
          done={begin.started.done}
          onDone={refresh}
        />
      )}
      <Backups tenant={tenant} begin={begin} />
      <Archives tenant={tenant} begin={begin} />
    </Page>
  );
}

const REASONS = {
  manual: 'No special reason',
  migration: 'Migration',
  maintenance: 'Maintenance',
  'pre-migration': 'Before a migration (kept longer)',
  'pre-maintenance': 'Before maintenance (kept longer)',
  incident: 'Incident (kept longer)',
  compliance: 'Compliance (kept longer)',
} as const;

function SnapshotNow({ begin }: { readonly begin: Begin }) {
  const [reason, setReason] = useState('manual');
  const [fullRead, setFullRead] = useState(false);
  return (
    <Asked title="Snapshot now" verb="Take it" isPrimary onAsk={() => begin.snapshot(reason, fullRead)}>
      <label className="field">
        <span>Reason</span>
        <select value={reason} onChange={event => setReason(event.target.value)}>
          {Object.entries(REASONS).map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <small>What is kept longer is locked for that time: it cannot be shortened.</small>
      </label>
      <label className="row">
        <input type="checkbox" checked={fullRead} onChange={event => setFullRead(event.target.checked)} />
        Read every row, and compare with what the change log reports as unchanged
      </label>
    </Asked>
  );
}

function Backups({ tenant, begin }: { readonly tenant: string; readonly begin: Begin }) {
  const [params, setParams] = useSearchParams();
  const kind = (['snapshot', 'incremental'] as const).find(each => each === params.get('kind'));
  const list = useInfiniteQuery({
    queryKey: ['backups', tenant, kind],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET('/tenants/{tenant}/backups', {
          params: {
            path: { tenant },
            query: { limit: 25, ...(kind && { kind }), ...(pageParam !== undefined && { cursor: pageParam }) },
          },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  return (
    <Panel
      title="Backups"
      actions={
        <>
          <label className="row">
            Kind
            <select
              value={kind ?? ''}
              onChange={event =>
                setParams(event.target.value === '' ? {} : { kind: event.target.value }, { replace: true })
              }
            >
              <option value="">All</option>
              <option value="snapshot">Snapshots</option>
              <option value="incremental">Incrementals</option>
            </select>
          </label>
          <button type="button" disabled={begin.isPending} onClick={() => begin.verify(undefined, false)}>
            Verify the newest
          </button>
          <button type="button" disabled={begin.isPending} onClick={() => begin.verify(undefined, true)}>
            Compare with live rows
          </button>
        </>
      }
    >
      <Loaded query={list}>
        {({ pages }) => {
          const found = pages.flatMap(page => page.backups);
          if (found.length === 0) return <Empty title="No backup of this kind." />;
          return (
            <>
              <BackupTable backups={found} begin={begin} />
              {list.hasNextPage && (
                <div className="more">
                  <button type="button" onClick={() => void list.fetchNextPage()} disabled={list.isFetchingNextPage}>
                    {list.isFetchingNextPage ? 'Loading …' : `Older ones, of ${count(pages[0]!.total)}`}
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

function BackupTable({ backups, begin }: { readonly backups: readonly Backup[]; readonly begin: Begin }) {
  return (
    <Table
      caption="Backups, the newest first"
      rows={backups}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Moment',
          cell: ({ toTime, id }) => (
            <span>
              <Time at={toTime} />
              <span className="sub code">{id}</span>
            </span>
          ),
        },
        {
          name: 'Kind',
          cell: ({ kind, read, reason, keepUntil }) => (
            <span>
              {kind}
              {read === 'full' && ', full read'}
              <span className="sub">
                {reason}
                {keepUntil !== undefined && `, kept until ${keepUntil.slice(0, 10)}`}
              </span>
            </span>
          ),
        },
        { name: 'Rows', right: true, cell: ({ rows }) => count(rows) },
        { name: 'Covers', right: true, cell: ({ bytes }) => size(bytes) },
        {
          name: 'New',
          right: true,
          cell: ({ storedBytes, chunks, reusedChunks }) => (
            <span>
              {size(storedBytes)}
              {reusedChunks > 0 && <span className="sub">{Math.floor((100 * reusedChunks) / chunks)} % reused</span>}
            </span>
          ),
        },
        { name: 'Took', right: true, cell: ({ durationMs }) => duration(durationMs) },
        {
          name: 'Verified',
          cell: ({ id, kind, verified }) => (
            <Verified verified={verified} onVerify={kind === 'snapshot' ? () => begin.verify(id, false) : undefined} />
          ),
        },
      ]}
    />
  );
}

function Verified({
  verified,
  onVerify,
}: {
  readonly verified: Backup['verified'];
  readonly onVerify: (() => void) | undefined;
}) {
  if (verified) return <State tone={verified.ok ? 'good' : 'bad'}>{verified.ok ? 'verified' : 'failed'}</State>;
  if (onVerify === undefined) return <span className="dim">–</span>;
  return (
    <button type="button" className="link" onClick={onVerify}>
      Verify
    </button>
  );
}
