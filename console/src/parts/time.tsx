/** A moment: exact in the zone of the installation, with its age; machines read it too. */
import { useMe } from '../frame.tsx';
import { ago, moment } from './format.ts';
import { useNow } from './use-now.ts';

export function Time({ at, ageOnly = false }: { readonly at: string; readonly ageOnly?: boolean }) {
  const { data: me } = useMe();
  const now = useNow();
  const exact = moment(at, me?.timeZone ?? 'UTC');
  const age = ago(at, now);
  return (
    <time dateTime={at} title={`${exact} ${me?.timeZone ?? 'UTC'}`}>
      {ageOnly ? age : exact}
      {!ageOnly && <span className="dim"> ({age})</span>}
    </time>
  );
}
