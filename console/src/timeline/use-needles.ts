/** The transactions of a view that is short enough to tell them apart. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';
import type { Needle } from './layers.tsx';
import { spanOf, type View } from './view.ts';

const SHORT_MS = 10 * 60_000;
const MOST = 300;

export function useNeedles(tenant: string, view: View): readonly Needle[] {
  const isShort = spanOf(view) <= SHORT_MS;
  const iso = (ms: number) => new Date(ms).toISOString();
  const query = { from: iso(view.from), to: iso(view.to), sort: 'time' as const, limit: MOST };
  const { data } = useQuery({
    queryKey: ['needles', tenant, query.from, query.to],
    queryFn: () => answer(api.GET('/tenants/{tenant}/transactions', { params: { path: { tenant }, query } })),
    enabled: isShort,
    placeholderData: keepPreviousData,
    // Where the range is outside the log, there are none to show.
    retry: false,
  });
  if (!isShort || !data) return [];
  return data.transactions.map(({ lsn, time, total, tables }) => ({
    ...{ at: Date.parse(time), changes: total, transaction: lsn },
    deletes: tables.reduce((sum, each) => sum + each.delete + each.truncate, 0),
  }));
}
