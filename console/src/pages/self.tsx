/** Self-service: am I safe, and what can I do about it. For the administrator of one tenant, on a telephone first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { duration } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { actionName } from '../self/action-name.ts';
import { QuotaLeft } from '../self/quota-left.tsx';
import { RequestState } from '../self/request-state.tsx';
import { useOwnRequests, useOwnState } from '../self/use-own.ts';
import { useWork } from '../self/use-work.ts';
import { WindowStrip } from '../self/window-strip.tsx';
import { WorkProgress } from '../self/work-progress.tsx';

export function Component() {
  const own = useOwnState();
  return (
    <Page title={own.data ? (own.data.label ?? own.data.tenantId) : 'Your data'}>
      <Loaded query={own}>
        {state => (
          <>
            <div className={`notice ${state.tone}`} role="status">
              <Icon name={state.tone === 'good' ? 'check' : state.tone === 'plain' ? 'clock' : 'warn'} />
              <div>
                <strong>{state.sentence}</strong>
                <p className="dim">{state.detail}</p>
              </div>
            </div>
            <Panel title="Restorable moments">
              <OwnTimeline />
              <dl className="facts">
                <dt>Last backup</dt>
                <dd>{state.lastBackup ? <Time at={state.lastBackup} /> : 'none yet'}</dd>
                <dt>Last verified</dt>
                <dd>
                  {state.lastVerified ? <Time at={state.lastVerified.at} /> : 'not yet'}
                  {state.lastVerified && !state.lastVerified.ok && ' (failed: the operators know)'}
                </dd>
                <dt>Promised</dt>
                <dd>
                  At most {duration(state.objective.recoveryPointSeconds * 1000)} of changes lost, and restored within{' '}
                  {duration(state.objective.recoveryTimeSeconds * 1000)}.
                </dd>
              </dl>
            </Panel>
            <BackUp quota={state.quotas.backups} />
          </>
        )}
      </Loaded>
      <LatestRequests />
    </Page>
  );
}

function OwnTimeline() {
  const timeline = useQuery({
    queryKey: ['self', 'state', 'timeline'],
    queryFn: () => answer(api.GET('/self/timeline')),
    refetchInterval: 30_000,
  });
  return <Loaded query={timeline}>{found => <WindowStrip {...found} />}</Loaded>;
}

function BackUp({ quota }: { readonly quota: Parameters<typeof QuotaLeft>[0]['quota'] }) {
  const { begin, work, error, isRunning } = useWork(() => answer(api.POST('/self/backups', { body: {} })));
  const isLeft = quota.used < quota.limit;
  return (
    <Panel title="Before something risky, or after a mistake">
      <div className="form">
        <div className="row">
          <button type="button" disabled={isRunning || !isLeft} onClick={() => begin(undefined)}>
            <Icon name="check" /> Back up now
          </button>
          <Link className="button primary" to="/self/restore">
            <Icon name="restore" /> Restore …
          </Link>
          <Link className="button" to="/self/export">
            <Icon name="evidence" /> Export …
          </Link>
        </div>
        <QuotaLeft quota={quota} what="backup" />
        <WorkProgress work={work} error={error} />
        {work?.result?.kind === 'backup' && (
          <p role="status">
            <Icon name="check" /> Backed up: this moment stays restorable. <Time at={work.result.at} />
          </p>
        )}
      </div>
    </Panel>
  );
}

const SHOWN = 3;

function LatestRequests() {
  const list = useOwnRequests(SHOWN);
  if (list.data === undefined || list.data.requests.length === 0) return null;
  return (
    <Panel title="Latest requests" actions={<Link to="/self/requests">All requests</Link>}>
      <ul className="bars">
        {list.data.requests.map(({ id, action, state, askedAt }) => (
          <li key={id} className="row">
            <Link to={`/self/requests#${id}`}>{actionName(action)}</Link>
            <RequestState state={state} />
            <Time at={askedAt} ageOnly />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
