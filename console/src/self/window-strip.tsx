/** To when the data can be restored, as one strip: what can be, gaps, and backups; the same in words for those who hear it. */
import { useMe } from '../frame.tsx';
import { moment, plural } from '../parts/format.ts';

interface Stretch {
  readonly from: string;
  readonly to: string | null;
}

interface StripProps {
  readonly window: readonly Stretch[];
  readonly gaps: readonly Stretch[];
  readonly backups: readonly { readonly id: string; readonly at: string }[];
  readonly restores: readonly { readonly id: string; readonly at: string }[];
}

const WIDTH = 1000;

export function WindowStrip({ window, gaps, backups, restores }: StripProps) {
  const { data: me } = useMe();
  const zone = me?.timeZone ?? 'UTC';
  const first = window[0]?.from;
  const last = window.at(-1)?.to;
  if (first === undefined || last === undefined || last === null) return null;
  const [begin, end] = [Date.parse(first), Date.parse(last)];
  const place = (time: string) => (end === begin ? 0 : ((Date.parse(time) - begin) / (end - begin)) * WIDTH);
  const width = (from: string, to: string | null) => Math.max(2, place(to ?? last) - place(from));
  const words = `Can be restored from ${moment(first, zone, false)} to ${moment(last, zone, false)}: ${plural(backups.length, 'backup')}, ${plural(gaps.length, 'gap')}, ${plural(restores.length, 'restore')}.`;
  return (
    <figure className="own-strip">
      <svg viewBox={`0 0 ${WIDTH} 40`} preserveAspectRatio="none" role="img" aria-label={words}>
        {window.map(({ from, to }) => (
          <rect key={from} className="can" x={place(from)} width={width(from, to)} y="8" height="24" />
        ))}
        {gaps.map(({ from, to }) => (
          <rect key={from} className="gap" x={place(from)} width={width(from, to)} y="8" height="24" />
        ))}
        {backups.map(({ id, at }) => (
          <rect key={id} className="backup" x={Math.min(WIDTH - 3, place(at))} width="3" y="2" height="36" />
        ))}
        {restores.map(({ id, at }) => (
          <rect key={id} className="restored" x={Math.min(WIDTH - 4, place(at))} width="4" y="0" height="40" />
        ))}
      </svg>
      <figcaption>
        <span>{moment(first, zone, false)}</span>
        <span>{moment(last, zone, false)}</span>
      </figcaption>
      <ul className="own-legend" aria-hidden="true">
        <li className="can">can be restored</li>
        <li className="backup">backup</li>
        {gaps.length > 0 && <li className="gap">gap</li>}
        {restores.length > 0 && <li className="restored">restore</li>}
      </ul>
    </figure>
  );
}
