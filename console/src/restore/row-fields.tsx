/** Which rows and columns of one table; and what comes along. Rarely needed, and closed until it is. */
import { ListField } from './list-field.tsx';
import type { FieldProps } from './way-fields.tsx';

export function RowFields({ choices, change }: FieldProps) {
  const { rows, keys, columns, withChildren, exclude, way, mode } = choices;
  const isUsed = rows !== '' || keys !== '' || columns !== '' || withChildren || exclude.length > 0;
  const text = (name: 'rows' | 'keys' | 'columns', label: string, placeholder: string, hint: string) => (
    <label className="field">
      <span>{label}</span>
      <input
        value={choices[name]}
        onChange={event => change({ [name]: event.target.value })}
        placeholder={placeholder}
      />
      <small>{hint}</small>
    </label>
  );
  return (
    <details className="panel" open={isUsed || undefined}>
      <summary>Rows, columns and what comes along</summary>
      <div className="form">
        {text('rows', 'Rows', "status = 'open'", 'A condition over the columns of the one chosen table.')}
        {text('keys', 'Keys', '17, 18', 'Or these keys; JSON for keys of several columns.')}
        {way === 'moment' &&
          mode === 'exact' &&
          text('columns', 'Columns', 'price, title', 'Only these columns of rows that are there.')}
        <ListField
          label="Tables to leave out"
          value={exclude.join(' ')}
          onChange={text => change({ exclude: text.split(/[\s,]+/).filter(Boolean) })}
          hint="The restore is then partial, and says so."
        />
        {way === 'moment' && mode !== 'merge' && (
          <label className="check">
            <input
              type="checkbox"
              checked={withChildren}
              onChange={event => change({ withChildren: event.target.checked })}
            />
            <span>Also restore deleted child rows of restored rows</span>
          </label>
        )}
      </div>
    </details>
  );
}
