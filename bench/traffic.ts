/**
 * Traffic on the generated database: many transactions of about 200 row changes of one tenant (new events, tasks with
 * comments, updated tasks and comments, deleted comments), generated inside the server by a procedure, so that a million
 * changes take seconds. Also the accident that a restore has to undo.
 */
import { SMALL_TENANT } from './database.ts';
import { psql } from './server.ts';

const CHANGES_A_TRANSACTION = 200;

/** About `changes` row changes; `tenants` is a query for the tenants that alternate (default: all fifty). */
export async function traffic(url: string, changes: number, tenants = 'SELECT id FROM tenants'): Promise<void> {
  const transactions = Math.max(1, Math.round(changes / CHANGES_A_TRANSACTION));
  await psql(url, `${PROCEDURE} CALL bench_traffic(${transactions}, '${tenants}');`);
}

/** One transaction with `changes` rows: an import of events for all tenants. */
export async function giantTransaction(url: string, changes: number): Promise<void> {
  await psql(
    url,
    `INSERT INTO events (tenant_id, id, at, kind, actor, payload)
     SELECT 1 + i % 50, 1000000000000 + (SELECT coalesce(max(id), 0) FROM events) + i, now(), 'imported', 1,
            jsonb_build_object('n', i, 'hash', md5(i::text)) FROM generate_series(1, ${changes}) AS i;`,
  );
}

/**
 * A day's work of one tenant: 1 % new rows at the end, 1 % of the recent rows updated, 0.1 % at random. Analyzes, as
 * autovacuum (off here) would have.
 */
export async function dayOfWork(url: string, tenant: string): Promise<void> {
  await psql(
    url,
    `
    INSERT INTO events SELECT tenant_id, id + (SELECT max(id) FROM events), at + interval '1 year', kind, actor, payload
      FROM (SELECT * FROM events WHERE tenant_id = ${tenant} ORDER BY id LIMIT (SELECT count(*) / 100 FROM events WHERE tenant_id = ${tenant})) AS oldest;
    WITH copied AS (INSERT INTO tasks (tenant_id, project_number, title, body, state, priority, due, hours, labels, updated_at)
      SELECT tenant_id, project_number, title, body, 'open', priority, due, hours, labels, now()
      FROM (SELECT * FROM tasks WHERE tenant_id = ${tenant} ORDER BY id LIMIT (SELECT count(*) / 100 FROM tasks WHERE tenant_id = ${tenant})) AS oldest RETURNING id)
    INSERT INTO comments (task_id, author, body, created_at) SELECT id, 1, 'Opened', now() FROM copied, generate_series(1, 2);
    UPDATE tasks SET state = 'done', updated_at = now() WHERE tenant_id = ${tenant} AND id > (SELECT max(id) * 9 / 10 FROM tasks) AND id % 10 = 3;
    UPDATE events SET payload = payload || '{"seen": true}' WHERE tenant_id = ${tenant} AND id > (SELECT percentile_disc(0.89) WITHIN GROUP (ORDER BY id) FROM events WHERE tenant_id = ${tenant}) AND id % 10 = 7;
    UPDATE tasks SET hours = hours + 1 WHERE tenant_id = ${tenant} AND hashint8(id) % 1000 = 0;
    UPDATE events SET actor = actor + 1 WHERE tenant_id = ${tenant} AND hashint8(id) % 1000 = 0;
    UPDATE comments SET body = body || '!' WHERE hashint8(id) % 1000 = 0 AND task_id IN (SELECT id FROM tasks WHERE tenant_id = ${tenant});
    ANALYZE;`,
  );
}

/** The accident: about one percent of the small tenant's rows is overwritten or deleted. */
export async function accident(url: string): Promise<void> {
  const t = SMALL_TENANT;
  await psql(
    url,
    `BEGIN;
    UPDATE events SET payload = '{}' WHERE tenant_id = ${t} AND abs(hashint8(id)) % 100 = 0;
    UPDATE tasks SET title = 'TEST', hours = 0 WHERE tenant_id = ${t} AND abs(hashint8(id)) % 200 = 0;
    DELETE FROM comments WHERE abs(hashint8(id)) % 150 = 0 AND task_id IN (SELECT id FROM tasks WHERE tenant_id = ${t});
    UPDATE invoices SET total = 0 WHERE tenant_id = ${t} AND abs(hashint8(id)) % 100 = 0;
    UPDATE tenants SET settings = '{}' WHERE id = ${t};
    COMMIT;`,
  );
}

const PROCEDURE = `
CREATE OR REPLACE PROCEDURE bench_traffic(transactions int, tenants text) LANGUAGE plpgsql AS $$
DECLARE
  turns bigint[];
  t bigint;
  next_event bigint := (SELECT coalesce(max(id), 0) FROM events);
  start bigint;
BEGIN
  EXECUTE 'SELECT ARRAY(' || tenants || ')' INTO turns;
  FOR n IN 1 .. transactions LOOP
    t := turns[1 + n % cardinality(turns)];
    start := (SELECT id FROM tasks WHERE tenant_id = t AND id >= (random() * currval_or_zero())::bigint ORDER BY id LIMIT 1);
    start := coalesce(start, (SELECT min(id) FROM tasks WHERE tenant_id = t));
    INSERT INTO events SELECT t, next_event + i, clock_timestamp(), 'task.opened', i, jsonb_build_object('request', md5(i::text), 'n', n)
      FROM generate_series(1, 80) AS i;
    next_event := next_event + 80;
    WITH opened AS (INSERT INTO tasks (tenant_id, project_number, title, body, state, priority, hours, labels, updated_at)
      SELECT t, 1 + i, 'Follow up ' || n, 'As discussed: ' || md5(n::text), 'open', 1, i, ARRAY['new'], clock_timestamp() FROM generate_series(1, 20) AS i RETURNING id)
    INSERT INTO comments (task_id, author, body, created_at) SELECT id, 1, 'Opened from the meeting ' || n, clock_timestamp() FROM opened;
    UPDATE tasks SET state = 'doing', hours = hours + 0.25, updated_at = clock_timestamp()
      WHERE id IN (SELECT id FROM tasks WHERE tenant_id = t AND id >= start ORDER BY id LIMIT 50);
    UPDATE comments SET body = left(body, 60) || ' (edited)' WHERE id IN (SELECT c.id FROM comments c JOIN tasks k ON k.id = c.task_id
      WHERE k.tenant_id = t AND k.id >= start ORDER BY k.id LIMIT 20);
    DELETE FROM comments WHERE id IN (SELECT c.id FROM comments c JOIN tasks k ON k.id = c.task_id
      WHERE k.tenant_id = t AND k.id >= start ORDER BY k.id DESC LIMIT 10);
    COMMIT;
  END LOOP;
END $$;
CREATE OR REPLACE FUNCTION currval_or_zero() RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT last_value FROM tasks_id_seq $$;
`;
