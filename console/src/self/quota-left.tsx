/** What is left of the day's quota, in words. */
import { useMe } from '../frame.tsx';
import { count, moment, plural } from '../parts/format.ts';

interface Quota {
  readonly limit: number;
  readonly used: number;
  readonly freeAt: string;
}

export function QuotaLeft({ quota, what }: { readonly quota: Quota; readonly what: string }) {
  const { data: me } = useMe();
  const left = Math.max(0, quota.limit - quota.used);
  if (left > 0)
    return (
      <small className="dim">
        {count(left)} of {plural(quota.limit, what)} left today
      </small>
    );
  return (
    <small className="dim">
      All {plural(quota.limit, what)} of today are used. Again after{' '}
      {moment(quota.freeAt, me?.timeZone ?? 'UTC', false)}.
    </small>
  );
}
