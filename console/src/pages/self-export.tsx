/** Self-service: ask for the rows as files. They leave the installation in clear, so people approve as the policy says. */
import { type FormEvent, useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { plural } from '../parts/format.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { QuotaLeft } from '../self/quota-left.tsx';
import { useOwnState } from '../self/use-own.ts';
import { useWork } from '../self/use-work.ts';
import { WorkProgress } from '../self/work-progress.tsx';

const FORMS = [
  { form: 'csv', name: 'CSV, for spreadsheets' },
  { form: 'ndjson', name: 'JSON, a line for each row' },
  { form: 'sql', name: 'SQL, for another PostgreSQL' },
  { form: 'parquet', name: 'Parquet, for analysis' },
] as const;
type Form = (typeof FORMS)[number]['form'];

export function Component() {
  const own = useOwnState();
  return (
    <Page
      title="Export"
      back={{ to: '/self', name: 'Your data' }}
      lead="All rows of yours at one moment, as files that need no Holdfast. The operators hand them over."
    >
      <Loaded query={own}>{state => <Ask quota={state.quotas.exports} approvals={state.approvals.export} />}</Loaded>
    </Page>
  );
}

function Ask({
  quota,
  approvals,
}: {
  readonly quota: Parameters<typeof QuotaLeft>[0]['quota'];
  readonly approvals: number;
}) {
  const [asked, setAsked] = useState({ to: 'latest', form: 'csv' as Form, reason: '' });
  const { begin, work, error, isRunning } = useWork((body: typeof asked) =>
    answer(api.POST('/self/exports', { body })),
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    begin(asked);
  };
  if (work?.result?.kind === 'request')
    return (
      <Panel title={work.result.applied ? 'Exported' : 'Asked for'}>
        <p role="status">
          {work.result.applied
            ? 'The files are written. The operators hand them over.'
            : 'The request waits for approval. Then the operators hand the files over.'}{' '}
          <Link to={`/self/requests#${work.result.request.id}`}>To the request</Link>
        </p>
      </Panel>
    );
  return (
    <Panel title="What to export">
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>As of</span>
          <input required value={asked.to} onChange={event => setAsked({ ...asked, to: event.target.value })} />
          <small>“latest”, or a moment such as “yesterday 14:00”.</small>
        </label>
        <label className="field">
          <span>Format</span>
          <select value={asked.form} onChange={event => setAsked({ ...asked, form: event.target.value as Form })}>
            {FORMS.map(({ form, name }) => (
              <option key={form} value={form}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label className="field">
          <span>Why</span>
          <textarea
            required
            minLength={3}
            maxLength={1000}
            value={asked.reason}
            onChange={event => setAsked({ ...asked, reason: event.target.value })}
          />
        </label>
        {approvals > 0 && <p className="dim">{plural(approvals, 'person', 'people')} must approve it first.</p>}
        <WorkProgress work={work} error={error} />
        <div className="row">
          <button type="submit" className="primary" disabled={isRunning || quota.used >= quota.limit}>
            {isRunning ? 'Working …' : 'Ask for the export'}
          </button>
          <QuotaLeft quota={quota} what="export" />
        </div>
      </form>
    </Panel>
  );
}
