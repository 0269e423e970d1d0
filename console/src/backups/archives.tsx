/** Self-contained copies of a tenant: until when each is kept, their proof, and another one. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../api/client.ts';
import type { paths } from '../api/paths.ts';
import { Asked } from '../parts/asked.tsx';
import { count, plural, size } from '../parts/format.ts';
import { Empty, Loaded, Panel } from '../parts/page.tsx';
import { Table } from '../parts/table.tsx';
import { Time } from '../parts/time.tsx';
import type { Begin } from './use-begin.ts';

type Archive =
  paths['/tenants/{tenant}/archives']['get']['responses'][200]['content']['application/json']['archives'][number];

export function Archives({ tenant, begin }: { readonly tenant: string; readonly begin: Begin }) {
  const list = useQuery({
    queryKey: ['archives', tenant],
    queryFn: () => answer(api.GET('/tenants/{tenant}/archives', { params: { path: { tenant } } })),
  });
  const [keep, setKeep] = useState<'monthly' | 'annual'>('monthly');
  return (
    <Panel
      title="Archives"
      actions={
        <>
          {(list.data?.archives.length ?? 0) > 0 && (
            <button type="button" disabled={begin.isPending} onClick={begin.verifyArchives}>
              Verify {plural(list.data?.archives.length ?? 0, 'archive')}
            </button>
          )}
          <Asked title="Archive now" verb="Archive" onAsk={() => begin.archive(keep, 'manual')}>
            <p>
              A self-contained copy of the newest moment, which opens without Holdfast. It is locked for its whole time.
            </p>
            <label className="field">
              <span>Keep it as</span>
              <select value={keep} onChange={event => setKeep(event.target.value as typeof keep)}>
                <option value="monthly">monthly</option>
                <option value="annual">annual</option>
              </select>
            </label>
          </Asked>
        </>
      }
    >
      <Loaded query={list}>
        {({ archives }) =>
          archives.length === 0 ? (
            <Empty title="No archive yet." />
          ) : (
            <ArchiveTable archives={[...archives].reverse()} />
          )
        }
      </Loaded>
    </Panel>
  );
}

function ArchiveTable({ archives }: { readonly archives: readonly Archive[] }) {
  return (
    <Table
      caption="Archives, the newest first"
      rows={archives}
      rowKey={({ id }) => id}
      columns={[
        {
          name: 'Moment',
          cell: ({ toTime, id }) => (
            <span>
              <Time at={toTime} />
              <span className="sub code">{id}</span>
            </span>
          ),
        },
        { name: 'Kept as', cell: each => each.keep },
        { name: 'Kept until', cell: ({ until }) => <Time at={until} /> },
        { name: 'Rows', right: true, cell: ({ rows }) => (rows === null ? 'not known' : count(rows)) },
        { name: 'Stored', right: true, cell: ({ storedBytes }) => size(storedBytes) },
      ]}
    />
  );
}
