/** A fix takes effect wholly or not at all: what a failed one began is taken back. */
import { describe, expect, it } from 'vitest';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { runWholeStep } from '../../../lib/postgres/server/whole-step.ts';
import { PG_VERSIONS, testDatabase } from '../../support/postgres.ts';

const FAILS = 'SELECT 1 / 0';

describe.each(PG_VERSIONS)('a fix on PostgreSQL %i', version => {
  it('leaves nothing of itself where one of its statements fails', async () => {
    const db = await testDatabase(version);
    await db.query(`CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE "B b" (id int NOT NULL);
      CREATE UNIQUE INDEX "b id" ON "B b" (id); ALTER TABLE "B b" REPLICA IDENTITY USING INDEX "b id"`);
    const slot = `whole_${db.name}`;
    const identities = async () =>
      (await db.query(`SELECT relname, relreplident FROM pg_class WHERE relname IN ('a', 'B b') ORDER BY 1`)).map(
        row => `${row.relname} ${row.relreplident}`,
      );
    const run = (...statements: string[]) =>
      withConnection(db.source, 'test', connection => runWholeStep(connection, statements, 1000));
    const steps = [
      ['CREATE PUBLICATION p FOR TABLE ONLY public.a', 'ALTER PUBLICATION p ADD TABLE ONLY public."B b"', FAILS],
      ['ALTER TABLE public.a REPLICA IDENTITY FULL;', 'ALTER TABLE public."B b" REPLICA IDENTITY FULL;', FAILS],
      [`SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`, FAILS],
    ];
    for (const statements of steps) await expect(run(...statements)).rejects.toMatchObject({ code: '22012' });
    expect(await db.query('SELECT pubname FROM pg_publication')).toEqual([]);
    expect(await identities()).toEqual(['B b i', 'a d']);
    expect(await db.query(`SELECT slot_name FROM pg_replication_slots WHERE slot_name = '${slot}'`)).toEqual([]);

    for (const statements of steps.slice(0, 2)) await run(...statements.slice(0, -1));
    expect(await identities()).toEqual(['B b f', 'a f']);
    expect(await db.query('SELECT pubname FROM pg_publication')).toHaveLength(1);
    await db.drop();
  });
});
