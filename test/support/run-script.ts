/** Runs a script as psql does: each statement by itself, because some refuse a transaction. */
import { expect } from 'vitest';
import type { TestDatabase } from './postgres.ts';

export async function runScript(db: TestDatabase, script: string): Promise<void> {
  let statement = '';
  let inBlock = false;
  for (const line of script.split('\n')) {
    if (statement === '' && (/^\s*--/.test(line) || line.trim() === '')) continue;
    const text = line.replace(/; -- .*$/, ';');
    inBlock = /^DO \$/.test(text) || (inBlock && !/^END \$/.test(text));
    statement += `${text}\n`;
    const inText = statement.replace(/"(?:[^"]|"")*"/g, '').split("'").length % 2 === 0;
    if (inBlock || inText || !text.endsWith(';')) continue;
    await db.query(statement);
    statement = '';
  }
  expect(statement).toBe('');
}
