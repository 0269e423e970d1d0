/** What long work does now, and how far it is: the same wherever it is followed. */
import { count, size } from './format.ts';
import type { FollowedExecution } from './use-execution.ts';

type Step = FollowedExecution['progress'][number];

export function StepProgress({ step: { message, done, total, unit } }: { readonly step: Omit<Step, 'step'> }) {
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
