/** Which transaction changed a row of a batch, and where its key came from. */
import { describe, expect, it } from 'vitest';
import { TouchedRows } from '../../../lib/operations/incident/touched-rows.ts';

const key = (...texts: string[]) => texts.map(text => Buffer.from(text));
const texts = (values: readonly (Uint8Array | null | undefined)[] | undefined) =>
  values?.map(value => value && Buffer.from(value).toString());

describe('rows that transactions touch', () => {
  it('are told apart by their transaction, until everything is applied', () => {
    const touched = new TouchedRows();
    touched.begin(1);
    touched.touch({ key: key('a') });
    expect(touched.isTouched([{ key: key('a') }])).toBe(false);
    touched.begin(2);
    expect(touched.isTouched([{ key: key('b') }])).toBe(false);
    expect(touched.isTouched([{ key: key('c'), oldKey: key('a') }])).toBe(true);
    touched.clear();
    expect(touched.isTouched([{ key: key('a') }])).toBe(false);
  });

  it('keep the key that they had before the transaction, across several changes of it', () => {
    const touched = new TouchedRows();
    touched.begin(1);
    touched.touch({ key: key('b'), oldKey: key('a') });
    touched.touch({ key: key('c'), oldKey: key('b') });
    expect(texts(touched.of(key('c')).from)).toEqual(['a']);
    touched.touch({ key: key('a'), oldKey: key('c') });
    expect(touched.of(key('a')).from).toBeUndefined();
    touched.begin(2);
    touched.touch({ key: key('d'), oldKey: key('a') });
    expect(texts(touched.of(key('d')).from)).toEqual(['a']);
  });

  it('know both rows of two that exchange their keys', () => {
    const touched = new TouchedRows();
    touched.begin(1);
    touched.touch({ key: key('t'), oldKey: key('a') });
    touched.touch({ key: key('a'), oldKey: key('b') });
    touched.touch({ key: key('b'), oldKey: key('t') });
    expect(texts(touched.of(key('a')).from)).toEqual(['b']);
    expect(texts(touched.of(key('b')).from)).toEqual(['a']);
  });

  it('are the open transaction’s where nothing else is known: memory is bounded', () => {
    const touched = new TouchedRows(2);
    touched.begin(7);
    touched.touch({ key: key('a') });
    expect(touched.isFull).toBe(false);
    touched.touch({ key: key('b') });
    expect(touched.isFull).toBe(true);
    touched.clear();
    expect(touched.of(key('a')).transaction).toBe(7);
  });
});
