/**
 * A witness that is independent of Holdfast: it records a tenant's rows with plain, hand-written SQL, and later reports
 * the differences. It also reads from the system columns of the rows which transaction wrote them, and so reports which
 * tenants' rows a restore touched.
 */
import type pg from 'pg';
import { withClient } from './database.ts';

/** Every table with tenants' rows, and the condition for the rows of tenant $1. Written by hand on purpose. */
const TENANT_ROWS: Readonly<Record<string, string>> = {
  tenants: 'x.id = $1',
  users: 'x.tenant_id = $1',
  roles: 'x.tenant_id = $1',
  user_roles: 'x.tenant_id = $1',
  tenant_settings: 'x.tenant_id = $1',
  api_keys: 'x.tenant_id = $1',
  webhooks: 'x.tenant_id = $1',
  '"customFields"': 'x."tenantId" = $1',
  customers: 'x.tenant_id = $1',
  projects: 'x.tenant_id = $1',
  milestones: 'x.project_id IN (SELECT id FROM projects WHERE tenant_id = $1)',
  tasks: 'x.tenant_id = $1',
  comments: 'x.task_id IN (SELECT id FROM tasks WHERE tenant_id = $1)',
  attachments: 'x.comment_id IN (SELECT c.id FROM comments c JOIN tasks t ON t.id = c.task_id WHERE t.tenant_id = $1)',
  time_entries: 'x.tenant_id = $1',
  invoices: 'x.tenant_id = $1',
  invoice_lines: 'x.invoice_id IN (SELECT id FROM invoices WHERE tenant_id = $1)',
  line_taxes: 'x.invoice_id IN (SELECT id FROM invoices WHERE tenant_id = $1)',
  payments: 'x.tenant_id = $1',
  documents: 'x.tenant_id = $1',
  notifications: 'x.user_id IN (SELECT id FROM users WHERE tenant_id = $1)',
  audit_log: 'x.tenant_id = $1',
};

/** Table → digests of its rows in text form, and one digest of all of them in order. */
export interface Testimony {
  readonly tables: ReadonlyMap<
    string,
    { readonly rows: number; readonly digest: string; readonly rowDigests: ReadonlySet<string> }
  >;
  readonly rows: number;
}

/** Records the tenant's rows in one database snapshot. */
export async function remember(url: string, tenant: string): Promise<Testimony> {
  return inWorkbench(url, async client => {
    const tables = new Map<string, { rows: number; digest: string; rowDigests: Set<string> }>();
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    for (const [table, condition] of Object.entries(TENANT_ROWS)) {
      const { rows } = await client.query(
        `SELECT coalesce(array_agg(d), '{}') AS digests, coalesce(md5(string_agg(d, '' ORDER BY d)), '') AS digest
         FROM (SELECT md5(x::text) AS d FROM ${table} x WHERE ${condition}) AS digested`,
        [tenant],
      );
      tables.set(table, { rows: rows[0].digests.length, digest: rows[0].digest, rowDigests: new Set(rows[0].digests) });
    }
    await client.query('COMMIT');
    return { tables, rows: [...tables.values()].reduce((sum, table) => sum + table.rows, 0) };
  });
}

export interface Difference {
  readonly table: string;
  /** Recorded rows that no longer exist in that form, and rows that did not exist then. */
  readonly gone: number;
  readonly added: number;
}

/** Where two testimonies differ; empty if no byte of any row does. */
export function differences(then: Testimony, now: Testimony): Difference[] {
  return [...then.tables].flatMap(([table, before]) => {
    const after = now.tables.get(table)!;
    if (before.digest === after.digest) return [];
    const gone = [...before.rowDigests].filter(row => !after.rowDigests.has(row)).length;
    const added = [...after.rowDigests].filter(row => !before.rowDigests.has(row)).length;
    return [{ table, gone, added }];
  });
}

/** Rows that an accident between the first two testimonies deleted or changed, and what of it is left in the third. */
export function damageLeft(before: Testimony, after: Testimony, now: Testimony) {
  const sum = { damaged: 0, missing: 0, left: 0 };
  for (const [table, { rowDigests }] of before.tables) {
    const [then, is] = [after.tables.get(table)!.rowDigests, now.tables.get(table)!.rowDigests];
    const damaged = [...rowDigests].filter(row => !then.has(row));
    sum.damaged += damaged.length;
    sum.missing += damaged.filter(row => !is.has(row)).length;
    sum.left += [...then].filter(row => !rowDigests.has(row) && is.has(row)).length;
  }
  return sum;
}

/** Tables in which the application only inserts: a row of them that is gone was lost. */
const INSERTED_ONLY = ['audit_log', 'payments'];

/** Rows that the tenant wrote between two testimonies, in all tables. */
export function rowsWritten(then: Testimony, now: Testimony): number {
  return differences(then, now).reduce((sum, { added }) => sum + added, 0);
}

/** Rows that were there and that nobody but a restore could have taken away. */
export function rowsLost(then: Testimony, now: Testimony): number {
  const lost = differences(then, now).filter(({ table }) => INSERTED_ONLY.includes(table));
  return lost.reduce((sum, { gone }) => sum + gone, 0);
}

export interface Touched {
  /** Rows of the tenant, and of all other tenants, that the transaction wrote or locked. */
  readonly own: number;
  readonly others: number;
}

/** Reads for every row of every tenant which transaction wrote it last (xmin) and which locked it last (xmax). */
export async function touchedBy(url: string, transaction: string, tenant: string): Promise<Touched> {
  return inWorkbench(url, async client => {
    let own = 0;
    let others = 0;
    for (const [table, condition] of Object.entries(TENANT_ROWS)) {
      const { rows } = await client.query(
        `SELECT count(*) FILTER (WHERE mine)::int AS own, count(*) FILTER (WHERE NOT mine)::int AS others
         FROM (SELECT coalesce(${condition}, false) AS mine FROM ${table} x WHERE $2 IN (x.xmin::text, x.xmax::text)) AS touched`,
        [tenant, transaction],
      );
      own += rows[0].own;
      others += rows[0].others;
    }
    return { own, others };
  });
}

/** The transaction that last wrote a row of the tenant's settings. */
export async function lastWriterOfSettings(url: string, tenant: string): Promise<string> {
  return inWorkbench(url, async client => {
    const sql = 'SELECT xmin::text AS writer FROM tenant_settings WHERE tenant_id = $1 ORDER BY age(xmin) LIMIT 1';
    const { rows } = await client.query(sql, [tenant]);
    return rows[0].writer as string;
  });
}

function inWorkbench<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  return withClient(url, async client => {
    await client.query('SET search_path = app');
    return work(client);
  });
}
