/** Actions of the application's users, one transaction each. They run inside BEGIN … COMMIT as role workbench. */
import { randomUUID } from 'node:crypto';
import type pg from 'pg';

export interface Action {
  readonly name: string;
  /** `random` is in [0, 1) and seeded. */
  run(client: pg.Client, tenant: string, random: () => number): Promise<void>;
}

export const ACTIONS: readonly Action[] = [
  { name: 'open task', run: openTask },
  { name: 'move task', run: moveTask },
  { name: 'move task', run: moveTask },
  { name: 'log time', run: logTime },
  { name: 'issue invoice', run: issueInvoice },
  { name: 'receive payment', run: receivePayment },
  { name: 'edit document', run: editDocument },
  { name: 'delete comment', run: deleteComment },
  { name: 'change setting', run: changeSetting },
];

/** One of the tenant's newest rows: the n-th newest, n below fifty. */
const RECENT = 'WHERE tenant_id = $1 ORDER BY id DESC OFFSET $2 LIMIT 1';

async function openTask(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  const { rows } = await client.query(
    `INSERT INTO tasks (tenant_id, project_id, assignee_id, title, estimate, position)
     SELECT $1, p.id, (SELECT min(id) FROM users WHERE tenant_id = $1), 'Follow up no. ' || $3::int, interval '2 hours', $3::int
     FROM (SELECT id FROM projects ${RECENT}) AS p RETURNING id`,
    [tenant, nth(random), Math.floor(random() * 10_000)],
  );
  if (rows.length === 0) return;
  await client.query("INSERT INTO comments (task_id, body) VALUES ($1, 'Opened from the planning meeting')", [
    rows[0].id,
  ]);
  await client.query(
    "INSERT INTO audit_log (tenant_id, actor, action, origin, detail) VALUES ($1, 'user', 'task.opened', '10.1.2.3', jsonb_build_object('task', $2::bigint))",
    [tenant, rows[0].id],
  );
}

async function moveTask(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  const { rows } = await client.query(
    `UPDATE tasks SET state = (ARRAY['open', 'doing', 'review', 'done']::task_state[])[$3], position = position + 0.25
     WHERE id = (SELECT id FROM tasks ${RECENT}) RETURNING id`,
    [tenant, nth(random), 1 + Math.floor(random() * 4)],
  );
  if (rows.length > 0)
    await client.query("INSERT INTO comments (task_id, body) VALUES ($1, 'Moved on the board')", [rows[0].id]);
}

async function logTime(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  await client.query(
    `INSERT INTO time_entries (tenant_id, day, task_id, user_id, minutes, rate)
     SELECT $1, current_date, id, assignee_id, $3::int, 95 FROM (SELECT id, assignee_id FROM tasks ${RECENT}) AS t WHERE assignee_id IS NOT NULL`,
    [tenant, nth(random), 15 + Math.floor(random() * 100)],
  );
}

async function issueInvoice(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  const { rows } = await client.query(
    `INSERT INTO invoices (tenant_id, customer_id, number, public_token, state, issued, currency)
     SELECT $1, c.id, 'L-' || left($3::text, 13), $3::uuid, 'sent', current_date, 'EUR' FROM (SELECT id FROM customers ${RECENT}) AS c RETURNING id`,
    [tenant, nth(random), randomUUID()],
  );
  if (rows.length === 0) return;
  await client.query(
    `INSERT INTO invoice_lines (invoice_id, line, description, quantity, unit_price)
     SELECT $1, l, 'Work, week ' || l, $2::numeric, 110 FROM generate_series(1, 3) AS l`,
    [rows[0].id, (1 + random() * 20).toFixed(2)],
  );
  await client.query(
    "INSERT INTO line_taxes SELECT invoice_id, line, 'VAT', 19 FROM invoice_lines WHERE invoice_id = $1",
    [rows[0].id],
  );
  await client.query(
    'UPDATE invoices SET total = (SELECT round(sum(amount) * 1.19, 2) FROM invoice_lines WHERE invoice_id = id) WHERE id = $1',
    [rows[0].id],
  );
}

async function receivePayment(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  const { rows } = await client.query(
    `UPDATE invoices SET state = 'paid' WHERE state = 'sent' AND id = (SELECT id FROM invoices ${RECENT}) RETURNING id, total`,
    [tenant, nth(random)],
  );
  if (rows.length === 0) return;
  const id = randomUUID();
  await client.query(
    "INSERT INTO payments VALUES ($1::uuid, $2, $3, 'pay_' || $1::uuid::text, $4, clock_timestamp())",
    [id, tenant, rows[0].id, rows[0].total],
  );
}

async function editDocument(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  await client.query(
    `UPDATE documents SET body = body || ' Amended in section ' || $3::int || '.', revision = revision + 1
     WHERE tenant_id = $1 AND id = (SELECT id FROM documents ${RECENT})`,
    [tenant, nth(random), Math.floor(random() * 100)],
  );
}

async function deleteComment(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  await client.query(
    `DELETE FROM comments WHERE id = (SELECT max(c.id) FROM comments c JOIN (SELECT id FROM tasks ${RECENT}) AS t ON c.task_id = t.id)`,
    [tenant, nth(random)],
  );
}

async function changeSetting(client: pg.Client, tenant: string, random: () => number): Promise<void> {
  await client.query(
    `UPDATE tenant_settings SET value = to_jsonb((value #>> '{}')::int + 1), updated_at = clock_timestamp()
     WHERE tenant_id = $1 AND key = CASE WHEN $2 < 0.5 THEN 'invoice.next_number' ELSE 'retention.days' END`,
    [tenant, random()],
  );
}

function nth(random: () => number): number {
  return Math.floor(random() ** 2 * 50);
}
