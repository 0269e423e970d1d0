/** How long backups of a tenant are kept and why, when each expires, and what other periods would do. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { answer, api } from '../api/client.ts';
import { PERIODS } from '../govern/periods.ts';
import { RetentionChange } from '../govern/retention-change.tsx';
import { RetentionSimulation } from '../govern/retention-simulation.tsx';
import { TenantPlaces, useNamedTenant } from '../govern/tenant-places.tsx';
import { size } from '../parts/format.ts';
import { Empty, Loaded, Page, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';

type Retention = AnswerOf<'/tenants/{tenant}/retention'>;
type Backup = Retention['backups'][number];

export function Component() {
  const { tenant = '' } = useParams();
  const name = useNamedTenant(tenant);
  const retention = useQuery({
    queryKey: ['retention', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/retention', { params: { path: { tenant } } })),
    staleTime: 60_000,
  });
  return (
    <Page title={`Retention of ${name}`} back={{ to: `/tenants/${tenant}`, name }}>
      <TenantPlaces tenant={tenant} />
      <Loaded query={retention}>
        {found => (
          <>
            <Periods retention={found} />
            {found.waiting.length > 0 && <RetentionChange tenant={tenant} waiting={found.waiting} />}
            <Panel title="Backups, newest first">
              {found.backups.length === 0 ? (
                <Empty title="Nothing is stored yet." />
              ) : (
                <Backups backups={found.backups.toReversed()} />
              )}
            </Panel>
            <RetentionSimulation tenant={tenant} inForce={found.policy} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Periods({ retention: { policy, configured, undecided } }: { readonly retention: Retention }) {
  return (
    <>
      {undecided && (
        <div className="notice warn" role="status">
          <p>The retention of this tenant is not known: nothing of it expires.</p>
        </div>
      )}
      <dl className="tiles after">
        {PERIODS.map(({ field, name, what }) => (
          <div className="tile" key={field}>
            <dt>{name}</dt>
            <dd>
              {policy[field]} days
              <small>
                {configured[field] === policy[field] ? what : `configured: ${configured[field]} days, not in force`}
              </small>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function Backups({ backups }: { readonly backups: readonly Backup[] }) {
  return (
    <Table
      caption="Backups with their planned expiry"
      rows={backups}
      rowKey={({ id }) => id}
      columns={[
        { name: 'Moment', cell: each => <Time at={each.toTime} /> },
        { name: 'Kind', cell: each => each.kind },
        {
          name: 'Next expiry',
          cell: each =>
            each.held ? (
              <State tone="plain">held</State>
            ) : (
              <State tone={each.keep ? 'good' : 'warn'}>{each.keep ? 'keeps it' : 'removes it'}</State>
            ),
        },
        { name: 'Because', cell: each => each.reasons.join('; ') },
        { name: 'Kept until at least', cell: each => <Day of={each.certainUntil} none="today" /> },
        { name: 'Locked until', cell: each => <Day of={each.lockedUntil} none="object is missing" /> },
        { name: 'Stored', right: true, cell: each => size(each.storedBytes) },
      ]}
    />
  );
}

function Day({ of, none }: { readonly of: string | null; readonly none: string }) {
  return <span className="nowrap">{of === null ? none : of.slice(0, 10)}</span>;
}
