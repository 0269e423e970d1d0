/** Holds in a list: the matter, whose, since when, and whether somebody has to look. */
import { Link } from 'react-router';
import type { AnswerOf } from '../api/answers.ts';
import { State } from '../parts/state.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import { useNow } from '../parts/use-now.ts';

type Hold = AnswerOf<'/holds'>['holds'][number];

const COLUMNS: readonly Column<Hold>[] = [
  {
    name: 'Matter',
    cell: ({ matter, hold }) => (
      <span>
        <Link to={`/holds/${hold}`}>{matter ?? 'Record does not verify'}</Link>
        <span className="sub code">{hold}</span>
      </span>
    ),
  },
  {
    name: 'Tenant',
    cell: ({ tenant, label, tenantId }) => <Link to={`/tenants/${tenant}/holds`}>{label ?? tenantId ?? tenant}</Link>,
  },
  { name: 'Since', cell: ({ at }) => (at ? <Time at={at} ageOnly /> : 'unknown') },
  { name: 'Keeps', cell: ({ from }) => (from ? <Time at={from} /> : 'everything') },
  { name: 'Review by', cell: ({ reviewBy }) => <Review by={reviewBy} /> },
  { name: 'State', cell: hold => <HoldState hold={hold} /> },
];

export function HoldsTable({
  holds,
  withTenant = true,
}: {
  readonly holds: readonly Hold[];
  readonly withTenant?: boolean;
}) {
  const columns = withTenant ? COLUMNS : COLUMNS.filter(({ name }) => name !== 'Tenant');
  return (
    <Table caption="Holds that stand" columns={columns} rows={holds} rowKey={each => `${each.tenant} ${each.hold}`} />
  );
}

function Review({ by }: { readonly by: string | null }) {
  const now = useNow(60_000);
  if (by === null) return 'no date';
  return Date.parse(by) < now ? (
    <State tone="warn">{`due since ${by.slice(0, 10)}`}</State>
  ) : (
    <span className="nowrap">{by.slice(0, 10)}</span>
  );
}

function HoldState({ hold: { signed, hidden } }: { readonly hold: Hold }) {
  if (!signed) return <State tone="bad">not signed here</State>;
  return <State tone={hidden ? 'plain' : 'good'}>{hidden ? 'stands, hidden' : 'stands'}</State>;
}
