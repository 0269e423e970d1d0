/** How far long work is, and what stopped it. */
import { Icon } from '../parts/icon.tsx';
import type { FollowedExecution } from '../parts/use-execution.ts';

export function ExecutionState({
  work,
  what,
}: {
  readonly work: FollowedExecution | undefined;
  readonly what: string;
}) {
  if (work === undefined || work.state === 'done') return null;
  if (work.state === 'running')
    return (
      <div className="notice" role="status">
        <Icon name="clock" />
        <div>
          <strong>{what} …</strong>
          <p className="dim">{work.progress[0]?.message ?? 'Started.'}</p>
          <progress aria-label={what} />
        </div>
      </div>
    );
  return (
    <div className="notice bad" role="alert">
      <Icon name="warn" />
      <div>
        <strong>{what} failed</strong>
        <p>{work.problem?.detail}</p>
        <p className="dim">{work.problem?.hint}</p>
        <p className="dim code">{work.problem?.code}</p>
      </div>
    </div>
  );
}
