/**
 * Self-service: a restore in three steps: which moment, what it would change in numbers, and why it is asked for. Everything
 * chosen is in the address. What is asked for is exactly the difference that was shown.
 */
import { type FormEvent, useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { useMe } from '../frame.tsx';
import { count, duration, plural } from '../parts/format.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { QuotaLeft } from '../self/quota-left.tsx';
import { useOwnState } from '../self/use-own.ts';
import { useWork } from '../self/use-work.ts';
import { WorkProgress } from '../self/work-progress.tsx';

type Mode = 'exact' | 'missing-only';
type Work = paths['/self/work/{work}']['get']['responses'][200]['content']['application/json'];
type Result = NonNullable<Work['result']>;
type Counts = Extract<Result, { kind: 'counts' }>;

const MODES: readonly { readonly mode: Mode; readonly name: string; readonly what: string }[] = [
  { mode: 'missing-only', name: 'Bring back what is gone', what: 'Deleted rows come back. Nothing else changes.' },
  { mode: 'exact', name: 'Everything as it was then', what: 'Also changes and new rows since then are undone.' },
];

export function Component() {
  const own = useOwnState();
  const { begin, work, error, isRunning, forget } = useWork((asked: { to: string; mode: Mode }) =>
    answer(api.POST('/self/previews', { body: asked })),
  );
  const result = work?.result;
  return (
    <Page
      title="Restore"
      back={{ to: '/self', name: 'Your data' }}
      lead="First see what a restore would change. Nothing is changed until it is asked for, and approved where your provider wants that."
    >
      <Loaded query={own}>
        {state => (
          <>
            {result?.kind !== 'request' && (
              <Panel title="1. Which moment">
                <Choose quota={state.quotas.previews} oldest={state.oldest} isRunning={isRunning} begin={begin} />
              </Panel>
            )}
            {(work || error) && result?.kind !== 'request' && (
              <Panel title="2. What it would change">
                <WorkProgress work={work} error={error} />
                {result?.kind === 'counts' && <Changes counts={result} />}
              </Panel>
            )}
            {result?.kind === 'counts' && result.totals.rows > 0 && (
              <Ask counts={result} approvals={state.approvals.restore} />
            )}
            {result?.kind === 'request' && <AskedFor result={result} again={forget} />}
          </>
        )}
      </Loaded>
    </Page>
  );
}

interface ChooseProps {
  readonly quota: Parameters<typeof QuotaLeft>[0]['quota'];
  readonly oldest: string | null;
  readonly isRunning: boolean;
  readonly begin: (asked: { to: string; mode: Mode }) => void;
}

function Choose({ quota, oldest, isRunning, begin }: ChooseProps) {
  const { data: me } = useMe();
  const [params, setParams] = useSearchParams();
  const mode = MODES.find(each => each.mode === params.get('mode'))?.mode ?? 'missing-only';
  const set = (name: string, value: string) =>
    setParams(
      before => {
        before.set(name, value);
        before.delete('work');
        return before;
      },
      { replace: true },
    );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin({ to: params.get('to') ?? '', mode });
  };
  return (
    <form className="form" onSubmit={submit}>
      <label className="field">
        <span>Restore to</span>
        <input
          required
          maxLength={200}
          placeholder="2 hours ago"
          value={params.get('to') ?? ''}
          onChange={event => set('to', event.target.value)}
        />
        <small>
          For example “2 hours ago”, “yesterday 14:00” or “2026-03-01 10:04:59” ({me?.timeZone ?? 'UTC'}).
          {oldest !== null && (
            <>
              {' '}
              The earliest is <Time at={oldest} />.
            </>
          )}
        </small>
      </label>
      <fieldset className="own-choices">
        <legend>How</legend>
        {MODES.map(({ mode: each, name, what }) => (
          <label key={each}>
            <input type="radio" name="mode" checked={mode === each} onChange={() => set('mode', each)} />
            <span>
              <strong>{name}</strong>
              <small>{what}</small>
            </span>
          </label>
        ))}
      </fieldset>
      <div className="row">
        <button type="submit" className="primary" disabled={isRunning || quota.used >= quota.limit}>
          {isRunning ? 'Working …' : 'Show what it would change'}
        </button>
        <QuotaLeft quota={quota} what="preview" />
      </div>
    </form>
  );
}

function Changes({ counts }: { readonly counts: Counts }) {
  const { totals, tables, conflicts, time } = counts;
  if (totals.rows === 0) return <p>Nothing differs from that moment: your data is already as it was.</p>;
  return (
    <div className="form wide">
      <p role="status">
        <strong>
          {plural(totals.inserts, 'row')} would come back, {count(totals.updates)} would change back,{' '}
          {count(totals.deletes)} would be removed.
        </strong>
        {time && (
          <>
            {' '}
            As of <Time at={time} />.
          </>
        )}
      </p>
      {conflicts.map(({ table, explanation, blocking }) => (
        <p key={`${table} ${explanation}`} className={blocking ? 'wrong' : 'dim'}>
          {table}: {explanation}
        </p>
      ))}
      <Table
        caption="Changes by table"
        rows={tables.filter(each => each.inserts + each.updates + each.deletes > 0)}
        rowKey={({ table }) => table}
        columns={[
          { name: 'Table', cell: ({ table }) => table },
          { name: 'Come back', right: true, cell: each => count(each.inserts) },
          { name: 'Change back', right: true, cell: each => count(each.updates) },
          { name: 'Removed', right: true, cell: each => count(each.deletes) },
        ]}
      />
    </div>
  );
}

function Ask({ counts, approvals }: { readonly counts: Counts; readonly approvals: number }) {
  const [reason, setReason] = useState('');
  const { preview, hash, conflicts } = counts;
  const { begin, error, isRunning } = useWork((why: string) =>
    answer(api.POST('/self/restores', { body: { preview: preview ?? '', hash, reason: why } })),
  );
  const isBlocked = conflicts.some(({ blocking }) => blocking);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin(reason);
  };
  return (
    <Panel title="3. Ask for it">
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>Why</span>
          <textarea
            required
            minLength={3}
            maxLength={1000}
            value={reason}
            onChange={event => setReason(event.target.value)}
          />
          <small>Kept in the records, and shown to whoever approves.</small>
        </label>
        <p className="dim">
          {approvals === 0
            ? 'No approval is needed: the restore begins at once.'
            : `${plural(approvals, 'person', 'people')} must approve it first.`}{' '}
          It takes about {duration(Math.max(1, counts.predictedSeconds) * 1000)} once it begins.
        </p>
        {isBlocked && <p className="wrong">This cannot be restored as it is: ask the operators.</p>}
        <WorkProgress work={undefined} error={error} />
        <div className="row">
          <button type="submit" className="primary" disabled={isRunning || isBlocked}>
            {approvals === 0 ? 'Restore' : 'Ask for this restore'}
          </button>
        </div>
      </form>
    </Panel>
  );
}

function AskedFor({
  result,
  again,
}: {
  readonly result: Extract<Result, { kind: 'request' }>;
  readonly again: () => void;
}) {
  return (
    <Panel title={result.applied ? 'Restored' : 'Asked for'}>
      <div className="form">
        <p role="status">
          {result.applied
            ? 'The restore is done, and was compared again afterwards.'
            : 'The request waits for approval. You can follow it below Requests.'}
        </p>
        <div className="row">
          <Link className="button primary" to={`/self/requests#${result.request.id}`}>
            To the request
          </Link>
          <button type="button" onClick={again}>
            Another restore
          </button>
        </div>
      </div>
    </Panel>
  );
}
