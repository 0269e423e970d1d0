/** Questions of operators about a log: what may be asked, and that no answer can carry a row or be cut silently. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANSWERS,
  type AnswerTo,
  fitAnswer,
  parseInvestigation,
  type SummedTransaction,
} from '../../../lib/domain/investigation.ts';
import { tenantId, tenantRef } from '../../../lib/domain/tenant.ts';

const TENANT = tenantRef('an installation', tenantId('acme'));
const sum = { table: 'public.a', insert: 0, update: 0, delete: 3, truncate: 0 };
const transaction: SummedTransaction = {
  ...{ lsn: '0/10', time: '2026-03-01T02:42:07.123456Z', xid: 7, changes: [], total: 3 },
  tables: [sum],
};
const list = (transactions: SummedTransaction[]): AnswerTo<'transactions'> => ({
  ...{ transactions, more: false, truncated: false, unrouted: [], holes: [] },
});
/** As Lambda counts: the document is a string of the answer. */
const bytes = (document: unknown) => Buffer.byteLength(JSON.stringify({ body: JSON.stringify(document) }));

describe('an answer', () => {
  it('has no room for a row, its key or a value', () => {
    expect(ANSWERS.transactions.safeParse(list([transaction])).success).toBe(true);
    const rows = [
      { op: 'delete', table: 'public.a', key: { id: '1' } },
      { op: 'insert', table: 'public.a', key: { id: '1' }, row: { id: '1' } },
      { op: 'update', table: 'public.a', key: { id: '1' }, row: {}, before: {} },
      { op: 'truncate', table: 'public.a', key: { id: '1' } },
    ];
    for (const change of rows) {
      const withRow = { ...transaction, changes: [change] };
      expect(ANSWERS.transactions.safeParse({ ...list([]), transactions: [withRow] }).success).toBe(false);
      expect(ANSWERS.suspects.safeParse({ transactions: [withRow] }).success).toBe(false);
      expect(ANSWERS.transaction.safeParse({ transaction: withRow, unrouted: [] }).success).toBe(false);
    }
    const summed = { ...transaction, tables: [{ ...sum, rows: [] }] };
    expect(ANSWERS.suspects.safeParse({ transactions: [summed] }).success).toBe(false);
  });

  it('that is too long is cut from the end and says so, and is otherwise unchanged', () => {
    const context = fc.dictionary(fc.string({ minLength: 1 }), fc.string({ maxLength: 200 }), { maxKeys: 3 });
    const transactions = fc.array(
      fc.record({ context, xid: fc.nat() }).map(facts => ({ ...transaction, ...facts })),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(transactions, fc.integer({ min: 1000, max: 8000 }), (found, most) => {
        const whole = list(found);
        const outcome = attempt(() => fitAnswer('transactions', whole, most));
        if ('code' in outcome) {
          // Not even one fits.
          expect(outcome.code).toBe('answer-too-large');
          expect(bytes({ ...whole, transactions: found.slice(0, 1) })).toBeGreaterThan(most);
          return;
        }
        expect(bytes(outcome) - '{"body":}'.length).toBeLessThanOrEqual(most);
        const kept = outcome.transactions.length;
        expect(outcome.transactions).toEqual(found.slice(0, kept));
        const isCut = kept < found.length;
        expect([outcome.truncated, outcome.more]).toEqual([isCut, isCut]);
      }),
    );
  });

  it('that cannot be cut is refused, with what to narrow', () => {
    const buckets = Array.from({ length: 100 }, (_, index) => ({
      ...{ from: index, to: index + 1, unrecorded: 0, largest: [], insert: 1, update: 0, delete: 0, truncate: 0 },
    }));
    const answer = { unrouted: [], holes: [], sizeMs: 1, buckets };
    expect(fitAnswer('activity', answer)).toBe(answer);
    expect(() => fitAnswer('activity', answer, 1000)).toThrowError(
      expect.objectContaining({ code: 'answer-too-large', hint: expect.stringContaining('--from and --to') }),
    );
  });
});

describe('a question', () => {
  const asking = (question: object, rest: object = {}) => ({
    ...{ format: 'holdfast.investigation/1', tenant: TENANT, question },
    ...rest,
  });

  it('is read as it was written', () => {
    const body = asking({ ask: 'activity', range: { from: '2026-03-01T00:00:00Z' }, bucketMs: 60_000 });
    expect(parseInvestigation(body)).toEqual(body);
  });

  it.each([
    ['nothing', undefined],
    ['another version', asking({ ask: 'suspects', range: {} }, { format: 'holdfast.investigation/2' })],
    ['every tenant', asking({ ask: 'suspects', range: {} }, { tenant: '*' })],
    ['a tenant by its id', asking({ ask: 'suspects', range: {} }, { tenant: 'acme' })],
    ['the system', asking({ ask: 'suspects', range: {} }, { tenant: 'system' })],
    ['rows', asking({ ask: 'log', range: {} })],
    ['rows besides', asking({ ask: 'transaction', transaction: '7', rows: 10 })],
    ['a bucket of any size', asking({ ask: 'activity', range: {}, bucketMs: 1 })],
    ['too many transactions', asking({ ask: 'revert', transactions: Array(1001).fill('7'), tables: [] })],
  ])('about %s is refused by name', (_what, body) => {
    expect(() => parseInvestigation(body)).toThrowError(expect.objectContaining({ code: 'bad-investigation' }));
  });
});

function attempt<T>(work: () => T): T | { code: string } {
  try {
    return work();
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}
