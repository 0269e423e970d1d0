/** Work that was begun and is followed: its phases as they are reached, with what is predicted and what is known. */
import { type ReactNode, useEffect, useRef } from 'react';
import { ApiError } from '../api/client.ts';
import { count, duration, size } from './format.ts';
import { Icon } from './icon.tsx';
import { Trouble } from './page.tsx';
import { type FollowedExecution, useExecution } from './use-execution.ts';
import { useNow } from './use-now.ts';

type Step = FollowedExecution['progress'][number];

/** In the order in which they are gone through; a step that is not listed comes last. */
const STEPS = [
  'restore.ship',
  'ship.batch',
  'restore.plan',
  'restore.stage',
  'restore.replay',
  'restore.compare',
  'restore.apply',
];
const NAMES: Readonly<Record<string, string>> = {
  'restore.ship': 'Ship the change log',
  'restore.plan': 'Plan',
  'restore.stage': 'Load the backup',
  'restore.replay': 'Replay the change log',
  'restore.compare': 'Compare with the live rows',
  'restore.apply': 'Write the rows',
};

interface FollowedProps {
  readonly tenant: string;
  readonly id: string;
  readonly title: string;
  /** Milliseconds, where they are known before. */
  readonly predictedMs?: number | undefined;
  /** Below what went wrong: the way on. */
  readonly wayOn?: ReactNode;
  readonly onDone: (result: Readonly<Record<string, unknown>>) => void;
}

export function ExecutionPhases({ tenant, id, title, predictedMs, wayOn, onDone }: FollowedProps) {
  const { data, error, refetch } = useExecution(tenant, id);
  const told = useRef(false);
  useEffect(() => {
    if (data?.state !== 'done' || told.current) return;
    told.current = true;
    onDone(data.result ?? {});
  }, [data, onDone]);
  if (error) return <Trouble error={error} retry={() => void refetch()} />;
  if (data?.problem)
    return (
      <>
        <Trouble error={new ApiError(data.problem)} />
        {wayOn}
      </>
    );
  return (
    <section className="panel" aria-label={title} aria-live="polite">
      <div className="panel-head">
        <h2>{title}</h2>
        {data && <Elapsed execution={data} predictedMs={predictedMs ?? predictedIn(data)} />}
      </div>
      <ol className="phases">
        {[...(data?.progress ?? [])].sort(byOrder).map((step, index, all) => (
          <Phase key={step.step} step={step} isLast={index === all.length - 1 && data?.state === 'running'} />
        ))}
        {(data?.progress.length ?? 0) === 0 && <Phase step={{ step: 'begin', message: 'Beginning' }} isLast />}
      </ol>
    </section>
  );
}

function byOrder(a: Step, b: Step): number {
  const place = ({ step }: Step) => (STEPS.includes(step) ? STEPS.indexOf(step) : STEPS.length);
  return place(a) - place(b);
}

/** The plan says how long loading should take, from the tenant's own history. */
function predictedIn({ progress }: FollowedExecution): number | undefined {
  return progress.find(({ step }) => step === 'restore.plan')?.total;
}

function Elapsed({
  execution,
  predictedMs,
}: {
  readonly execution: FollowedExecution;
  readonly predictedMs?: number | undefined;
}) {
  const now = useNow(500);
  const since = Math.max(
    0,
    (execution.endedAt ? Date.parse(execution.endedAt) : now) - Date.parse(execution.startedAt),
  );
  return (
    <span className="elapsed">
      {duration(Math.max(1000, since))}
      {predictedMs !== undefined && <span className="dim"> of about {duration(Math.max(1000, predictedMs))}</span>}
    </span>
  );
}

function Phase({ step, isLast }: { readonly step: Step; readonly isLast: boolean }) {
  const { done, total, unit } = step;
  const hasBar = done !== undefined && total !== undefined && total > 0;
  const amount = (value: number) => (unit === 'bytes' ? size(value) : `${count(value)} ${unit ?? ''}`);
  return (
    <li className={isLast ? 'now' : undefined}>
      <Icon name={isLast ? 'clock' : 'check'} />
      <span>{NAMES[step.step] ?? step.message}</span>
      {hasBar && (
        <>
          <progress value={done} max={total} aria-label={NAMES[step.step] ?? step.message} />
          <span className="dim">
            {amount(done)} of {amount(total)}
          </span>
        </>
      )}
    </li>
  );
}
