/** A table that is one at every width: below 560 px each row is a card with the names of its columns. */
import type { ReactNode } from 'react';

export interface Column<T> {
  readonly name: string;
  readonly cell: (item: T) => ReactNode;
  readonly right?: boolean;
}

interface TableProps<T> {
  /** What the rows are, for those who hear the page. */
  readonly caption: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly rowKey: (item: T) => string;
}

export function Table<T>({ caption, columns, rows, rowKey }: TableProps<T>) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be scrolled with the keyboard
    <section className="table" tabIndex={0} aria-label={`${caption}: table`}>
      <table className="stacked">
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, right }) => (
              <th key={name} scope="col" className={right ? 'right' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(item => (
            <tr key={rowKey(item)}>
              {columns.map(({ name, cell, right }) => (
                <td key={name} data-label={name} className={right ? 'right' : undefined}>
                  {cell(item)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
