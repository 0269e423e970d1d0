import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataTag, wireEnd } from '../../../lib/codec/copy-data.ts';
import { shipLog } from '../../../lib/operations/log/ship-log.ts';
import { withConnection } from '../../../lib/postgres/connection.ts';
import { type LogStream, withLogStream } from '../../../lib/postgres/log/log-stream.ts';
import { openLogEnd, slotState } from '../../../lib/postgres/log/replication-slot.ts';
import { PG_VERSIONS } from '../../support/postgres.ts';
import { type LogFixture, logFixture } from '../log-fixture.ts';

/** The kinds of decoded messages, in order: B, R, I, C… */
async function kinds(stream: LogStream): Promise<string> {
  let seen = '';
  for await (const block of stream.blocks()) {
    for (let at = 0; at < block.byteLength; at = wireEnd(block, at)) {
      const tag = dataTag(block, at);
      if (tag !== undefined) seen += String.fromCharCode(tag);
    }
  }
  return seen;
}

describe.each(PG_VERSIONS)('streaming the log of PostgreSQL %i', version => {
  let log: LogFixture;
  beforeEach(async () => {
    log = await logFixture(version);
    await shipLog(log.ctx);
  });
  afterEach(() => log?.dispose());

  const end = () =>
    withConnection(log.ctx.source, 'test', control =>
      withConnection(log.ctx.source, 'test', view => openLogEnd(control, view, 0)),
    );
  const slot = () => withConnection(log.ctx.source, 'test', connection => slotState(connection, log.ctx.slot));
  const options = async (changes = 1000) => ({
    slot: log.ctx.slot,
    publication: log.ctx.publication,
    upTo: (await end()).lsn,
    changes,
    blockBytes: 4096,
  });

  it('ends before later commits, and discards nothing that is not confirmed', async () => {
    await log.sql(`INSERT INTO orders VALUES ('a', 1, 'x')`);
    const wanted = await options();
    const before = await slot();
    await log.sql(`INSERT INTO orders VALUES ('a', 2, 'later')`);
    expect(await withLogStream(log.ctx.source, wanted, kinds)).toBe('BRICBMC');
    expect(await slot()).toMatchObject({ confirmed: (before as { confirmed: bigint }).confirmed, active: false });
    await withLogStream(log.ctx.source, wanted, async stream => {
      expect(await kinds(stream)).toBe('BRICBMC');
      await stream.confirm(wanted.upTo);
    });
    const after = await slot();
    expect(after).toMatchObject({ status: 'ready', active: false });
    expect((after as { confirmed: bigint }).confirmed).toBe(wanted.upTo);
    expect(await withLogStream(log.ctx.source, await options(), kinds)).toBe('BRICBMC');
  });

  it('ends when nothing more was written', async () => {
    const wanted = await options();
    await shipLog(log.ctx);
    expect(await withLogStream(log.ctx.source, wanted, kinds)).toBe('');
  });

  it('stops between two transactions when it has enough, and releases the slot with a backlog unread', async () => {
    await log.sql(`INSERT INTO orders SELECT 'a', i, 'x' FROM generate_series(1, 20) i`);
    await log.sql(`INSERT INTO orders SELECT 'a', i, repeat('x', 500) FROM generate_series(21, 20000) i`);
    const limited = await withLogStream(log.ctx.source, await options(5), async stream => {
      expect(await kinds(stream)).toBe(`BR${'I'.repeat(20)}C`);
      return stream.limited;
    });
    expect(limited).toBe(true);
    expect(await slot()).toMatchObject({ active: false });
  });

  it('releases the slot when its reader fails halfway', async () => {
    await log.sql(`INSERT INTO orders SELECT 'a', i, repeat('x', 500) FROM generate_series(1, 20000) i`);
    const failed = withLogStream(log.ctx.source, await options(), async stream => {
      for await (const _ of stream.blocks()) throw new Error('no room');
    });
    await expect(failed).rejects.toThrow('no room');
    expect(await slot()).toMatchObject({ active: false });
  });

  it('releases the slot wherever within a message its reader fell behind and failed', async () => {
    await log.sql(`INSERT INTO orders SELECT 'a', i, repeat('x', 500) FROM generate_series(1, 20000) i`);
    for (let blocks = 1; blocks <= 8; blocks++) {
      const failed = withLogStream(log.ctx.source, await options(), async stream => {
        let seen = 0;
        for await (const _ of stream.blocks()) {
          await slot();
          if (++seen === blocks) throw new Error('no room');
        }
      });
      await expect(failed).rejects.toThrow('no room');
      expect(await slot()).toMatchObject({ active: false });
    }
  });

  it('reports that another process reads the slot, or that there is none', async () => {
    const wanted = await options();
    await withLogStream(log.ctx.source, wanted, async stream => {
      await kinds(stream);
      await expect(withLogStream(log.ctx.source, wanted, kinds)).rejects.toMatchObject({
        code: 'slot-busy',
        retry: 'auto',
      });
    });
    await expect(withLogStream(log.ctx.source, { ...wanted, slot: 'nowhere' }, kinds)).rejects.toMatchObject({
      code: 'slot-failed',
    });
  });
});
