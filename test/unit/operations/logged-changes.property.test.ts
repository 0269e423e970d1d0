/**
 * What a revert reads of an altered table. Each change is read in the columns that its own relation of the log has: where
 * those lack one of the staged table, the request is refused, or its changes are left out; they are never read in the
 * columns that the table had before.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { buildInsert } from '../../../lib/codec/pgoutput-build.ts';
import { type Lsn, parseLsn } from '../../../lib/domain/lsn.ts';
import { loggedChanges } from '../../../lib/operations/restore/stage/logged-changes.ts';
import type { StagedTable } from '../../../lib/postgres/staging/staging.ts';
import { localDeps } from '../../support/local-deps.ts';
import { addRun, madeCommit, madeContext, NOTES_OID, refNamed, TABLE } from '../../support/made-log.ts';
import { buildRelation } from '../../support/pgoutput-messages.ts';
import { table } from '../../support/table-schema.ts';

const STAGED = ['v', 'id', 'w'];
const schema = { ...table(TABLE, 'v, id!, w', { key: ['id'] }), oid: NOTES_OID };
const staged: StagedTable = {
  ...{
    table: schema.table,
    owned: { kind: 'root', table: schema.table, column: 'id', component: 'data' },
    staged: 's',
    schema,
  },
  columns: STAGED.map((name, at) => ({ name, number: at + 1, stagedType: 'int', asText: false })),
  ...{ key: ['id'], rows: 0, erased: { recorded: 0, dependent: 0 }, dependency: false },
};

/** The table's columns from then on, or a row in them: of each column the value says whose it is. */
const steps = fc.array(
  fc.oneof(
    fc.record({ columns: fc.shuffledSubarray([...STAGED, 'added'], { minLength: 1 }) }),
    fc.record({ row: fc.nat(9) }),
  ),
  { minLength: 2, maxLength: 12 },
);
type Step = { columns: string[] } | { row: number };

function written(given: readonly Step[]) {
  let columns = STAGED;
  let isRead = true;
  const messages = [relationOf(columns)];
  const expected: { key: string; values: string[] }[] = [];
  let refused = false;
  for (const step of given) {
    if ('columns' in step) {
      columns = step.columns;
      isRead = STAGED.every(name => columns.includes(name));
      messages.push(relationOf(columns));
    } else {
      messages.push(
        buildInsert(
          NOTES_OID,
          columns.map(name => Buffer.from(`${name} ${step.row}`)),
        ),
      );
      refused ||= !isRead;
      if (isRead) expected.push({ key: `id ${step.row}`, values: STAGED.map(name => `${name} ${step.row}`) });
    }
  }
  return { messages, expected, refused };
}

function relationOf(columns: readonly string[]): Buffer {
  const named = columns.map(name => ({ name, identity: name === 'id', typeOid: 23, typmod: -1 }));
  return buildRelation({ oid: NOTES_OID, schema: 'public', name: 'notes', replicaIdentity: 'd', columns: named });
}

it('is read in the columns of its own time, or left out, or refused', async () => {
  const deps = await localDeps();
  const ctx = madeContext(deps);
  const read = async (commit: Lsn, partly: boolean) => {
    const stretch = { tables: [staged], tenant: refNamed(deps, 'acme'), from: commit, to: commit, partly };
    const found = [];
    for await (const change of loggedChanges(ctx, stretch))
      if (change.kind === 'row') found.push({ key: String(change.newKey), values: change.values!.map(String) });
    return found;
  };
  const transactions = fc.array(steps.map(written), { minLength: 20, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(transactions, async made => {
      const messages = (index: number) => made[index]!.messages;
      const run = await addRun(ctx, deps, { acme: { xids: made.map((_, index) => index + 3), told: true, messages } });
      for (const [index, { expected, refused }] of made.entries()) {
        const commit = madeCommit(parseLsn(run.from), 0, index);
        expect(await read(commit, true)).toEqual(expected);
        if (refused) await expect(read(commit, false)).rejects.toMatchObject({ code: 'cannot-revert' });
        else expect(await read(commit, false)).toEqual(expected);
      }
    }),
    { numRuns: 5 },
  );
  await deps.dispose();
});
