/** Which holds stand, on whom, and which have to be reviewed. Each read of them is in the audit trail, so it is not repeated. */
import { useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { textOf } from '../govern/asked-request.tsx';
import { HoldsTable } from '../govern/holds-table.tsx';
import { submitted } from '../govern/submitted.ts';
import { typedReference } from '../govern/tenant-reference.ts';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';

export function Component() {
  const { data: me } = useMe();
  const holds = useInfiniteQuery({
    queryKey: ['holds'],
    queryFn: ({ pageParam }) =>
      answer(api.GET('/holds', { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: last => last.next ?? undefined,
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  return (
    <Page
      title="Legal holds"
      lead="While a hold stands, nothing of the tenant expires and its key is not destroyed. Reading this list is recorded in the audit trail."
    >
      <Panel title="Holds that stand">
        <Loaded query={holds}>
          {({ pages }) => {
            const found = pages.flatMap(page => page.holds);
            if (found.length === 0)
              return <Empty title="No hold stands.">Place one below when a matter needs it.</Empty>;
            return (
              <>
                <HoldsTable holds={found} />
                {holds.hasNextPage && (
                  <div className="more">
                    <button type="button" onClick={() => void holds.fetchNextPage()}>
                      More holds
                    </button>
                  </div>
                )}
              </>
            );
          }}
        </Loaded>
      </Panel>
      {me?.may.includes('hold') && <ChooseTenant installation={me.installation} />}
      <p className="after">
        <Link to="/audit?action=hold">Every hold and release in the audit trail</Link>
      </p>
    </Page>
  );
}

function ChooseTenant({ installation }: { readonly installation: string }) {
  const navigate = useNavigate();
  const open = useMutation({
    mutationFn: async (form: FormData) => {
      const tenant = await typedReference(installation, textOf(form, 'tenant'));
      await navigate(`/tenants/${tenant}/holds?place=true`);
    },
  });
  return (
    <Panel title="Place a hold">
      <form className="row" onSubmit={submitted(open.mutate)}>
        <label className="field">
          <span>Tenant</span>
          <input name="tenant" required placeholder="Id or reference" autoComplete="off" />
        </label>
        <button type="submit" className="end">
          Continue
        </button>
      </form>
    </Panel>
  );
}
