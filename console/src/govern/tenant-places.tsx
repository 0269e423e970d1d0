/** The pages about governing one tenant, beside each other; and its name, where the caller may see it. */
import { useQuery } from '@tanstack/react-query';
import { NavLink } from 'react-router';
import { answer, api } from '../api/client.ts';

/** Its label or id; the reference where the caller may not see more. */
export function useNamedTenant(tenant: string): string {
  const { data } = useQuery({
    queryKey: ['tenant', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}', { params: { path: { tenant } } })),
    enabled: tenant !== '' && tenant !== 'system',
    staleTime: 60_000,
  });
  return tenant === 'system' ? 'the installation' : (data?.label ?? data?.tenantId ?? tenant);
}

export function TenantPlaces({ tenant }: { readonly tenant: string }) {
  return (
    <nav className="tabs" aria-label="Govern this tenant">
      <NavLink to={`/tenants/${tenant}/holds`}>Holds</NavLink>
      <NavLink to={`/tenants/${tenant}/retention`}>Retention</NavLink>
      <NavLink to={`/audit?tenant=${tenant}`} className="">
        Audit trail
      </NavLink>
      <NavLink to={`/tenants/${tenant}/destroy`}>Destruction</NavLink>
    </nav>
  );
}
