/** One changed row: its sign, its key, and the columns that change, with what is there now and what will be. */
import type { ChangedTable, ColumnShown, RowShown } from './preview-types.ts';
import { SIGNS } from './preview-types.ts';

/** Of rows that come or go as a whole, so many columns tell which row it is. */
const TELLING = 4;

/** Positions of the shown columns: the key and what changes; where rows come or go, a few more that tell which. */
export function columnsIn(columns: readonly ColumnShown[], table: ChangedTable, isWide: boolean): number[] {
  const places = columns.map((_, place) => place);
  if (isWide) return places;
  const isShown = (place: number) =>
    !columns[place]!.isTenant && (columns[place]!.isKey || columns[place]!.name in table.columns);
  const isOther = (place: number) => !isShown(place) && !columns[place]!.isTenant;
  const others = table.inserts + table.deletes > 0 ? places.filter(isOther).slice(0, TELLING) : [];
  return places.filter(place => isShown(place) || others.includes(place));
}

export function HeadRow({ columns }: { readonly columns: readonly ColumnShown[] }) {
  return (
    <tr className="diff-row head" aria-rowindex={1}>
      <th scope="col" className="sign">
        <span className="unseen">Change</span>
      </th>
      {columns.map(({ name, type, isKey, isMasked }) => (
        <th scope="col" key={name} title={type}>
          {name}
          {isKey && <small> key</small>}
          {isMasked && <small> masked</small>}
        </th>
      ))}
      <th scope="col">
        <span className="unseen">Remarks</span>
      </th>
    </tr>
  );
}

interface RowProps {
  readonly row: RowShown;
  readonly index: number;
  readonly columns: readonly ColumnShown[];
  readonly shown: readonly number[];
  /** Of a revert or an undo: deleted rows are those that it inserted. */
  readonly isTakenBack: boolean;
  readonly measure: (element: HTMLElement | null) => void;
}

const SPOKEN = { insert: 'Inserted', update: 'Updated', delete: 'Deleted' } as const;

export function ChangedRow({ row, index, columns, shown, isTakenBack, measure }: RowProps) {
  const { kind, changed, before, after } = row;
  return (
    <tr className={`diff-row ${kind}`} aria-rowindex={index + 2} data-index={index} ref={measure}>
      <td className={`sign ${kind}`}>
        <span aria-hidden="true">{SIGNS[kind]}</span>
        <span className="unseen">{SPOKEN[kind]}</span>
      </td>
      {shown.map(place => {
        const { name, isMasked } = columns[place]!;
        const isChanged = changed.includes(place);
        return (
          <td key={name} data-label={name} className={isChanged ? 'lit' : undefined}>
            {isChanged ? (
              <>
                <del>
                  <Value text={before?.[place]} isMasked={isMasked} />
                </del>{' '}
                <ins>
                  <Value text={after?.[place]} isMasked={isMasked} />
                </ins>
              </>
            ) : (
              <Value text={(after ?? before)?.[place]} isMasked={isMasked} />
            )}
          </td>
        );
      })}
      <td className="remarks">
        {kind === 'delete' && <small>{isTakenBack ? 'inserted by it' : 'born after'}</small>}
        {row.alongside && <small>alongside</small>}
        {row.isStale && <small className="stale">changed since the preview</small>}
      </td>
    </tr>
  );
}

const LONGEST = 160;

function Value({ text, isMasked }: { readonly text: string | null | undefined; readonly isMasked: boolean }) {
  if (isMasked) return <i className="dim">masked</i>;
  if (text === null || text === undefined) return <i className="dim">NULL</i>;
  if (text === '') return <i className="dim">empty</i>;
  return text.length > LONGEST ? <span title={text}>{text.slice(0, LONGEST)}…</span> : text;
}
