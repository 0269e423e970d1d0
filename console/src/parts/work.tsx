/**
 * Long work that a page began: what it does now, how far it is, and what stopped it. The server does it: leaving the page
 * stops nothing.
 */
import { useEffect, useRef } from 'react';
import { ApiError } from '../api/client.ts';
import { Icon } from './icon.tsx';
import { Trouble } from './page.tsx';
import { StepProgress } from './step-progress.tsx';
import { type FollowedExecution, useExecution } from './use-execution.ts';

export interface BegunWork {
  readonly id: string;
  /** A reference, or `system`. */
  readonly tenant: string;
}

interface WorkProps {
  readonly begun: BegunWork;
  readonly title: string;
  /** In words, once it is done. */
  readonly done: string;
  readonly onDone?: (result: FollowedExecution['result']) => void;
}

export function Work({ begun, title, done, onDone }: WorkProps) {
  const { data, error } = useExecution(begun.tenant, begun.id);
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
        {!isDone && step && <StepProgress step={step} />}
      </div>
    </div>
  );
}
