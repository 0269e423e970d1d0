/** The tenant model in words: whose rows each table has, and by which columns that is known. */
import { plural } from '../parts/format.ts';
import { Panel } from '../parts/page.tsx';
import { State } from '../parts/state.tsx';
import { Table } from '../parts/table.tsx';
import type { Configuration } from './edit.ts';

const KIND_TEXTS = {
  root: 'the tenant itself',
  direct: 'has the tenant column',
  via: 'through other tables',
  shared: 'shared by all: not backed up',
  excluded: 'excluded: not backed up',
  undecided: 'undecided: not backed up',
} as const;

export function Model({ configuration: { model } }: { readonly configuration: Configuration }) {
  const open = model.tables.filter(({ kind }) => kind === 'undecided').length;
  return (
    <Panel title={`Tenant model: ${plural(model.tables.length, 'table')}`}>
      {open > 0 && (
        <div className="notice bad" role="status">
          <strong>{plural(open, 'table')} undecided: no backup has their rows.</strong>
        </div>
      )}
      <p className="dim">
        Names of tenants are in <span className="code">{model.label ?? 'no column'}</span>. Changed with holdfast
        discover, which asks about what is not clear.
      </p>
      <Table
        caption="Tables of the tenant model"
        rows={model.tables}
        rowKey={({ table }) => table}
        columns={[
          { name: 'Table', cell: ({ table }) => <span className="code">{table}</span> },
          {
            name: 'Whose rows',
            cell: ({ kind }) =>
              kind === 'undecided' ? <State tone="bad">{KIND_TEXTS[kind]}</State> : KIND_TEXTS[kind],
          },
          {
            name: 'Found by',
            cell: ({ columns, via, reason }) => (
              <span className="code">
                {columns.join(', ')}
                {via.length > 0 && ` → ${via.join(' → ')}`}
                {columns.length === 0 && (reason ?? '–')}
              </span>
            ),
          },
          { name: 'Part', cell: ({ component }) => component },
        ]}
      />
    </Panel>
  );
}
