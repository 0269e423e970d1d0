/** Destroying a tenant's backups: what it means in sentences and numbers, the typed confirmation, the countdown, the proof. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import { useParams } from 'react-router';
import { answer, api } from '../api/client.ts';
import { useMe } from '../frame.tsx';
import { DestructionCertificatePanel } from '../govern/destruction-certificate.tsx';
import { DestructionForm } from '../govern/destruction-form.tsx';
import { DestructionStage } from '../govern/destruction-stage.tsx';
import { TenantPlaces, useNamedTenant } from '../govern/tenant-places.tsx';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';

const STANDS = ['counting', 'due', 'interrupted'];

export function Component() {
  const { tenant = '' } = useParams();
  const name = useNamedTenant(tenant);
  const { data: me } = useMe();
  const queries = useQueryClient();
  const status = useQuery({
    queryKey: ['destruction', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/destruction', { params: { path: { tenant } } })),
    refetchInterval: 30_000,
  });
  const again = useCallback(
    () => void queries.invalidateQueries({ queryKey: ['destruction', tenant] }),
    [queries, tenant],
  );
  return (
    <Page
      title={`Destroy the backups of ${name}`}
      back={{ to: `/tenants/${tenant}`, name }}
      lead="Destroys the tenant’s key, after a countdown. From then on nobody can open any backup of this tenant."
    >
      <TenantPlaces tenant={tenant} />
      <Loaded query={status}>
        {({ destruction }) => {
          const stage = destruction?.stage;
          const isOpen = stage === undefined || stage === 'cancelled';
          return (
            <>
              {destruction && <DestructionStage tenant={tenant} destruction={destruction} changed={again} />}
              {(stage === 'certified' || stage === 'complete') && <DestructionCertificatePanel tenant={tenant} />}
              {isOpen && me?.may.includes('destroy') && <DestructionForm tenant={tenant} name={name} />}
              {isOpen && me && !me.may.includes('destroy') && (
                <Panel>
                  <Empty title="No destruction is under way.">Your roles do not permit requesting one.</Empty>
                </Panel>
              )}
              {stage !== undefined && STANDS.includes(stage) && (
                <p className="dim after">While it stands, changes of the tenant are counted and not stored.</p>
              )}
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
