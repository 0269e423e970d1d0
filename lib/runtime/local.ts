/** Wires the local adapters to the operations: one machine, with a directory as vault and a file as catalog. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError } from '../domain/errors.ts';
import type { EpochTurn } from '../domain/source-epoch.ts';
import type { TenantModel } from '../domain/tenant-model.ts';
import { consoleNotifier } from '../local/console-notifier.ts';
import { openFileVault } from '../local/file-vault.ts';
import { openLocalKeyring } from '../local/local-keyring.ts';
import { openLocalSigner } from '../local/local-signer.ts';
import { processMemory } from '../local/process-memory.ts';
import { openSqliteCatalog } from '../local/sqlite-catalog.ts';
import { systemClock } from '../local/system-clock.ts';
import { systemRandom } from '../local/system-random.ts';
import { holdingVault } from '../operations/catalog/holding-vault.ts';
import type { Context } from '../operations/context.ts';
import { readModelFile } from '../operations/model/model-file.ts';
import { tellingNotifier } from '../operations/telling/telling-notifier.ts';
import type { Deps, Notifier, Vault } from '../ports.ts';
import type { Regions } from '../region-ports.ts';
import type { Config } from './config.ts';
import { configuredRecipients } from './configured-recipients.ts';

export interface OpenOptions {
  readonly progress?: Deps['progress'];
  readonly crash?: Deps['crash'];
  readonly notifier?: Notifier;
}

export interface Closeable {
  close(): Promise<void>;
}

/** With several regions: where they are (docs/failover.md). */
interface Regional {
  readonly regions?: Regions;
  readonly epochTurn?: EpochTurn;
}

/** Only the ports, for work that needs neither database nor model. StorageError if a directory cannot be used. */
export async function openLocalDeps(config: Config, options: OpenOptions = {}): Promise<Deps & Closeable & Regional> {
  const clock = systemClock;
  await mkdir(dirname(config.catalog), { recursive: true }).catch(refuseDirectory);
  const vault = await openFileVault(config.vault, clock);
  await refuseMissingKeys(vault, config.keys);
  const keyring = await openLocalKeyring(config.keys);
  const signer = await openLocalSigner(config.keys);
  const catalog = openSqliteCatalog(config.catalog);
  const regional = config.regions === undefined ? undefined : await regionsOf(config, { vault, clock, signer });
  const notices = join(dirname(config.catalog), 'notices.jsonl');
  return {
    installation: config.installation,
    vault: holdingVault({ vault, signer, catalog }),
    keyring,
    signer,
    catalog,
    clock,
    random: systemRandom,
    memory: processMemory(),
    notifier: telling(config, { catalog, clock }, options.notifier ?? consoleNotifier({ clock, file: notices })),
    ...(options.progress === undefined ? {} : { progress: options.progress }),
    ...(options.crash === undefined ? {} : { crash: options.crash }),
    ...(regional ?? {}),
    close: () => catalog.close(),
  };
}

/** Whoever has no recipients keeps no state of messages. */
function telling(config: Config, deps: Pick<Deps, 'catalog' | 'clock'>, base: Notifier): Notifier {
  if (config.messages === undefined && config.contacts === undefined) return base;
  const { installation } = config;
  return tellingNotifier(base, { ...deps, installation, recipients: configuredRecipients(config) });
}

/** Loaded where it is needed: most installations have one region. */
async function regionsOf(config: Config, deps: Pick<Deps, 'vault' | 'clock' | 'signer'>) {
  const { openRegions } = await import('./open-regions.ts');
  return openRegions(config, deps);
}

/** Everything that an operation needs, with the team's tenant model (or the given one). */
export async function openLocal(
  config: Config,
  options: OpenOptions & { model?: TenantModel } = {},
): Promise<Context & Closeable & Regional> {
  const model = options.model ?? (await readModelFile(config.model));
  const deps = await openLocalDeps(config, options);
  const { source, settings, slot, publication, policyQuery, snapshotHours } = config;
  const more = { ...(policyQuery && { policyQuery }), ...(snapshotHours && { snapshotHours }) };
  return { ...deps, source, model, settings, slot, publication, ...more };
}

/** Keys are created only for an empty vault: if the vault has backups, missing keys mean a wrong directory. */
async function refuseMissingKeys(vault: Vault, directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  if (names.some(name => /\.(?:key|pem|destroyed)$/.test(name))) return;
  for await (const _ of vault.keys('')) {
    throw new StorageError('keys-missing', 'The vault contains backups, but the keys directory contains no keys.', {
      hint: 'Check `keys` in the configuration and that its directory is mounted, or restore the keys from your copy. The vault is not damaged; without its keys nothing in it can be opened.',
    });
  }
}

function refuseDirectory(cause: NodeJS.ErrnoException): never {
  throw new StorageError('catalog-unreachable', `The directory of the catalog cannot be created (${cause.code}).`, {
    hint: 'Check the path `catalog` in the configuration and the permissions of its directory.',
    cause,
  });
}
