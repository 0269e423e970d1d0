/** What is dear to read: one reads it at a time, nobody gets it when it is too old, and a failure is not kept. */
import { expect, it, vi } from 'vitest';
import { keptValue } from '../../../lib/api/kept-value.ts';

/** Each reading waits until it is ended. */
function source() {
  const open: { resolve(value: string): void; reject(error: Error): void }[] = [];
  let time = 0;
  const value = keptValue(
    () => new Promise<string>((resolve, reject) => open.push({ resolve, reject })),
    10,
    () => time,
  );
  return {
    value,
    readings: open,
    at(next: number) {
      time = next;
      return value();
    },
  };
}

it('is read by one for all who ask, and answered without reading while it is new', async () => {
  const { value, readings, at } = source();
  const both = [value(), value()];
  readings[0]!.resolve('a');
  expect(await Promise.all(both)).toEqual(['a', 'a']);
  expect(await at(10)).toBe('a');
  expect(readings).toHaveLength(1);
});

it('is answered as it was while it is read again, and nobody gets what is too old', async () => {
  const { value, readings, at } = source();
  const first = value();
  readings[0]!.resolve('a');
  await first;
  expect(await at(11)).toBe('a');
  expect(readings).toHaveLength(2);
  const late = at(21);
  readings[1]!.resolve('b');
  expect(await late).toBe('b');
  expect(readings).toHaveLength(2);
});

it('is read again after a failure, which only those learn who have nothing else to be answered with', async () => {
  const { value, readings, at } = source();
  const first = value();
  readings[0]!.reject(new Error('closed'));
  await expect(first).rejects.toThrow('closed');
  const second = value();
  readings[1]!.resolve('a');
  expect(await second).toBe('a');
  expect(await at(15)).toBe('a');
  readings[2]!.reject(new Error('closed again'));
  await vi.waitFor(async () => {
    expect(await at(16)).toBe('a');
    expect(readings).toHaveLength(4);
  });
});
