/** Short notation for table schemas in tests of pure rules. */
import type { ForeignKey, TableSchema } from '../../lib/domain/table-schema.ts';

/**
 * `table('public.orders', 'id!, tenant_id! text, note?', { references: { tenant_id: 'public.tenants.id' } })`: a column
 * is NOT NULL with `!`; its type follows, integer by default; the first is the key unless `key` is given. A reference
 * over several columns: `'a,b': 'public.parent.x,y'`.
 */
export function table(
  name: string,
  columns: string,
  options: { key?: string[]; references?: Record<string, string> } = {},
): TableSchema {
  const parsed = columns.split(',').map((text, i) => {
    const [, column, mark, type] = /^\s*(\w+)([!?]?)\s*(.*?)\s*$/.exec(text)!;
    return {
      name: column!,
      number: i + 1,
      type: type || 'integer',
      typeKind: 'b',
      notNull: mark === '!',
      generated: '',
      identity: '',
      default: null,
      missing: null,
      collation: null,
      sequence: null,
    };
  });
  const key = options.key ?? [parsed[0]!.name];
  const foreignKeys = Object.entries(options.references ?? {}).map(([from, to]): ForeignKey => {
    const [, parent, referenced] = /^(.*)\.([\w,]+)$/.exec(to)!;
    return {
      name: `fk_${from}`,
      columns: from.split(','),
      references: parent!,
      referencedColumns: referenced!.split(','),
      deferrable: false,
      onDelete: 'a',
    };
  });
  return {
    table: name,
    oid: 1,
    kind: 'r',
    columns: parsed,
    key,
    uniqueKeys: [],
    foreignKeys,
    replicaIdentity: 'd',
    replicaIdentityColumns: key,
  };
}
