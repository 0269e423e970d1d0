/** The holds on one tenant: which stand, proving them now, and asking for another. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { AskedRequest, ReasonFields, reasonOf, textOf } from '../govern/asked-request.tsx';
import { ExecutionState } from '../govern/execution-state.tsx';
import { HoldsTable } from '../govern/holds-table.tsx';
import { submitted } from '../govern/submitted.ts';
import { TenantPlaces, useNamedTenant } from '../govern/tenant-places.tsx';
import { plural } from '../parts/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Loaded, Page, Panel, Trouble } from '../parts/page.tsx';
import { type FollowedExecution, useExecution } from '../parts/use-execution.ts';

export function Component() {
  const { tenant = '' } = useParams();
  const name = useNamedTenant(tenant);
  const { data: me } = useMe();
  const holds = useQuery({
    queryKey: ['holds', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/holds', { params: { path: { tenant }, query: { limit: 200 } } })),
    staleTime: 300_000,
    refetchOnWindowFocus: false,
  });
  return (
    <Page title={`Holds on ${name}`} back={{ to: `/tenants/${tenant}`, name }}>
      <TenantPlaces tenant={tenant} />
      <Panel title="Holds that stand">
        <Loaded query={holds}>
          {found =>
            found.holds.length === 0 ? (
              <Empty title="No hold stands on this tenant." />
            ) : (
              <>
                <HoldsTable holds={found.holds} withTenant={false} />
                <Prove tenant={tenant} />
              </>
            )
          }
        </Loaded>
      </Panel>
      {me?.may.includes('hold') && <Place tenant={tenant} />}
    </Page>
  );
}

function Prove({ tenant }: { readonly tenant: string }) {
  const prove = useMutation({
    mutationFn: () => answer(api.POST('/tenants/{tenant}/holds/verify', { params: { path: { tenant } } })),
  });
  const { data: work } = useExecution(tenant, prove.data?.id);
  return (
    <div className="stack after">
      <div className="row">
        <button type="button" onClick={() => prove.mutate()} disabled={prove.isPending || work?.state === 'running'}>
          <Icon name="check" /> Prove now
        </button>
        <span className="dim">Looks at every object; what is not held is repaired and reported.</span>
      </div>
      {prove.error && <Trouble error={prove.error} />}
      <ExecutionState work={work} what="Proving the holds" />
      {work?.state === 'done' && <Proved result={work.result} />}
    </div>
  );
}

function Proved({ result }: { readonly result: FollowedExecution['result'] }) {
  const [found] = (result as { tenants: { objects: number; repaired: number; unsigned: string[] }[] }).tenants;
  if (found === undefined) return null;
  const isFine = found.repaired === 0 && found.unsigned.length === 0;
  return (
    <div className={`notice ${isFine ? 'good' : 'warn'}`} role="status">
      <Icon name={isFine ? 'check' : 'warn'} />
      <div>
        <strong>{plural(found.objects, 'object is', 'objects are')} held</strong>
        {found.repaired > 0 && <p>{plural(found.repaired, 'object')} had lost the hold, and have it again.</p>}
        {found.unsigned.length > 0 && <p>{plural(found.unsigned.length, 'record')} was not signed here.</p>}
      </div>
    </div>
  );
}

function Place({ tenant }: { readonly tenant: string }) {
  const [params] = useSearchParams();
  const place = useMutation({
    mutationFn: (form: FormData) =>
      answer(api.POST('/tenants/{tenant}/holds', { params: { path: { tenant } }, body: placedBy(form) })),
  });
  if (place.data) return <AskedRequest asked={place.data} />;
  return (
    <Panel title="Place a hold">
      <form className="form" onSubmit={submitted(place.mutate)}>
        <label className="field">
          <span>Matter</span>
          {/* biome-ignore lint/a11y/noAutofocus: only where the address asks for this form */}
          <input name="matter" required maxLength={200} autoFocus={params.get('place') === 'true'} />
          <small>Sealed for auditors: it is in no address and in no log.</small>
        </label>
        <label className="field">
          <span>Keep every moment since (optional)</span>
          <input name="from" type="date" />
          <small>A day begins in UTC. Without one, everything that is stored is kept.</small>
        </label>
        <label className="field">
          <span>Review by (optional)</span>
          <input name="reviewBy" type="date" />
        </label>
        <label className="tick">
          <input name="hidden" type="checkbox" /> Hide it from the tenant’s administrator
        </label>
        <ReasonFields />
        {place.error && <Trouble error={place.error} />}
        <div className="row">
          <button type="submit" className="primary" disabled={place.isPending}>
            Request the hold
          </button>
        </div>
      </form>
    </Panel>
  );
}

function placedBy(form: FormData) {
  const day = (name: string) => (textOf(form, name) === '' ? null : `${textOf(form, name)}T00:00:00Z`);
  return {
    ...{ matter: textOf(form, 'matter'), from: day('from'), reviewBy: day('reviewBy') },
    ...{ hidden: form.get('hidden') === 'on', ...reasonOf(form) },
  };
}
