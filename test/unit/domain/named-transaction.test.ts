import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatLsn, lsn } from '../../../lib/domain/lsn.ts';
import { parseTransaction } from '../../../lib/domain/named-transaction.ts';
import { LAST_EPOCH, positionIn, walLsn } from '../../../lib/domain/source-epoch.ts';

const epochs = fc.integer({ min: 0, max: LAST_EPOCH });
const positions = fc.bigInt({ min: 0n, max: (1n << 56n) - 1n });

function refusal(text: string) {
  try {
    return parseTransaction(text);
  } catch (error) {
    return error as { code: string; hint: string };
  }
}

describe('the name of a transaction', () => {
  it('is its 32-bit id', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0xffff_ffff }), xid => {
        expect(parseTransaction(String(xid))).toEqual({ kind: 'xid', xid });
      }),
    );
    expect(parseTransaction(' 81244 ')).toEqual({ kind: 'xid', xid: 81244 });
  });

  it('is the position of its commit, as listings print it and with its source epoch in front', () => {
    fc.assert(
      fc.property(epochs, positions, (epoch, wal) => {
        const position = positionIn(epoch, walLsn(lsn(wal)));
        const named = { kind: 'commit', lsn: position };
        expect(parseTransaction(formatLsn(position))).toEqual(named);
        expect(parseTransaction(formatLsn(position).toLowerCase())).toEqual(named);
        expect(parseTransaction(`${epoch}:${formatLsn(lsn(wal))}`)).toEqual(named);
      }),
    );
  });

  it.each(['', 'yesterday', 'before:81244', '16/', '16/B374D848Z', '999:16/B374D848', '-1', '1.5', 'latest'])(
    '%j is refused with what to write',
    text => {
      expect(refusal(text)).toMatchObject({ code: 'bad-transaction', hint: expect.stringContaining('16/B374D848') });
    },
  );

  it('an id of 64 bits is refused with the 32 bits that the log has', () => {
    expect(refusal(String((3n << 32n) + 81244n))).toMatchObject({
      code: 'bad-transaction',
      hint: expect.stringContaining('write 81244.'),
    });
  });
});
