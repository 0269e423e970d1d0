/** Who asked for what, what was decided and done; and the proof that the trail is as it was written, made in this browser. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { AuditFilters, filterIn } from '../govern/audit-filters.tsx';
import { AuditTable } from '../govern/audit-table.tsx';
import { OpenedEvent } from '../govern/event-record.tsx';
import { ExportTrail } from '../govern/export-trail.tsx';
import { useNamedTenant } from '../govern/tenant-places.tsx';
import { VerifyTrail } from '../govern/verify-trail.tsx';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';

export function Component() {
  const [params] = useSearchParams();
  const tenant = params.get('tenant') ?? '';
  const name = useNamedTenant(tenant);
  return (
    <Page
      title={tenant === '' ? 'Audit trail' : `Audit trail of ${name}`}
      lead="Every request, decision and execution, allowed or denied. Each event is signed, and verified before it is shown."
    >
      <Panel>
        <AuditFilters />
      </Panel>
      <Panel title="Events" actions={<ExportTrail tenant={tenant} />}>
        <Events tenant={tenant} />
      </Panel>
      <VerifyTrail
        key={tenant}
        tenant={tenant === '' ? 'system' : tenant}
        name={tenant === '' ? 'the installation' : name}
      />
    </Page>
  );
}

function Events({ tenant }: { readonly tenant: string }) {
  const [params] = useSearchParams();
  const filter = filterIn(params);
  const events = useInfiniteQuery({
    queryKey: ['audit', tenant, filter],
    queryFn: ({ pageParam }) => {
      const query = { limit: 50, ...filter, ...(pageParam && { cursor: pageParam }) };
      return tenant === ''
        ? answer(api.GET('/audit', { params: { query } }))
        : answer(api.GET('/tenants/{tenant}/audit', { params: { path: { tenant }, query } }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
  });
  return (
    <Loaded query={events}>
      {({ pages }) => {
        const found = pages.flatMap(page => page.events);
        const readTo = pages.at(-1)?.readTo;
        return (
          <>
            <OpenedEvent loaded={found} />
            {found.length > 0 && <AuditTable events={found} withTenant={tenant === ''} />}
            {found.length === 0 && (
              <Empty title={events.hasNextPage ? 'Nothing found so far.' : 'No event matches.'}>
                {events.hasNextPage && readTo && (
                  <>
                    Looked back to <Time at={readTo} />.
                  </>
                )}
              </Empty>
            )}
            {events.hasNextPage && (
              <div className="more">
                <button type="button" onClick={() => void events.fetchNextPage()} disabled={events.isFetchingNextPage}>
                  {events.isFetchingNextPage ? 'Reading …' : 'Older events'}
                </button>
              </div>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
