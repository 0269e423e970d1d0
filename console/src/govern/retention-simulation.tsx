/** What other periods would do, before anybody configures them. The periods are in the address. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { plural, size } from '../parts/format.ts';
import { Loaded, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { textOf } from './asked-request.tsx';
import { PERIODS, type PeriodField } from './periods.ts';
import { submitted } from './submitted.ts';

type Simulation = AnswerOf<'/tenants/{tenant}/retention/simulation'>;
type Periods = Readonly<Record<PeriodField, number>>;

export function RetentionSimulation({ tenant, inForce }: { readonly tenant: string; readonly inForce: Periods }) {
  const [params, setParams] = useSearchParams();
  const asked = Object.fromEntries(
    PERIODS.flatMap(({ field }) => (params.has(field) ? [[field, Number(params.get(field))]] : [])),
  );
  const isAsked = Object.keys(asked).length > 0;
  const simulation = useQuery({
    queryKey: ['simulation', tenant, asked],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/retention/simulation', { params: { path: { tenant }, query: asked } })),
    enabled: isAsked,
    placeholderData: keepPreviousData,
  });
  const simulate = (form: FormData) =>
    setParams(Object.fromEntries(PERIODS.map(({ field }) => [field, textOf(form, field)])), {
      preventScrollReset: true,
    });
  return (
    <Panel title="Simulate other periods">
      <form className="filter-bar" key={params.toString()} onSubmit={submitted(simulate)}>
        {PERIODS.map(({ field, name }) => (
          <label className="field" key={field}>
            <span>{name} (days)</span>
            <input
              name={field}
              type="number"
              min={1}
              max={36_500}
              required
              defaultValue={params.get(field) ?? inForce[field]}
            />
          </label>
        ))}
        <div className="row end">
          <button type="submit">Simulate</button>
        </div>
      </form>
      {isAsked && (
        <div className="after">
          <Loaded query={simulation}>{found => <Outcome simulation={found} />}</Loaded>
        </div>
      )}
      <p className="dim after">
        Nothing is changed here: the configuration of the deployment is the truth. Longer periods take effect with it;
        shorter ones are requested on this page once they are configured.
      </p>
    </Panel>
  );
}

function Outcome({ simulation: { tenants, log, bytes } }: { readonly simulation: Simulation }) {
  const [tenant] = tenants;
  if (tenant === undefined) return null;
  const { goes, staysLonger, window, onRelease } = tenant;
  const last = goes.locked.at(-1);
  return (
    <ul className="consequences" aria-live="polite">
      <li>
        {goes.backups === 0
          ? 'No backup would go.'
          : `${plural(goes.backups, 'backup')} would go: ${goes.free} at the next expiry${
              last ? `, the others when their locks end, the last on ${last.until}` : ''
            }.`}
      </li>
      {onRelease > 0 && <li>A legal hold keeps {plural(onRelease, 'more backup')} until its release.</li>}
      {staysLonger > 0 && <li>{plural(staysLonger, 'backup')} would stay longer.</li>}
      {log.goes.backups > 0 && <li>{plural(log.goes.backups, 'run')} of the shared log would no longer be kept.</li>}
      {bytes > 0 && <li>{size(bytes)} would be freed.</li>}
      <li>
        {window.after === null ? (
          'There is no snapshot yet.'
        ) : (
          <>
            Any second could be recovered since <Time at={window.after} />.
          </>
        )}
      </li>
    </ul>
  );
}
