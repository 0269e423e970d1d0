/** Events in a list; each opens to its record. */
import { useSearchParams } from 'react-router';
import { State, type Tone } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { type AuditEvent, ChainName, placeOfEvent } from './event-record.tsx';

const TONES: Readonly<Record<AuditEvent['outcome'], Tone>> = {
  ...{ allowed: 'plain', requested: 'plain', started: 'plain', reviewed: 'good', approved: 'good', done: 'good' },
  ...{ denied: 'bad', failed: 'bad', refused: 'warn', expired: 'warn', cancelled: 'warn' },
} as const;

export function AuditTable({
  events,
  withTenant,
}: {
  readonly events: readonly AuditEvent[];
  readonly withTenant: boolean;
}) {
  const [, setParams] = useSearchParams();
  const open = (place: string) =>
    setParams(
      before => new URLSearchParams([...before].filter(([name]) => name !== 'event').concat([['event', place]])),
      {
        preventScrollReset: true,
      },
    );
  const columns: Column<AuditEvent>[] = [
    { name: 'When', cell: each => <Time at={each.at} /> },
    { name: 'Who', cell: each => <Who event={each} /> },
    {
      name: 'Action',
      cell: each => (
        <button type="button" className="link" onClick={() => open(placeOfEvent(each))}>
          {each.action}
        </button>
      ),
    },
    { name: 'Outcome', cell: each => <State tone={TONES[each.outcome]}>{each.outcome}</State> },
    ...(withTenant ? [{ name: 'Tenant', cell: (each: AuditEvent) => <ChainName event={each} /> }] : []),
    { name: 'Event', right: true, cell: each => each.sequence },
  ];
  return <Table caption="Events, newest first" columns={columns} rows={events} rowKey={placeOfEvent} />;
}

function Who({ event: { who, brokeGlass } }: { readonly event: AuditEvent }) {
  return (
    <span>
      {who.name}
      {brokeGlass && <span className="sub">without approvals</span>}
    </span>
  );
}
