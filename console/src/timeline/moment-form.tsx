/** A moment as text: what a person types, what it means exactly, whether it can be restored, and the way there. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useState } from 'react';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Panel, Trouble } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Time } from '../parts/time.tsx';

interface MomentFormProps {
  readonly tenant: string;
  readonly at: number | undefined;
  readonly onPick: (at: number, name: string | undefined) => void;
}

export function MomentForm({ tenant, at, onPick }: MomentFormProps) {
  const picked = at === undefined ? '' : new Date(at).toISOString();
  const [text, setText] = useState(picked);
  const [asked, setAsked] = useState(picked);
  useEffect(() => {
    setText(picked);
    setAsked(picked);
  }, [picked]);
  const found = useQuery({
    queryKey: ['moment', tenant, asked],
    queryFn: () =>
      answer(api.GET('/tenants/{tenant}/moment', { params: { path: { tenant }, query: { text: asked } } })),
    enabled: asked !== '',
    retry: false,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setAsked(text.trim());
  };
  const time = found.data?.time ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a moment that was typed is picked once it is known
  useEffect(() => {
    if (time !== null && asked !== picked) onPick(Date.parse(time), undefined);
  }, [time]);
  return (
    <Panel title="Moment to restore to">
      <form className="form" onSubmit={submit}>
        <label className="field">
          <span>Time, mark, transaction or “10 minutes ago”</span>
          <span className="row">
            <input value={text} onChange={event => setText(event.target.value)} placeholder="2 hours ago" size={28} />
            <button type="submit" disabled={text.trim() === ''}>
              Find
            </button>
          </span>
        </label>
      </form>
      {found.error && asked !== '' && <Trouble error={found.error} />}
      {found.data && asked !== '' && (
        <dl className="facts moment-found">
          <dt>Exactly</dt>
          <dd>{time === null ? <code>{found.data.target}</code> : <Time at={time} />}</dd>
          <dt>Restorable</dt>
          <dd>
            {found.data.reachable ? <State tone="good">yes</State> : <State tone="bad">no</State>}
            {found.data.why && (
              <span className="sub">
                {found.data.why} {found.data.hint}
              </span>
            )}
          </dd>
        </dl>
      )}
      <p className="actions">
        {found.data?.reachable ? (
          <Link
            className="button primary"
            to={`/tenants/${tenant}/restore?${new URLSearchParams({ to: found.data.target })}`}
          >
            See what a restore to it would change
          </Link>
        ) : (
          asked === '' && <span className="dim">Pick a moment on the timeline, or type one.</span>
        )}
      </p>
    </Panel>
  );
}
