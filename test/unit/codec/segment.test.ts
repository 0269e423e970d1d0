import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrames, type Frame, FrameWriter } from '../../../lib/codec/segment.ts';
import { lsn } from '../../../lib/domain/lsn.ts';

async function decode(blocks: Uint8Array[]): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of decodeFrames(blocks)) frames.push({ lsn: frame.lsn, message: Buffer.from(frame.message) });
  return frames;
}

const frames = fc.array(
  fc.record({
    lsn: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }).map(lsn),
    message: fc.uint8Array({ minLength: 1, maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  }),
  { maxLength: 30 },
);

describe('segment frames', () => {
  it('read back as written, wherever the payload is split into blocks', async () => {
    await fc.assert(
      fc.asyncProperty(frames, fc.integer({ min: 1, max: 200 }), async (written, cut) => {
        const writer = new FrameWriter();
        for (const frame of written) writer.add(frame.lsn, frame.message);
        const payload = writer.take();
        expect(writer.length).toBe(0);
        const blocks: Buffer[] = [];
        for (let at = 0; at < payload.byteLength; at += cut) blocks.push(payload.subarray(at, at + cut));
        expect(await decode(blocks)).toEqual(written);
      }),
    );
  });

  it('are the same whether a message is added or copied out of a larger buffer', () => {
    const source = Buffer.concat([
      Buffer.from('xx'),
      Buffer.from('0000000000000102', 'hex'),
      Buffer.from('message'),
      Buffer.from('yy'),
    ]);
    const copied = new FrameWriter();
    copied.addFrom(source, 2, 10, 17);
    const added = new FrameWriter();
    added.add(lsn(0x102n), Buffer.from('message'));
    expect(copied.take()).toEqual(added.take());
  });

  it('are refused if the payload ends inside a frame or a length is impossible', async () => {
    const writer = new FrameWriter();
    writer.add(lsn(1n), Buffer.from('message'));
    const payload = writer.take();
    for (let length = 1; length < payload.byteLength; length++) {
      await expect(decode([payload.subarray(0, length)])).rejects.toMatchObject({ code: 'log-malformed' });
    }
    await expect(decode([Buffer.from([0, 0, 0, 8, 1, 1, 1, 1, 1, 1, 1, 1])])).rejects.toMatchObject({
      code: 'log-malformed',
    });
    await expect(decode([Buffer.from([0xff, 0xff, 0xff, 0xff, 1])])).rejects.toMatchObject({ code: 'log-malformed' });
  });
});
