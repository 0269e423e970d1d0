/** The caller’s own tenant, as every page of self-service shows it. */
import { useQuery } from '@tanstack/react-query';
import { answer, api } from '../api/client.ts';

export function useOwnState() {
  return useQuery({
    queryKey: ['self', 'state'],
    queryFn: () => answer(api.GET('/self')),
    refetchInterval: 10_000,
  });
}

export function useOwnRequests(limit = 50) {
  return useQuery({
    queryKey: ['self', 'requests', limit],
    queryFn: () => answer(api.GET('/self/requests', { params: { query: { limit } } })),
    refetchInterval: 5000,
  });
}
