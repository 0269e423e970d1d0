/** One tenant: to when it can be restored right now, and what happened when. The night's tool. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';

export function Component() {
  const { tenant = '' } = useParams();
  const timeline = useQuery({
    queryKey: ['timeline', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/timeline', { params: { path: { tenant } } })),
    refetchInterval: 10_000,
  });
  return (
    <Loaded query={timeline}>
      {found => (
        <Page title={found.label ?? found.tenantId} back={{ to: '/', name: 'Fleet' }}>
          <Panel title="Recovery window">{found.newest && <Time at={found.newest.time} />}</Panel>
        </Page>
      )}
    </Loaded>
  );
}
