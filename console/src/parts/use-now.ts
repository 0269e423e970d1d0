/** The clock of the page, once a second, corrected by that of the server: ages are of the server's time. */
import { useEffect, useState } from 'react';
import { useMe } from '../frame.tsx';

export function useNow(everyMs = 1000): number {
  const { data: me, dataUpdatedAt } = useMe();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  const ahead = me ? Date.parse(me.now) - dataUpdatedAt : 0;
  return now + ahead;
}
