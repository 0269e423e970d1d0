/** One request: the plan in sentences, its hash, who asked and why; and what the reader can do about it. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Link, useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { ExecutionPhases } from '../parts/execution.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';
import { approvalsOf, isOpen, type RequestOpened, STATE_TONES, titleOf } from '../requests/request-types.ts';
import { Steps } from '../requests/steps.tsx';
import { choicesOf, searchOf } from '../restore/choices.ts';

export function Component() {
  const { tenant = '', request = '' } = useParams();
  const query = useQuery({
    queryKey: ['request', tenant, request],
    queryFn: () => answer(api.GET('/tenants/{tenant}/requests/{request}', { params: { path: { tenant, request } } })),
    refetchInterval: 5000,
  });
  return <Loaded query={query}>{found => <Shown request={found} />}</Loaded>;
}

function Shown({ request }: { readonly request: RequestOpened }) {
  const { tenant, state, restore, brokeGlass, reviewedBy } = request;
  const [search] = useSearchParams();
  // On AWS an approved request is executed by itself: whoever asked for it sees how far it is.
  const isFollowed = request.isOwn && (state === 'executing' || state === 'failed');
  const execution = search.get('execution') ?? (isFollowed ? request.execution : null);
  return (
    <Page
      title={titleOf(request)}
      back={{ to: '/requests', name: 'Requests' }}
      actions={<State tone={STATE_TONES[state]}>{state}</State>}
    >
      {execution !== null && <Following request={request} execution={execution} />}
      {state === 'done' && (
        <div className="notice good">
          <Icon name="check" />
          <div>
            <strong>Executed{request.executedBy !== null && ` by ${request.executedBy}`}</strong>
            {restore !== null && (
              <p>
                <Link to={`/tenants/${tenant}/restores/${restore}`}>The record of the restore, with its proof</Link>
              </p>
            )}
          </div>
        </div>
      )}
      {state === 'failed' && (
        <div className="notice bad">
          <Icon name="warn" />
          <p>It failed, and nothing was written. Make a new preview, and ask for that.</p>
        </div>
      )}
      {brokeGlass && (
        <div className={`notice ${reviewedBy === null ? 'bad' : ''}`}>
          <Icon name="warn" />
          <p>
            Executed without approvals
            {reviewedBy === null ? ', and not reviewed by another person yet.' : `; reviewed by ${reviewedBy}.`}
          </p>
        </div>
      )}
      <Plan request={request} />
      <Steps request={request} isRunning={execution !== null && state !== 'done'} />
    </Page>
  );
}

function Following({ request, execution }: { readonly request: RequestOpened; readonly execution: string }) {
  const queries = useQueryClient();
  const { tenant, preview } = request;
  const shown = useQuery({
    queryKey: ['preview', tenant, preview],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/previews/{preview}', { params: { path: { tenant, preview: preview ?? '' } } })),
    enabled: preview !== null,
  });
  const done = useCallback(() => {
    void queries.invalidateQueries({ queryKey: ['request', tenant] });
    void queries.invalidateQueries({ queryKey: ['preview', tenant] });
  }, [queries, tenant]);
  const asked = shown.data?.preview;
  return (
    <ExecutionPhases
      {...{ tenant, id: execution, title: 'Executing', predictedMs: asked?.predictedApplyMs, onDone: done }}
      wayOn={
        asked && (
          <p className="between">
            <Link className="button" to={`/tenants/${tenant}/restore?${searchOf(choicesOf(asked.request))}`}>
              New preview with the same choices
            </Link>
          </p>
        )
      }
    />
  );
}

function Plan({ request }: { readonly request: RequestOpened }) {
  const { plan, preview, tenant } = request;
  return (
    <Panel
      title="Plan"
      actions={
        preview !== null && (
          <Link className="button" to={`/tenants/${tenant}/previews/${preview}`}>
            See the preview
          </Link>
        )
      }
    >
      <ul className="sentences">
        {plan.map(sentence => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      <PlanFacts request={request} />
    </Panel>
  );
}

function PlanFacts({ request }: { readonly request: RequestOpened }) {
  const { planHash, previewHash, requestedBy, reason, ticket, askedAt, until, decisions, from } = request;
  return (
    <dl className="facts below">
      <dt>Hash of the plan</dt>
      <dd>
        <code>{planHash}</code>
      </dd>
      {previewHash !== null && (
        <>
          <dt>Difference</dt>
          <dd>
            <code>{previewHash}</code>
          </dd>
        </>
      )}
      <dt>Asked by</dt>
      <dd>
        {requestedBy}, <Time at={askedAt} />
      </dd>
      <dt>Why</dt>
      <dd>{reason === '' ? <span className="dim">no reason given</span> : reason}</dd>
      {ticket !== null && (
        <>
          <dt>Ticket</dt>
          <dd>{ticket}</dd>
        </>
      )}
      <dt>Approvals</dt>
      <dd>
        {approvalsOf(request)}
        {request.approvals > 0 && <span className="dim"> from {from.join(', ')}</span>}
      </dd>
      {decisions.map(({ by, agrees, at, comment }) => (
        <Decision key={`${by} ${at}`} {...{ by, agrees, at, comment }} />
      ))}
      {isOpen(request) && (
        <>
          <dt>Expires</dt>
          <dd>
            <Time at={until} />
          </dd>
        </>
      )}
    </dl>
  );
}

function Decision({ by, agrees, at, comment }: RequestOpened['decisions'][number]) {
  return (
    <>
      <dt>{agrees ? 'Approved' : 'Refused'}</dt>
      <dd>
        {by}, <Time at={at} />
        {comment !== null && <span className="sub">{comment}</span>}
      </dd>
    </>
  );
}
