/** Positions of source epochs: they order by epoch first, and give back what the server counts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DATA_AT, keepalivePosition, POSITION_AT, stampEpoch, statusUpdate } from '../../../lib/codec/copy-data.ts';
import { parseMessage } from '../../../lib/codec/pgoutput.ts';
import { buildBegin, buildCommit } from '../../../lib/codec/pgoutput-build.ts';
import { formatLsn, type Lsn, lsn, parseLsn, parseSortableLsn, sortableLsn } from '../../../lib/domain/lsn.ts';
import {
  epochOf,
  hasHistory,
  LAST_EPOCH,
  positionIn,
  type WalLsn,
  walLsn,
  walOf,
} from '../../../lib/domain/source-epoch.ts';
import { parseTimelineHistory } from '../../../lib/postgres/server/source-identity.ts';
import { buildMessage, buildOrigin } from '../../support/pgoutput-messages.ts';

const wals = fc.bigInt({ min: 0n, max: 2n ** 56n - 1n }).map(walLsn);
const epochs = fc.nat(LAST_EPOCH);

describe('a position in a source epoch', () => {
  it('gives back its epoch and what the server counts, in every format', () => {
    fc.assert(
      fc.property(epochs, wals, (epoch, wal) => {
        const position = positionIn(epoch, wal);
        for (const read of [position, parseLsn(formatLsn(position)), parseSortableLsn(sortableLsn(position))]) {
          expect(epochOf(read)).toBe(epoch);
          expect(walOf(read)).toBe(wal);
        }
      }),
    );
  });

  it('lies before every position of a later epoch, also as text in keys', () => {
    fc.assert(
      fc.property(epochs, wals, epochs, wals, (a, x, b, y) => {
        const [first, second] = [positionIn(a, x), positionIn(b, y)];
        const before = a < b || (a === b && x < y);
        expect(first < second).toBe(before);
        expect(sortableLsn(first) < sortableLsn(second)).toBe(before);
      }),
    );
  });

  it('is in epoch 0 what was stored before there were epochs', () => {
    expect(formatLsn(positionIn(0, walLsn(0x16b374d848n)))).toBe('16/B374D848');
    expect(formatLsn(positionIn(2, walLsn(0x16b374d848n)))).toBe('2000016/B374D848');
  });

  it('is refused where the server has written more than an epoch holds', () => {
    expect(() => positionIn(0, walLsn(2n ** 56n))).toThrow(expect.objectContaining({ code: 'epoch-full' }));
    expect(() => positionIn(256, walLsn(0n))).toThrow(expect.objectContaining({ code: 'epoch-full' }));
  });
});

describe('the log of a later epoch', () => {
  const wire = (position: bigint, message: Buffer): Buffer => {
    const bytes = Buffer.alloc(DATA_AT + message.byteLength);
    bytes[0] = 100;
    bytes.writeUInt32BE(bytes.byteLength - 1, 1);
    bytes[5] = 119;
    bytes.writeBigUInt64BE(position, POSITION_AT);
    message.copy(bytes, DATA_AT);
    return bytes;
  };

  it('has all of the server’s LSNs as positions of the epoch, and no other byte changed', () => {
    fc.assert(
      fc.property(epochs, wals, wals, (epoch, wal, end) => {
        const at = (value: WalLsn): Lsn => lsn(value);
        const [here, there] = [positionIn(epoch, wal), positionIn(epoch, end)];
        const time = { commitTime: 7n };
        const pairs = [
          [buildBegin({ commitLsn: at(wal), ...time, xid: 9 }), buildBegin({ commitLsn: here, ...time, xid: 9 })],
          [
            buildCommit({ commitLsn: at(wal), endLsn: at(end), ...time }),
            buildCommit({ commitLsn: here, endLsn: there, ...time }),
          ],
          [
            buildMessage({ transactional: true, lsn: at(wal), prefix: 'p', content: Buffer.from('c') }),
            buildMessage({ transactional: true, lsn: here, prefix: 'p', content: Buffer.from('c') }),
          ],
          [buildOrigin(at(wal), 'elsewhere'), buildOrigin(at(wal), 'elsewhere')],
        ];
        for (const [told, expected] of pairs) {
          const bytes = wire(wal, told!);
          stampEpoch(bytes, 0, epoch);
          expect(bytes).toEqual(wire(here, expected!));
          expect(() => parseMessage(bytes.subarray(DATA_AT))).not.toThrow();
        }
      }),
    );
  });

  it('is confirmed to the server in its own count, and its reports are read in the epoch', () => {
    const wal = walLsn(0x16b374d848n);
    expect(statusUpdate(positionIn(3, wal))).toEqual(statusUpdate(lsn(wal)));
    const report = Buffer.alloc(23);
    report[5] = 107;
    report.writeBigUInt64BE(wal, POSITION_AT);
    stampEpoch(report, 0, 3);
    expect(keepalivePosition(report, 0)).toBe(positionIn(3, wal));
  });
});

describe('whether a server has the WAL of another', () => {
  const history = parseTimelineHistory(
    '# comment\n1\t0/3000000\tno recovery target specified\n\n2\t0/5000000\tbefore 2026-01-01 00:00:00+00\n',
  );
  const has = (then: { system?: string; timeline: number }, upTo: bigint) =>
    hasHistory({ system: '7', timeline: 3 }, history, { system: '7', ...then }, walLsn(upTo));

  it('depends on where its timelines were left', () => {
    expect(history).toEqual([
      { timeline: 1, at: 0x3000000n },
      { timeline: 2, at: 0x5000000n },
    ]);
    expect(has({ timeline: 1 }, 0x3000000n)).toBe(true);
    expect(has({ timeline: 1 }, 0x3000001n)).toBe(false);
    expect(has({ timeline: 2 }, 0x4000000n)).toBe(true);
    expect(has({ timeline: 3 }, 0x9000000n)).toBe(true);
    expect(has({ timeline: 4 }, 0n)).toBe(false);
    expect(has({ system: '8', timeline: 3 }, 0n)).toBe(false);
  });
});
