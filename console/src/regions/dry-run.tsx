/** What a fail-over to this region would do and lose, as a dry run; asking for one is a request that others approve. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { useMe } from '../frame.tsx';
import { Command } from '../parts/command.tsx';
import { count, duration, plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Panel, Trouble } from '../parts/page.tsx';
import { FigureTile } from '../parts/tile.tsx';

type Status = NonNullable<paths['/regions']['get']['responses'][200]['content']['application/json']['status']>;

export function FailoverDryRun({ status }: { readonly status: Status }) {
  const [params, setParams] = useSearchParams();
  const planned = params.get('planned') === 'true';
  const fenced = params.get('fenced') ?? '';
  const others = status.places.filter(({ region, witness }) => region !== status.region && !witness);
  const plan = useQuery({
    queryKey: ['regions', 'plan', planned, fenced],
    queryFn: () =>
      answer(
        api.GET('/regions/plan', {
          params: { query: { planned: planned ? 'true' : 'false', ...(fenced !== '' && { fenced }) } },
        }),
      ),
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
    <Panel title={`Fail over to ${status.region}: dry run`}>
      <div className="row">
        <label className="row">
          <input
            type="checkbox"
            checked={planned}
            onChange={event => set('planned', event.target.checked ? 'true' : '')}
          />
          Planned: stop the writes first
        </label>
        {others.map(({ region }) => (
          <label className="row" key={region}>
            <input
              type="checkbox"
              checked={fenced === region}
              onChange={event => set('fenced', event.target.checked ? region : '')}
            />
            I state that {region} can do nothing
          </label>
        ))}
      </div>
      <Loaded query={plan}>
        {({ plan: { replica, missingRuns, behind, tenants }, sentences }) => (
          <>
            <dl className="tiles spaced">
              <FigureTile
                name="Database here"
                value={replica.lagSeconds === null ? 'lag not known' : duration(replica.lagSeconds * 1000)}
                note={`behind, as ${replica.role}`}
              />
              <FigureTile
                name="Log only elsewhere"
                value={missingRuns === null ? 'not known' : plural(missingRuns, 'run')}
              />
              <FigureTile name="Tenants behind" value={count(behind.length)} note={`of ${count(tenants)}`} />
            </dl>
            <ol className="set-up-steps">
              {sentences.map(sentence => (
                <li key={sentence}>{sentence}</li>
              ))}
            </ol>
          </>
        )}
      </Loaded>
      <Ask planned={planned} fenced={fenced === '' ? [] : [fenced]} />
    </Panel>
  );
}

function Ask({ planned, fenced }: { readonly planned: boolean; readonly fenced: string[] }) {
  const { data: me } = useMe();
  const [reason, setReason] = useState('');
  const ask = useMutation({
    mutationFn: () => answer(api.POST('/regions/failover', { body: { planned, fenced, reason } })),
  });
  if (!me?.may.includes('failOver')) return <p className="dim">Only operators can ask for a fail-over.</p>;
  if (ask.data)
    return (
      <div className="notice good" role="status">
        <Icon name="check" />
        <div>
          <strong>Requested: nothing has happened yet</strong>
          <p>
            {ask.data.approvals === 0
              ? 'It needs no approval. Execute it on a machine of this region:'
              : `It waits for ${plural(ask.data.approvals, 'approval')}. Once approved, execute it on a machine of this region:`}
          </p>
          <Command text={`holdfast requests --execute ${ask.data.request}`} />
        </div>
      </div>
    );
  return (
    <form
      className="form spaced"
      onSubmit={event => {
        event.preventDefault();
        ask.mutate();
      }}
    >
      <label className="field">
        <span>Reason</span>
        <input value={reason} onChange={event => setReason(event.target.value)} required maxLength={1000} />
        <small>In the signed request, for those who approve it.</small>
      </label>
      {ask.error && <Trouble error={ask.error} />}
      <div className="actions">
        <button type="submit" className="danger" disabled={ask.isPending}>
          Request this fail-over
        </button>
      </div>
    </form>
  );
}
