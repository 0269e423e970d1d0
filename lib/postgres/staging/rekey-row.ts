/**
 * A change of the key that does not tell all values, always alone in its batch: the row at the new key gives them, else the
 * row at the old key; where there is neither the row is pending.
 */
import type { NetRow } from '../../domain/net-batch.ts';
import type { NetValue } from '../../domain/packed-tuple.ts';
import type { Connection } from '../connection.ts';
import { quoteLiteral } from '../sql.ts';
import { ensurePending } from './pending-rows.ts';
import { type Binding, matchKey } from './replay-binding.ts';
import type { StageTable } from './stage-table.ts';
import { isOrphan } from './staged-references.ts';

export async function applyRekey(
  connection: Connection,
  stage: StageTable,
  binding: Binding,
  row: NetRow,
): Promise<void> {
  const parameters: (string | null)[] = [];
  const parameter = (value: NetValue, type: string) => {
    parameters.push(value ? Buffer.from(value).toString('utf8') : null);
    return `$${parameters.length}::text::${type}`;
  };
  const keyTypes = binding.key.map(name => binding.types[binding.columns.indexOf(name)]!);
  const at = (key: readonly NetValue[]) =>
    matchKey(binding, (name, index) => [`s.${name}`, parameter(key[index], keyTypes[index]!)]);
  const run = async (sql: string) => {
    const { rowCount } = await connection.query(sql, parameters);
    parameters.length = 0;
    return rowCount ?? 0;
  };
  const assignments = () =>
    binding.columns
      .flatMap((name, index) => {
        const place = binding.key.indexOf(name);
        const value = place >= 0 ? row.key[place] : row.values![index];
        return value === undefined ? [] : [`${name} = ${parameter(value, binding.types[index]!)}`];
      })
      .join(', ');
  const settle = async (key: readonly NetValue[]) => {
    if (!stage.hasPending) return;
    const values = key.map((value, index) => `${parameter(value, keyTypes[index]!)}::text`);
    await run(
      `DELETE FROM ${stage.pending} AS s WHERE s.ident = ${quoteLiteral(binding.ident)} AND s.k = ARRAY[${values.join(', ')}]`,
    );
  };
  const updated = await run(`UPDATE ${stage.staged} AS s SET ${assignments()} WHERE ${at(row.key)}`);
  if (updated > 0) await run(`DELETE FROM ${stage.staged} AS s WHERE ${at(row.oldKey!)}`);
  const moved =
    updated > 0 ? 0 : await run(`UPDATE ${stage.staged} AS s SET ${assignments()} WHERE ${at(row.oldKey!)}`);
  await settle(row.oldKey!);
  const told = binding.routing.every(name => row.values![binding.columns.indexOf(name)] !== undefined);
  if (updated + moved === 0 && !(row.offered && !told)) {
    await ensurePending(connection, stage);
    await settle(row.key);
    const key = row.key.map((value, index) => `${parameter(value, keyTypes[index]!)}::text`);
    const owner = binding.routing.map(name => {
      const index = binding.columns.indexOf(name);
      return `${parameter(row.values![index], binding.types[index]!)}::text`;
    });
    await run(
      `INSERT INTO ${stage.pending} VALUES (${quoteLiteral(binding.ident)}, ARRAY[${key.join(', ')}], ARRAY[${owner.join(', ')}]::text[])`,
    );
  }
}

/** After the offered change of a key: the row goes where it is not the tenant's. */
export async function dropOrphan(
  connection: Connection,
  stage: StageTable,
  parent: StageTable,
  binding: Binding,
  row: NetRow,
): Promise<void> {
  const at = matchKey(binding, (name, index) => {
    const type = binding.types[binding.columns.indexOf(name)]!;
    return [`s.${name}`, `$${index + 1}::text::${type}`];
  });
  await connection.query(
    `DELETE FROM ${stage.staged} AS s WHERE ${at} AND ${isOrphan(stage, parent, 's')}`,
    row.key.map(value => (value ? Buffer.from(value).toString('utf8') : null)),
  );
}
