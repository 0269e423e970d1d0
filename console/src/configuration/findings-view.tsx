/** What the doctor finds in database, model and log, with the SQL that mends it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { answer, api } from '../api/client.ts';
import { count } from '../parts/format.ts';
import { Empty, Loaded, Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';

export function Findings() {
  const found = useQuery({
    queryKey: ['configuration', 'findings'],
    queryFn: () => answer(api.GET('/configuration/findings')),
  });
  const tones = { error: 'bad', warning: 'warn', info: 'plain' } as const;
  return (
    <Panel
      title="What weakens protection"
      actions={
        <button type="button" onClick={() => void found.refetch()} disabled={found.isFetching}>
          {found.isFetching ? 'Examining …' : 'Examine again'}
        </button>
      }
    >
      <Loaded query={found}>
        {({ findings }) =>
          findings.length === 0 ? (
            <Empty title="Nothing found: database, model and log are as they should be." />
          ) : (
            <>
              <p className="dim">
                {count(findings.length)} found; holdfast doctor --fix applies what is safe. See{' '}
                <Link to="/alarms">Alarms</Link> for what was told.
              </p>
              <Table
                caption="Findings, the worst first"
                rows={findings}
                rowKey={({ code, table, message }) => `${code}${table}${message}`}
                columns={[
                  {
                    name: 'Finding',
                    cell: ({ severity, code }) => (
                      <span>
                        <State tone={tones[severity]}>{severity}</State>
                        <span className="sub code">{code}</span>
                      </span>
                    ),
                  },
                  {
                    name: 'What',
                    cell: ({ message, advice, table }) => (
                      <span>
                        {table !== null && <span className="code">{table}: </span>}
                        {message}
                        {advice !== undefined && <span className="sub">{advice}</span>}
                      </span>
                    ),
                  },
                  {
                    name: 'SQL',
                    cell: ({ sql }) => (sql.length === 0 ? '–' : <code className="breaks">{sql.join('\n')}</code>),
                  },
                ]}
              />
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}
