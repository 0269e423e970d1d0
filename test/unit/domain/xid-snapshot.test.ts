import { expect, it } from 'vitest';
import { runningIn } from '../../../lib/domain/xid-snapshot.ts';

it('decides visibility by the snapshot, also after a wraparound of the 32-bit counter', () => {
  const early = runningIn({ xmax: '1000', xip: ['990', '995'] });
  expect([989, 990, 991, 995, 999, 1000, 1001].map(early)).toEqual([false, true, false, true, false, true, true]);
  const round = runningIn({ xmax: String(2n ** 33n + 5n), xip: [String(2n ** 33n - 2n)] });
  expect([0xfffffffd, 0xfffffffe, 0xffffffff, 3, 4, 5, 6].map(round)).toEqual([
    false,
    true,
    false,
    false,
    false,
    true,
    true,
  ]);
});
