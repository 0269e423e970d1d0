/** A position copied from the server has no epoch in it: where two servers may mean it, it is refused. */
import { expect, it } from 'vitest';
import { parseLsn } from '../../../lib/domain/lsn.ts';
import { formatTarget, parseTarget, type RecoveryTarget } from '../../../lib/domain/recovery-target.ts';
import { mustBeOfOneEpoch } from '../../../lib/operations/restore/target/position-epoch.ts';

const clock = { now: new Date('2026-01-01T00:00:00Z'), timeZone: 'UTC' };
const moment = (text: string) => ({ lsn: parseLsn(text), time: text });
const window = (...stretches: [string, string][]) => ({
  stretches: stretches.map(([from, to]) => ({ from: moment(from), to: moment(to) })),
  gaps: [],
});
const target = (text: string) => parseTarget(text, clock) as RecoveryTarget & { kind: 'lsn' };
const check = (at: ReturnType<typeof window>, text: string) => () => mustBeOfOneEpoch({ window: at }, target(text));

const OLD: [string, string] = ['0/10', '0/50'];
const NEW: [string, string] = ['1000000/40', '1000000/90'];

it('is refused with the choices, unless it names its epoch', () => {
  const both = window(OLD, NEW);
  expect(check(both, '0/45')).toThrow(
    expect.objectContaining({ code: 'position-unclear', details: { choices: ['0:0/45', '1:0/45'] } }),
  );
  expect(check(both, '0/80')).toThrow(expect.objectContaining({ code: 'position-unclear' }));
  for (const clear of ['0/20', '0:0/45', '1:0/45', '1000000/45', 'lsn:1:0/45'])
    expect(check(both, clear)).not.toThrow();
});

it('is never unclear while there is one epoch', () => {
  for (const text of ['0/20', '0/45', '0/80']) expect(check(window(OLD), text)).not.toThrow();
});

it('is parsed from both ways of writing it, and printed so that it is parsed the same', () => {
  expect(target('1:16/b374d848').lsn).toBe(parseLsn('1000016/B374D848'));
  for (const text of ['16/B374D848', '0:16/B374D848', '1000016/B374D848'])
    expect(formatTarget(target(text))).toBe(text);
  expect(formatTarget(target('1:16/B374D848'))).toBe('1000016/B374D848');
  expect(() => target('256:16/B374D848')).toThrow(expect.objectContaining({ code: 'bad-target' }));
});
