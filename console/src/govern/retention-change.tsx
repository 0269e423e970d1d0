/** Periods that are configured shorter than in force wait for an approved change. */
import { useMutation } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';
import { Panel, Trouble } from '../parts/page.tsx';
import { AskedRequest, ReasonFields, reasonOf } from './asked-request.tsx';
import { PERIODS, type PeriodField } from './periods.ts';
import { submitted } from './submitted.ts';

export function RetentionChange({
  tenant,
  waiting,
}: {
  readonly tenant: string;
  readonly waiting: readonly PeriodField[];
}) {
  const change = useMutation({
    mutationFn: (form: FormData) =>
      answer(api.POST('/tenants/{tenant}/retention/changes', { params: { path: { tenant } }, body: reasonOf(form) })),
  });
  if (change.data) return <AskedRequest asked={change.data} />;
  const names = PERIODS.filter(({ field }) => waiting.includes(field)).map(({ name }) => name.toLowerCase());
  return (
    <Panel title="Shorter periods wait for an approval">
      <form className="form" onSubmit={submitted(change.mutate)}>
        <p>Configured shorter than in force: {names.join(', ')}. Until an approved change, the longer periods apply.</p>
        <ReasonFields />
        {change.error && <Trouble error={change.error} />}
        <div className="row">
          <button type="submit" className="primary" disabled={change.isPending}>
            Request the change
          </button>
        </div>
      </form>
    </Panel>
  );
}
