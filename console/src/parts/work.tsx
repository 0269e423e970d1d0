/**
 * Long work that a page began: what it does now, how far it is, and what stopped it. The server does it: leaving the page
 * stops nothing.
 */
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { ApiError, answer, api } from '../api/client.ts';
import { count, size } from './format.ts';
import { Icon } from './icon.tsx';
import { Trouble } from './page.tsx';

export interface BegunWork {
  readonly id: string;
  /** A reference, or `system`. */
  readonly tenant: string;
}

const FOLLOW_MS = 700;

async function ask({ id, tenant }: BegunWork) {
  if (tenant === 'system') return answer(api.GET('/executions/{execution}', { params: { path: { execution: id } } }));
  return answer(api.GET('/tenants/{tenant}/executions/{execution}', { params: { path: { tenant, execution: id } } }));
}

type Followed = Awaited<ReturnType<typeof ask>>;

interface WorkProps {
  readonly begun: BegunWork;
  readonly title: string;
  /** In words, once it is done. */
  readonly done: string;
  readonly onDone?: (result: Followed['result']) => void;
}

export function Work({ begun, title, done, onDone }: WorkProps) {
  const { data, error } = useQuery({
    queryKey: ['work', begun.tenant, begun.id],
    queryFn: () => ask(begun),
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : FOLLOW_MS),
  });
  const told = useRef('');
  useEffect(() => {
    if (data?.state !== 'done' || told.current === data.id) return;
    told.current = data.id;
    onDone?.(data.result);
  }, [data, onDone]);
  const failure = error ?? (data?.problem ? new ApiError(data.problem) : undefined);
  if (failure) return <Trouble error={failure} />;
  const isDone = data?.state === 'done';
  const [step] = data?.progress ?? [];
  return (
    <div className={`notice ${isDone ? 'good' : ''}`} role="status">
      <Icon name={isDone ? 'check' : 'clock'} />
      <div className="grow">
        <strong>{isDone ? done : title}</strong>
        {!isDone && step && <Step step={step} />}
      </div>
    </div>
  );
}

function Step({ step: { message, done, total, unit } }: { readonly step: Followed['progress'][number] }) {
  const isKnown = done !== undefined && total !== undefined && total > 0;
  return (
    <>
      <p className="dim">
        {message}
        {isKnown && ` (${amounts(done, total, unit)})`}
      </p>
      {isKnown ? <progress value={done} max={total} aria-label={message} /> : <progress aria-label={message} />}
    </>
  );
}

function amounts(done: number, total: number, unit: string | undefined): string {
  if (unit === 'bytes') return `${size(done)} of ${size(total)}`;
  return `${count(done)} of ${count(total)} ${unit ?? ''}`.trim();
}
