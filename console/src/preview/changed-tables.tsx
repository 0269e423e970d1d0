/** The tables that change, as files of a pull request are listed, and the rows of the chosen one. All of it is in the address. */
import { useSearchParams } from 'react-router';
import { count, plural } from '../parts/format.ts';
import { Empty } from '../parts/page.tsx';
import { ChangedRows } from './changed-rows.tsx';
import { type ChangedTable, KINDS, type Kind, type PreviewOpened, SIGNS } from './preview-types.ts';

export function ChangedTables({ opened }: { readonly opened: PreviewOpened }) {
  const [search, setSearch] = useSearchParams();
  const { tables } = opened.preview;
  const table = tables.find(each => each.table === search.get('table')) ?? tables[0]!;
  const kind = KINDS.find(each => each === search.get('kind') && countOf(table, each) > 0);
  const column = table.columns[search.get('column') ?? ''] === undefined ? undefined : search.get('column')!;
  const set = (more: Readonly<Record<string, string | undefined>>) => {
    const next = new URLSearchParams(search);
    for (const [name, value] of Object.entries(more)) {
      if (value === undefined) next.delete(name);
      else next.set(name, value);
    }
    setSearch(next, { replace: true });
  };
  const isWide = search.has('columns');
  const choose = (name: string) => set({ table: name, kind: undefined, column: undefined });
  return (
    <section className="panel changes" aria-label="Changes">
      <TableList tables={tables} chosen={table.table} onChoose={choose} />
      <div className="changes-rows">
        <div className="panel-head">
          <h2>{table.table}</h2>
          <span className="dim">{sentenceOf(table)}</span>
        </div>
        <div className="row filters">
          <KindFilter table={table} kind={kind} onChoose={each => set({ kind: each, column: undefined })} />
          {Object.keys(table.columns).length > 0 && (
            <label className="row">
              <span className="dim">Column</span>
              <select
                value={column ?? ''}
                onChange={event => set({ column: event.target.value || undefined, kind: undefined })}
              >
                <option value="">any</option>
                {Object.entries(table.columns).map(([name, rows]) => (
                  <option key={name} value={name}>
                    {name} ({count(rows)})
                  </option>
                ))}
              </select>
            </label>
          )}
          <label className="row">
            <input
              type="checkbox"
              checked={isWide}
              onChange={event => set({ columns: event.target.checked ? 'all' : undefined })}
            />
            Unchanged columns
          </label>
        </div>
        {opened.isKept ? (
          <ChangedRows key={`${table.table} ${kind} ${column}`} {...{ opened, table, kind, column, isWide }} />
        ) : (
          <Empty title="The rows are gone">The counts above are what was compared.</Empty>
        )}
      </div>
    </section>
  );
}

interface ListProps {
  readonly tables: readonly ChangedTable[];
  readonly chosen: string;
  readonly onChoose: (table: string) => void;
}

function TableList({ tables, chosen, onChoose }: ListProps) {
  return (
    <nav className="changes-tables" aria-label="Tables that change">
      <ul>
        {tables.map(each => (
          <li key={each.table}>
            <button type="button" aria-pressed={each.table === chosen} onClick={() => onChoose(each.table)}>
              <span className="name">{each.table}</span>
              <span className="counts">
                {KINDS.filter(kind => countOf(each, kind) > 0).map(kind => (
                  <span key={kind} className={kind}>
                    {SIGNS[kind]}
                    {count(countOf(each, kind))}
                  </span>
                ))}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

interface KindProps {
  readonly table: ChangedTable;
  readonly kind: Kind | undefined;
  readonly onChoose: (kind: Kind | undefined) => void;
}

const KIND_NAMES: Readonly<Record<Kind, string>> = { insert: 'inserted', update: 'updated', delete: 'deleted' };

function KindFilter({ table, kind, onChoose }: KindProps) {
  const there = KINDS.filter(each => countOf(table, each) > 0);
  if (there.length < 2) return null;
  return (
    <div className="segments small" role="radiogroup" aria-label="Kind of change">
      {[undefined, ...there].map(each => (
        <label key={each ?? 'all'}>
          <input type="radio" name="kind" checked={each === kind} onChange={() => onChoose(each)} />
          {each === undefined ? 'All rows' : `${SIGNS[each]} ${KIND_NAMES[each]}`}
        </label>
      ))}
    </div>
  );
}

export function countOf({ inserts, updates, deletes }: ChangedTable, kind: Kind): number {
  return { insert: inserts, update: updates, delete: deletes }[kind];
}

function sentenceOf(table: ChangedTable): string {
  const { inserts, updates, deletes, alongside } = table;
  const rows = plural(inserts + updates + deletes, 'row');
  return alongside > 0 ? `${rows}, ${count(alongside)} of them alongside` : rows;
}
