/** The file vault: the contract, and what only a file system can test (kill, full disk, leftovers, escaping). */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openFileVault } from '../../lib/local/file-vault.ts';
import { changeLock, type ObjectLock, readLock } from '../../lib/local/object-locks.ts';
import type { Vault } from '../../lib/ports.ts';
import { localDeps, testClock } from '../support/local-deps.ts';
import { vaultContract } from './vault.contract.ts';

vaultContract('file-vault', async () => {
  const deps = await localDeps();
  return { vault: deps.vault, advance: deps.clock.advance, now: deps.clock.now, dispose: deps.dispose };
});

const LIBRARY = new URL('../../lib/local/file-vault.ts', import.meta.url).href;
const later = new Date('2030-01-01T00:00:00Z');

/** A process that opens the vault and runs the given code. */
function vaultProcess(directory: string, script: string, shellPrefix = ''): ChildProcess {
  const source = `
    const { openFileVault } = await import(${JSON.stringify(LIBRARY)});
    const vault = await openFileVault(${JSON.stringify(directory)}, { now: () => new Date() });
    const retainUntil = new Date('2030-01-01T00:00:00Z');
    const say = line => process.stdout.write(line + '\\n');
    ${script}`;
  const command = `${shellPrefix} exec "$0" --input-type=module -e "$1"`;
  return spawn('bash', ['-c', command, process.execPath, source], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function keysOf(vault: Vault): Promise<string[]> {
  const keys: string[] = [];
  for await (const object of vault.list('')) keys.push(object.key);
  return keys;
}

async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

describe('the file vault on a real file system', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-vault-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('keeps every acknowledged object complete when the process is killed during other puts', async () => {
    const root = join(directory, 'killed');
    const child = vaultProcess(
      root,
      `const worker = async w => { for (let n = 0; ; n++) {
         const key = 'w' + w + '/' + n; const body = Buffer.from(key.repeat(2000));
         await vault.put(key, body, { retainUntil }); say(key); } };
       await Promise.all([1, 2, 3, 4].map(worker));`,
    );
    const acknowledged: string[] = [];
    for await (const line of createInterface({ input: child.stdout! })) {
      acknowledged.push(line);
      if (acknowledged.length === 60) child.kill('SIGKILL');
    }
    const vault = await openFileVault(root, testClock());
    const present = await keysOf(vault);
    expect(present).toEqual(expect.arrayContaining(acknowledged));
    for (const key of present) {
      const bytes = await vault.get(key);
      expect(Buffer.from(bytes).toString()).toBe(key.repeat(2000));
      expect((await vault.head(key))?.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });

  it('lists nothing of an interrupted stream, and removes it when the vault is opened again', async () => {
    const root = join(directory, 'half');
    const child = vaultProcess(
      root,
      `async function* body() { for (let n = 0; n < 8; n++) yield Buffer.alloc(1 << 20, n); say('half'); await new Promise(() => setInterval(() => {}, 1000)); }
       await vault.put('big', body(), { retainUntil });`,
    );
    // Its output closes before the process is reaped, and until then its pid exists.
    const exited = once(child, 'exit');
    for await (const _ of createInterface({ input: child.stdout! })) child.kill('SIGKILL');
    await exited;
    expect(await readdir(join(root, 'tmp'))).toHaveLength(1);
    const vault = await openFileVault(root, testClock());
    expect(await keysOf(vault)).toEqual([]);
    expect(await readdir(join(root, 'tmp'))).toEqual([]);
    await vault.put('big', Buffer.from('the next try'), { retainUntil: later });
    expect(await keysOf(vault)).toEqual(['big']);
  });

  it('lets exactly one of two processes store a key', async () => {
    const root = join(directory, 'two');
    const script = `for (let n = 0; n < 40; n++) {
      await vault.put('k' + n, Buffer.from(String(process.pid)), { retainUntil }).then(() => say('won ' + n), error => say(error.code)); }`;
    const children = [vaultProcess(root, script), vaultProcess(root, script)];
    const lines = await Promise.all(
      children.map(async child => {
        const said: string[] = [];
        for await (const line of createInterface({ input: child.stdout! })) said.push(line);
        return said;
      }),
    );
    const won = lines.flat().filter(line => line.startsWith('won'));
    expect(new Set(won).size).toBe(40);
    expect(won).toHaveLength(40);
    expect(lines.flat().filter(line => line === 'object-exists')).toHaveLength(40);
  });

  it('loses no change of many writers that change the locks of an object at the same time', async () => {
    const writers = Array.from({ length: 12 }, (_, writer) => 1 << writer);
    for (let object = 0; object < 40; object++) {
      const id = object.toString(16).padStart(16, '0');
      const bitSet = (bit: number) => (lock: ObjectLock) =>
        (lock.retainUntil & bit) === bit ? undefined : { ...lock, retainUntil: lock.retainUntil | bit };
      await Promise.all(
        writers.map(bit => changeLock(join(directory, 'many'), id, { retainUntil: 0, hold: false }, bitSet(bit))),
      );
      const found = await readLock(join(directory, 'many'), id);
      expect(found?.lock.retainUntil).toBe(2 ** writers.length - 1);
    }
  });

  it.each(fullDisks())('reports that it is full and keeps no partial object ($name)', async ({ prefix, unmount }) => {
    const root = join(directory, `full-${prefix === '' ? 'disk' : 'limit'}`);
    const mounted = await prepareFull(root, prefix);
    try {
      const child = vaultProcess(
        root,
        `await vault.put('small', Buffer.alloc(1000), { retainUntil });
         async function* endless() { for (let n = 0; n < 64; n++) yield Buffer.alloc(1 << 20, 1); }
         for (const body of [endless(), Buffer.alloc(64 << 20, 2)])
           await vault.put('large', body, { retainUntil }).then(() => say('stored'), error => say(error.code + ' ' + error.constructor.name));
         say((await vault.head('large')) === undefined ? 'absent' : 'present');
         await vault.put('small-2', Buffer.alloc(1000), { retainUntil }); say('room again');`,
        prefix,
      );
      const said: string[] = [];
      for await (const line of createInterface({ input: child.stdout! })) said.push(line);
      expect(said).toEqual(['vault-full StorageError', 'vault-full StorageError', 'absent', 'room again']);
      expect(await readdir(join(root, 'tmp'))).toEqual([]);
      expect(await keysOf(await openFileVault(root, testClock()))).toEqual(['small', 'small-2']);
    } finally {
      if (mounted) unmount(root);
    }
  });

  it('never leaves its directory, whatever the key', async () => {
    const root = join(directory, 'inside', 'vault');
    const vault = await openFileVault(root, testClock());
    const keys = [
      '../escape',
      '../../escape',
      '/etc/passwd',
      '..',
      'a/../../../escape',
      'a\\..\\escape',
      '%2e%2e/escape',
      'nul\0byte',
    ];
    for (const key of keys) await vault.put(key, Buffer.from(key), { retainUntil: later });
    expect((await keysOf(vault)).sort()).toEqual([...keys].sort());
    expect(await readdir(join(directory, 'inside'))).toEqual(['vault']);
    const files = await filesBelow(join(root, 'objects'));
    expect(files).toHaveLength(keys.length);
  });

  it('refuses keys that do not fit into a file name', async () => {
    const vault = await openFileVault(join(directory, 'long'), testClock());
    for (const key of ['', 'x'.repeat(300), 'Ü'.repeat(60), 'a/'.repeat(600)]) {
      await expect(vault.put(key, Buffer.from('x'), { retainUntil: later })).rejects.toMatchObject({
        code: 'bad-object-key',
      });
    }
  });

  it('stores objects read-only', async () => {
    const root = join(directory, 'modes');
    const vault = await openFileVault(root, testClock());
    await vault.put('a/b', Buffer.from('x'), { retainUntil: later });
    const [file] = await filesBelow(join(root, 'objects'));
    expect((await stat(file!)).mode & 0o777).toBe(0o444);
  });

  it('reports an object whose file was truncated or overwritten', async () => {
    const root = join(directory, 'damaged');
    const vault = await openFileVault(root, testClock());
    await vault.put('cut', Buffer.from('0123456789'), { retainUntil: later });
    const [file] = await filesBelow(join(root, 'objects'));
    const whole = await readFile(file!);
    for (const damaged of [
      whole.subarray(0, -1),
      whole.subarray(5),
      whole.subarray(0, 100),
      Buffer.alloc(0),
      Buffer.alloc(whole.length),
    ]) {
      await rm(file!, { force: true });
      await writeFile(file!, damaged);
      await expect(vault.get('cut')).rejects.toMatchObject({ code: 'object-truncated', details: { object: 'cut' } });
      await expect(vault.delete('cut')).rejects.toMatchObject({ code: 'object-truncated' });
    }
  });

  it('reports the vault as unreachable if its directory cannot be created', async () => {
    await writeFile(join(directory, 'a-file'), '');
    await expect(openFileVault(join(directory, 'a-file', 'vault'), testClock())).rejects.toMatchObject({
      code: 'vault-unreachable',
    });
  });
});

interface FullDisk {
  readonly name: string;
  readonly prefix: string;
  readonly unmount: (root: string) => void;
}

/** A file size limit everywhere; also a small file system if this process can mount one. */
function fullDisks(): FullDisk[] {
  const limit: FullDisk = { name: 'a file size limit', prefix: 'ulimit -f 4096; trap "" XFSZ;', unmount: () => {} };
  const disk: FullDisk = { name: 'a small file system', prefix: '', unmount: root => execFileSync('umount', [root]) };
  return process.getuid?.() === 0 && process.platform === 'linux' ? [limit, disk] : [limit];
}

async function prepareFull(root: string, prefix: string): Promise<boolean> {
  if (prefix !== '') return false;
  execFileSync('mkdir', ['-p', root]);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', root]);
  return true;
}
