/** A line over time, the oldest first, with its last value in words. A value that is not known leaves a gap. */

interface TrendProps {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly format: (value: number) => string;
}

const [WIDTH, HEIGHT, EDGE] = [160, 36, 3];

export function Trend({ name, values, format }: TrendProps) {
  const known = values.filter(value => value !== null);
  const last = values.at(-1) ?? null;
  return (
    <figure className="trend">
      <figcaption>
        <span className="dim">{name}</span> <strong>{last === null ? 'not recorded' : format(last)}</strong>
      </figcaption>
      {known.length > 1 && (
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={spoken(name, known, format)}>
          {linesOf(values).map(points => (
            <polyline key={points} points={points} />
          ))}
        </svg>
      )}
    </figure>
  );
}

function spoken(name: string, known: readonly number[], format: (value: number) => string): string {
  return `${name}: from ${format(Math.min(...known))} to ${format(Math.max(...known))}`;
}

function linesOf(values: readonly (number | null)[]): string[] {
  const known = values.filter(value => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const x = (index: number) => EDGE + (index / Math.max(1, values.length - 1)) * (WIDTH - 2 * EDGE);
  // A level line is in the middle.
  const y = (value: number) =>
    high === low ? HEIGHT / 2 : HEIGHT - EDGE - ((value - low) / (high - low)) * (HEIGHT - 2 * EDGE);
  const lines: string[][] = [[]];
  for (const [index, value] of values.entries()) {
    if (value === null) lines.push([]);
    else lines.at(-1)!.push(`${x(index).toFixed(1)},${y(value).toFixed(1)}`);
  }
  return lines.filter(points => points.length > 0).map(points => points.join(' '));
}
