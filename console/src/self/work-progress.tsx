/** How far work is, while it is running; what went wrong, when it failed. */
import { ApiError } from '../api/client.ts';
import { count } from '../parts/format.ts';
import { Trouble } from '../parts/page.tsx';
import type { FollowedWork } from './use-work.ts';

export function WorkProgress({ work, error }: { readonly work: FollowedWork; readonly error: unknown }) {
  if (error) return <Trouble error={error} />;
  if (work?.problem) return <Trouble error={new ApiError(work.problem)} />;
  if (work?.state !== 'running') return null;
  const [step] = work.progress;
  const part = step?.done !== undefined && step.total ? step.done / step.total : undefined;
  return (
    <div className="field" role="status">
      <span>{step?.message ?? 'Starting …'}</span>
      <progress value={part} aria-label="Progress" />
      {step?.done !== undefined && (
        <small>
          {count(step.done)}
          {step.total !== undefined && ` of ${count(step.total)}`} {step.unit}
        </small>
      )}
    </div>
  );
}
