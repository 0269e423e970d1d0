/**
 * The command line that does the same as a request, to repeat it, to paste it into a ticket or to automate it. Invariant: what
 * it names is exact: no moment in it moves with the clock.
 */
import type { RestoreRequest } from '../domain/restore-request.ts';

/** The words after the name of the program. */
export function sameCommand(request: RestoreRequest): string[] {
  const { tenant, target, mode, reverts, undoes, tables, exclude = [], components } = request;
  if (undoes !== undefined) return ['undo', undoes];
  const tablesNamed = [...new Set([...tables, ...tablesOf(request)])];
  const selection = [
    ...tablesNamed.flatMap(table => ['--table', table]),
    ...components.flatMap(name => ['--component', name]),
    ...exclude.flatMap(table => ['--exclude', table]),
    ...Object.values(request.rows).flatMap(predicate => ['--rows', predicate]),
    ...Object.values(request.keys).flatMap(keys => ['--keys', JSON.stringify(keys)]),
    ...(request.overwrite ? ['--overwrite'] : []),
  ];
  if (reverts?.only) return ['revert', tenant, ...reverts.only.flatMap(at => ['--transaction', at]), ...selection];
  return [
    ...['restore', tenant, '--to', target],
    ...(mode === 'missing-only' || mode === 'merge' ? ['--mode', mode] : []),
    ...(reverts?.except ?? []).flatMap(at => ['--keep-transaction', at]),
    ...selection,
    ...Object.values(request.columns).flatMap(columns => ['--columns', columns.join(',')]),
    ...(request.withChildren ? ['--with-children'] : []),
  ];
}

/** Options for one table name it by `--table`. */
function tablesOf({ rows, keys, columns }: RestoreRequest): string[] {
  return [rows, keys, columns].flatMap(each => Object.keys(each));
}
