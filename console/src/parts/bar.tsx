/** What was measured against its objective, as a bar; in words too, since a bar alone says nothing to who hears it. */
import { duration } from './format.ts';

interface AgainstProps {
  readonly ms: number;
  readonly objectiveMs: number;
}

const WIDTH = 120;

/** The mark is the objective; what is beyond it is drawn beyond it. */
export function Against({ ms, objectiveMs }: AgainstProps) {
  const scale = Math.max(ms, objectiveMs, 1);
  const at = (value: number) => (value / scale) * WIDTH;
  const isSlow = ms > objectiveMs;
  return (
    <span className="against">
      <svg viewBox={`0 0 ${WIDTH} 14`} width={WIDTH} height="14" aria-hidden="true" focusable="false">
        <rect className="track" y="4" width={WIDTH} height="6" rx="3" />
        <rect className={isSlow ? 'slow' : 'met'} y="4" width={Math.max(3, at(ms))} height="6" rx="3" />
        <line x1={Math.min(WIDTH - 1, at(objectiveMs))} x2={Math.min(WIDTH - 1, at(objectiveMs))} y1="0" y2="14" />
      </svg>
      <span>
        {duration(ms)} <span className="dim">of {duration(objectiveMs)}</span>
      </span>
    </span>
  );
}
