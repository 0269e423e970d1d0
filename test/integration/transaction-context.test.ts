/**
 * The context of a transaction is in the sealed log of every tenant whose rows the transaction changes, and of nobody else,
 * wherever in the transaction the application said it. It is no change, and whoever replays the log does not notice it.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tenantId } from '../../lib/domain/tenant.ts';
import { describeLog } from '../../lib/operations/log/describe-log.ts';
import { foldIncrementals } from '../../lib/operations/log/fold-tenant.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { takeSnapshot } from '../../lib/operations/snapshot/take-snapshot.ts';
import { PG_VERSIONS } from '../support/postgres.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const said = (context: string, prefix = 'holdfast.context', transactional = true) =>
  `SELECT pg_logical_emit_message(${transactional}, '${prefix}', '${context}')`;
const ANA = '{"user":"ana"}';
const insert = (tenant: string, id: number) => `INSERT INTO orders VALUES ('${tenant}', ${id}, 'x')`;

describe.each(PG_VERSIONS)('the context of a transaction on PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  const run = (...statements: string[]) => log.sql(['BEGIN', ...statements, 'COMMIT'].join('; '));
  const contexts = async (tenant: string) => {
    const found: unknown[] = [];
    for await (const transaction of describeLog(log.ctx, log.ref(tenant))) found.push(transaction.context);
    return found;
  };

  it.each([
    ['before its rows', [said(ANA), insert('a', 1), insert('a', 2)]],
    ['after its rows', [insert('a', 1), insert('a', 2), said(ANA)]],
    ['between them', [insert('a', 1), said(ANA), insert('a', 2)]],
  ])('is in the tenant’s log, said %s', async (_, statements) => {
    await run(...statements);
    expect(await shipLog(log.ctx)).toMatchObject({ transactions: 1, changes: 2, tenants: 1, contextsTooLong: 0 });
    expect(await log.log('a')).toEqual(['I orders a,1,x,∅', 'I orders a,2,x,∅', `M ${ANA}`]);
    expect(await log.log('b')).toEqual([]);
    expect(await log.log('-')).toEqual([]);
    expect(await contexts('a')).toEqual([{ user: 'ana' }]);
  });

  it('is in the logs of both tenants of a transaction', async () => {
    await run(insert('a', 1), said(ANA), insert('b', 1));
    await run(insert('b', 2));
    await shipLog(log.ctx);
    expect(await contexts('a')).toEqual([{ user: 'ana' }]);
    expect(await contexts('b')).toEqual([{ user: 'ana' }, undefined]);
  });

  it('goes where changes without a proved tenant go', async () => {
    await run(`INSERT INTO weak VALUES (1, 'a', 'x')`);
    await run(said(ANA), `DELETE FROM weak`);
    await shipLog(log.ctx);
    expect(await log.log('a')).toEqual(['I weak 1,a,x']);
    expect(await log.log('-')).toEqual(['D weak [1,∅,∅]', `M ${ANA}`]);
  });

  it('is nowhere if the transaction changes no rows of a tenant, or does not commit', async () => {
    await run(said(ANA));
    await run(said(ANA), `INSERT INTO countries VALUES ('ch')`);
    await log.sql(`BEGIN; ${said(ANA)}; ${insert('a', 1)}; ROLLBACK`);
    await run(insert('a', 2));
    expect(await shipLog(log.ctx)).toMatchObject({ transactions: 1, changes: 1, tenants: 1 });
    expect(await log.log('a')).toEqual(['I orders a,2,x,∅']);
    expect(await log.log('-')).toEqual([]);
  });

  it('does not stick to the transactions that follow', async () => {
    await run(said(ANA), insert('a', 1));
    await run(insert('a', 2));
    await shipLog(log.ctx);
    expect(await contexts('a')).toEqual([{ user: 'ana' }, undefined]);
  });

  it('is the last one of the transaction, without those of savepoints that were rolled back', async () => {
    await run(said('{"user":"first"}'), insert('a', 1), 'SAVEPOINT s', said(ANA), insert('a', 2));
    await run(said(ANA), 'SAVEPOINT s', said('{"user":"gone"}'), insert('a', 3), 'ROLLBACK TO s', insert('a', 4));
    await shipLog(log.ctx);
    expect(await contexts('a')).toEqual([{ user: 'ana' }, { user: 'ana' }]);
    expect((await log.log('a')).filter(line => line.startsWith('M'))).toEqual([`M ${ANA}`, `M ${ANA}`]);
  });

  it('is ignored where it is outside its transaction, has another prefix, or is too long', async () => {
    await run(insert('a', 1), said(ANA, 'holdfast.context', false));
    await run(insert('a', 2), said(ANA, 'holdfast.contexts'), said(ANA, 'holdfast.contex'), said(ANA, 'other'));
    await run(insert('a', 3), `SELECT pg_logical_emit_message(true, 'holdfast.context', repeat('x', 8193))`);
    await run(insert('a', 4), `SELECT pg_logical_emit_message(true, 'holdfast.context', repeat('x', 8192))`);
    expect(await shipLog(log.ctx)).toMatchObject({ changes: 4, contextsTooLong: 1 });
    expect(await contexts('a')).toEqual([undefined, undefined, undefined, { text: 'x'.repeat(8192) }]);
  });

  it('is with a truncation, which concerns every tenant', async () => {
    await run(insert('a', 1), insert('b', 1));
    await run(said(ANA), 'TRUNCATE orders');
    await shipLog(log.ctx);
    expect(await contexts('a')).toEqual([undefined, { user: 'ana' }]);
    expect(await contexts('b')).toEqual([undefined, { user: 'ana' }]);
  });

  it('changes nothing for those who replay and fold the log', async () => {
    await takeSnapshot(log.ctx, tenantId('a'));
    const from = (await shipLog(log.ctx)).to;
    await run(said(ANA), insert('a', 1), `UPDATE orders SET note = 'y'`);
    await run(insert('a', 2), said(ANA));
    const { to } = await shipLog(log.ctx);
    expect(await log.merged('a', from, to)).toEqual([
      'I orders a,1,x,∅',
      'U orders a,1,y,∅',
      `M ${ANA}`,
      'I orders a,2,x,∅',
      `M ${ANA}`,
    ]);
    const [folded] = await foldIncrementals(log.ctx, { tenants: [log.ref('a')] });
    expect(folded).toMatchObject({ changes: 2 });
  });
});
