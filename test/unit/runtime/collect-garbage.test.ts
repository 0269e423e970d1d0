/** Buffers that a command has left behind are collected before V8 would, which waits for 64 MiB of them. */
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

const MIB = 1024 * 1024;

/** Leaves 256 buffers of a mebibyte behind, one after the other. Returns the greatest amount at any time, in MiB. */
function greatest(begin: string): number {
  const program = `
    import { setTimeout } from 'node:timers/promises';
    ${begin}
    const kept = [];
    let greatest = 0;
    for (let n = 0; n < 256; n++) {
      Buffer.allocUnsafeSlow(${MIB}).fill(n);
      if (n < 8) kept.push(Buffer.allocUnsafeSlow(${MIB}));
      await setTimeout(2);
      greatest = Math.max(greatest, process.memoryUsage().arrayBuffers);
    }
    console.log(greatest / ${MIB}, kept.length);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: process.cwd(),
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return Number(stdout.split(' ')[0]);
}

it('keeps the memory of buffers near its limit, which V8 by itself does not', () => {
  const module = JSON.stringify(new URL('../../../lib/runtime/collect-garbage.ts', import.meta.url).href);
  const early = greatest(`const { collectEarly } = await import(${module}); collectEarly();`);
  expect(early).toBeLessThan(greatest(''));
  expect(early).toBeGreaterThan(8);
});
