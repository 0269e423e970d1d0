/**
 * The local adapters in a temporary directory, with a clock that only a test moves, the sent notices, and functions to
 * damage stored objects. Removed after the test by `dispose()`.
 */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../../lib/codec/digest.ts';
import { consoleNotifier } from '../../lib/local/console-notifier.ts';
import { openFileVault } from '../../lib/local/file-vault.ts';
import { openLocalKeyring } from '../../lib/local/local-keyring.ts';
import { openLocalSigner } from '../../lib/local/local-signer.ts';
import { encodeTrailer, ObjectTrailer, TRAILER_BYTES } from '../../lib/local/object-trailer.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import { systemRandom } from '../../lib/local/system-random.ts';
import { objectPath } from '../../lib/local/vault-path.ts';
import type { Clock, Deps, Notifier } from '../../lib/ports.ts';

export interface TestClock extends Clock {
  set(moment: Date | string): void;
  advance(milliseconds: number): void;
}

export type Notice = Parameters<Notifier['notify']>[0];

export interface LocalDeps extends Deps {
  /** Holds vault/, keys/ and catalog.sqlite. */
  readonly dir: string;
  readonly clock: TestClock;
  readonly notices: Notice[];
  /** The file behind an object: the stored bytes, then a trailer of TRAILER_BYTES. */
  objectFile(key: string): string;
  /**
   * Replaces the stored bytes outside the vault, with a matching trailer: as an attacker, a bad disk or a wrong copy
   * would. `undefined` removes the object.
   */
  tamper(key: string, change: (bytes: Buffer) => Uint8Array | undefined): Promise<void>;
  dispose(): Promise<void>;
}

export function testClock(start: Date | string = '2026-01-15T12:00:00Z'): TestClock {
  let moment = new Date(start).getTime();
  return {
    now: () => new Date(moment),
    set: to => {
      moment = new Date(to).getTime();
    },
    advance: by => {
      moment += by;
    },
  };
}

/** `dir` reuses a directory of earlier deps (a "next process"); `now` sets the clock. */
export async function localDeps(
  options: { dir?: string; installation?: string; now?: Date | string } = {},
): Promise<LocalDeps> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), 'holdfast-test-')));
  const clock = testClock(options.now);
  const notices: Notice[] = [];
  const quiet = consoleNotifier({ clock, write: () => {} });
  const catalog = openSqliteCatalog(join(dir, 'catalog.sqlite'));
  return {
    installation: options.installation ?? 'test-installation',
    vault: await openFileVault(join(dir, 'vault'), clock),
    keyring: await openLocalKeyring(join(dir, 'keys'), clock),
    signer: await openLocalSigner(join(dir, 'keys')),
    catalog,
    clock,
    random: systemRandom,
    memory: processMemory(),
    notifier: {
      notify: async notice => {
        notices.push(notice);
        await quiet.notify(notice);
      },
    },
    dir,
    notices,
    objectFile: key => objectPath(join(dir, 'vault', 'objects'), key),
    tamper: (key, change) => tamper(objectPath(join(dir, 'vault', 'objects'), key), change),
    async dispose() {
      await catalog.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function tamper(path: string, change: (bytes: Buffer) => Uint8Array | undefined): Promise<void> {
  const file = await readFile(path);
  const trailer = ObjectTrailer.parse(JSON.parse(file.subarray(-TRAILER_BYTES).toString()));
  const bytes = change(Buffer.from(file.subarray(0, -TRAILER_BYTES)));
  if (bytes === undefined) return rm(path, { force: true });
  await chmod(path, 0o600);
  await writeFile(
    path,
    Buffer.concat([bytes, encodeTrailer({ ...trailer, bytes: bytes.byteLength, sha256: sha256Hex(bytes) })]),
  );
  await chmod(path, 0o444);
}
