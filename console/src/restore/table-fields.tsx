/** Which tables: all, or some of the tenant model; and which are left out. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client.ts';
import { plural } from '../parts/format.ts';
import { Loaded, Panel } from '../parts/page.tsx';
import type { FieldProps } from './way-fields.tsx';

export function TableFields({ tenant, choices, change }: FieldProps & { readonly tenant: string }) {
  const tables = useQuery({
    queryKey: ['tables', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/tables', { params: { path: { tenant } } })),
    staleTime: 60_000,
  });
  const chosen = new Set(choices.tables);
  const [isOpen, setOpen] = useState(chosen.size > 0);
  const toggle = (table: string) =>
    change({ tables: chosen.has(table) ? choices.tables.filter(each => each !== table) : [...choices.tables, table] });
  return (
    <Panel title="Which tables">
      <div className="segments" role="radiogroup" aria-label="Which tables">
        <label>
          <input
            type="radio"
            name="scope"
            checked={!isOpen}
            onChange={() => {
              setOpen(false);
              change({ tables: [], rows: '', keys: '', columns: '' });
            }}
          />
          {choices.way === 'transactions' ? 'All that they changed' : 'All'}
        </label>
        <label>
          <input type="radio" name="scope" checked={isOpen} onChange={() => setOpen(true)} />
          Some{chosen.size > 0 && `: ${plural(chosen.size, 'table')}`}
        </label>
      </div>
      {isOpen && (
        <Loaded query={tables}>
          {found => (
            <ul className="choose">
              {found.tables.map(({ table, component }) => (
                <li key={table}>
                  <label>
                    <input type="checkbox" checked={chosen.has(table)} onChange={() => toggle(table)} />
                    <span>
                      {table} {component !== 'data' && <small className="dim">{component}</small>}
                    </span>
                  </label>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      )}
    </Panel>
  );
}
