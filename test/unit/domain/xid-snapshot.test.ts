import { expect, it } from 'vitest';
import { runningIn } from '../../../lib/domain/xid-snapshot.ts';

it('judges transaction ids by the snapshot, also where the 32-bit counter has come round', () => {
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
