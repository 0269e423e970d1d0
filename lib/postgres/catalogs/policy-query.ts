/**
 * Runs the team's query for tiers and retention: read-only, with limits, and without any code of the application's. The
 * query is the only SQL here that Holdfast did not write, and what it means is decided by the owner of the tables (a cast,
 * an operator, a view), so it is analyzed first and not run unless everything that it calls belongs to the server.
 *
 * The analysis is the server's own: debug_print_parse sends the parse tree of a PREPARE to this session as a message,
 * with the object id of every function. EXPLAIN would plan, and planning already evaluates constants.
 */
import { SourceError } from '../../domain/errors.ts';
import { POLICY_COLUMNS, type PolicyRow } from '../../domain/tenant-policy.ts';
import { type Connection, type Source, withConnection } from '../connection.ts';
import { asSourceError } from '../source-error.ts';

const STATEMENT_MS = 60_000;
/** The application's DDL queues behind a lock that is waited for. */
const LOCK_MS = 2_000;
const MOST_ROWS = 1_000_000;
const NAME = 'holdfast_tenant_policies';

/** Every column as text. SourceError `policy-query-refused`, `policy-query-failed`; others if the connection fails. */
export async function runPolicyQuery(source: Source, query: string): Promise<PolicyRow[]> {
  return withConnection(source, 'tenant policies', async connection => {
    try {
      await connection.query(
        `BEGIN TRANSACTION READ ONLY; SET LOCAL search_path = ''; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${LOCK_MS}`,
      );
      await refuseForeignCode(connection, await analyze(connection, query));
      return await execute(connection);
    } catch (error) {
      throw failure(error);
    }
  });
}

/** Prepares the query, which evaluates nothing of it, and returns its parse tree. */
async function analyze(connection: Connection, query: string): Promise<string> {
  const trees: string[] = [];
  const listen = ({ message, detail }: { message?: string | undefined; detail?: string | undefined }) => {
    // The server wraps it into lines, at any space.
    if (message === 'parse tree:' && detail !== undefined) trees.push(detail.replaceAll(/\s+/g, ' '));
  };
  await connection.query(
    `SET LOCAL debug_print_parse = on; SET LOCAL debug_pretty_print = off; SET LOCAL client_min_messages = log`,
  );
  connection.on('notice', listen);
  try {
    // A subquery cannot write, and the extended protocol takes one statement only.
    const text = `PREPARE ${NAME} AS SELECT * FROM (${query.trim().replace(/;$/, '')}\n) AS answer LIMIT ${MOST_ROWS + 1}`;
    await connection.query({ text, queryMode: 'extended' } as { text: string });
  } finally {
    connection.off('notice', listen);
  }
  await connection.query(`SET LOCAL debug_print_parse = off; SET LOCAL client_min_messages = warning`);
  const analyzed = trees.filter(tree => tree.startsWith('{QUERY :commandType 1 '));
  if (analyzed.length !== 1) throw refused('the server does not show what it calls');
  return analyzed[0]!;
}

/** Functions in other languages than C, aggregates, and what changes something or runs a text as SQL. */
const FOREIGN = `
  SELECT count(*)::int AS foreign_code
    FROM pg_catalog.pg_proc AS called JOIN pg_catalog.pg_language AS written ON written.oid = called.prolang
   WHERE called.oid = ANY ($1::oid[])
     AND (called.provolatile = 'v' OR called.proname LIKE '%\\_to\\_xml%'
          OR called.oid >= 16384 AND (written.lanname NOT IN ('internal', 'c') OR called.prokind <> 'f'))`;

async function refuseForeignCode(connection: Connection, tree: string): Promise<void> {
  if (tree.includes('{COERCETODOMAIN ')) throw refused('it casts to a domain');
  const kinds = [...tree.matchAll(/ :relkind (\S+)/g)].map(match => match[1]!);
  if (kinds.some(kind => !['r', 'p', 'm', '<>'].includes(kind))) throw refused('it reads a view or a foreign table');
  if (/ :tablesample \{/.test(tree)) throw refused('it reads a sample of a table');
  const called = [...tree.matchAll(/ :\w*(?:funcid|fnoid|fn_oid) (\d+)/g)].map(match => match[1]!);
  const operators = [...tree.matchAll(/ :(?:\w*opno|eqop|sortop|\w*opnos) \(?(?:o )?([\d ]+)/g)].flatMap(match =>
    match[1]!.trim().split(' '),
  );
  const { rows } = await connection.query(
    `SELECT COALESCE(pg_catalog.array_agg(oprcode::oid::text), '{}') AS functions FROM pg_catalog.pg_operator WHERE oid = ANY ($1::oid[])`,
    [operators],
  );
  const all = [...new Set([...called, ...(rows[0].functions as string[])])];
  const found = await connection.query(FOREIGN, [all]);
  if (found.rows[0].foreign_code > 0) {
    throw refused(
      'it calls a function, an operator, an aggregate or a cast that is not the server’s own, or that has effects',
    );
  }
}

async function execute(connection: Connection): Promise<PolicyRow[]> {
  const asText = { getTypeParser: () => (value: string) => value };
  const { fields, rows } = await connection.query({ text: `EXECUTE ${NAME}`, types: asText } as { text: string });
  const names = fields.map(field => field.name);
  const wrong = names.filter((name, index) => !POLICY_COLUMNS.includes(name) || names.indexOf(name) !== index);
  if (!names.includes('tenant') || wrong.length > 0) {
    throw refused(`its columns must be tenant and any of ${POLICY_COLUMNS.slice(1).join(', ')}, each once`);
  }
  if (rows.length > MOST_ROWS) throw refused(`it returns more than ${MOST_ROWS} rows`);
  await connection.query('COMMIT');
  return rows;
}

function refused(why: string): SourceError {
  return new SourceError('policy-query-refused', `The query for tiers and retention is not run: ${why}.`, {
    hint: 'Read the tenant table itself with one plain SELECT (docs/tenant-policies.md); holdfast doctor runs the query and shows the result in counts.',
  });
}

/** The server's own message may quote values of rows. */
function failure(error: unknown): Error {
  if ((error as { code?: string }).code === '25006') return refused('it writes or locks rows');
  const known = asSourceError(error, 'reading tiers and retention of tenants');
  if (known.code !== 'source-failed' && known.code !== 'schema-changed') return known;
  return new SourceError(
    'policy-query-failed',
    `The query for tiers and retention failed with SQLSTATE ${known.details.state ?? 'none'}.`,
    {
      hint: `Run it as Holdfast's role with search_path = '', in at most ${STATEMENT_MS / 1000} s: names need their schema. The server log has the full message.`,
      cause: error,
      details: { state: known.details.state ?? null },
    },
  );
}
