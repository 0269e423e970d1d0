/**
 * The snippets of docs/transaction-context.md, as they stand there, in the frameworks that can be had from npm and PyPI:
 * Holdfast reads the context that they send, with the rows of the transaction.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeLog } from '../../lib/operations/log/describe-log.ts';
import { shipLog } from '../../lib/operations/log/ship-log.ts';
import { pythonWithServers } from '../support/servers.ts';
import { SETUP_TIMEOUT_MS } from '../support/tool-cache.ts';
import { type LogFixture, logFixture } from './log-fixture.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/transaction-context.md'), 'utf8');
const DJANGO = join(import.meta.dirname, '../support/django-context.py');

/** The code under a heading of the page. */
function snippet(heading: string): string {
  return new RegExp(`^## ${heading}\\n\\n\`\`\`\\w+\\n(.*?)^\`\`\``, 'ms').exec(PAGE)![1]!;
}

describe('the snippet for', () => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(18);
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  const shipped = async () => {
    await shipLog(log.ctx);
    const contexts: unknown[] = [];
    for await (const transaction of describeLog(log.ctx, log.ref('a'))) contexts.push(transaction.context);
    return { contexts, log: (await log.log('a')).filter(line => line.startsWith('I')) };
  };

  it(
    'Django is read with the rows of each request; a request that fails leaves neither',
    async () => {
      const { hostname, port, username, password, pathname } = new URL(log.database.url);
      const database = {
        ...{ HOST: hostname, PORT: port, USER: decodeURIComponent(username), PASSWORD: decodeURIComponent(password) },
        NAME: pathname.slice(1),
      };
      const ran = spawnSync(await pythonWithServers(), ['-B', DJANGO], {
        input: JSON.stringify({ snippet: snippet('Django'), database }),
        encoding: 'utf8',
      });
      expect({ stderr: ran.stderr, statuses: ran.stdout.trim() }).toEqual({ stderr: '', statuses: '[200, 500, 200]' });
      expect(await shipped()).toEqual({
        contexts: [{ user: '42', request: 'req-1' }, {}],
        log: ['I orders a,1,from Django,∅', 'I orders a,3,from Django,∅'],
      });
    },
    SETUP_TIMEOUT_MS,
  );

  it('Drizzle is read with the rows that its transaction writes', async () => {
    const db = drizzle(log.database.url);
    const orders = pgTable('orders', { tenant: text('tenant_id'), id: integer('id'), note: text('note') });
    const run = new Function('db', 'sql', 'context', 'work', `return (async () => { ${snippet('Drizzle')} })()`);
    try {
      const work = (tx: typeof db) => tx.insert(orders).values({ tenant: 'a', id: 1, note: "it's" });
      await run(db, sql, { user: "o'hara", job: 'import', attempt: 2 }, work);
    } finally {
      await db.$client.end();
    }
    expect(await shipped()).toEqual({
      contexts: [{ user: "o'hara", job: 'import', attempt: '2' }],
      log: ["I orders a,1,it's,∅"],
    });
  });

  it('psql is read with the rows that the script changes', async () => {
    await log.sql(`CREATE SCHEMA app; CREATE TABLE app.invoices (tenant_id text, state text)`);
    const script = snippet('psql and scripts').replace('COMMIT;', `INSERT INTO orders VALUES ('a', 1, 'x'); COMMIT;`);
    await log.sql(script);
    expect(await shipped()).toEqual({
      contexts: [{ user: decodeURIComponent(new URL(log.database.url).username), job: 'fix-4711' }],
      log: ['I orders a,1,x,∅'],
    });
  });
});
