/** How far work is, while it is running; what went wrong, when it failed. */
import { ApiError } from '../api/client.ts';
import { Trouble } from '../parts/page.tsx';
import { StepProgress } from '../parts/step-progress.tsx';
import type { FollowedWork } from './use-work.ts';

export function WorkProgress({ work, error }: { readonly work: FollowedWork; readonly error: unknown }) {
  if (error) return <Trouble error={error} />;
  if (work?.problem) return <Trouble error={new ApiError(work.problem)} />;
  if (work?.state !== 'running') return null;
  const [step] = work.progress;
  return (
    <div className="field" role="status">
      <StepProgress step={step ?? { message: 'Starting …' }} />
    </div>
  );
}
