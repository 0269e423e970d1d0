/**
 * The ports of Holdfast. Adapters are in lib/local and lib/aws; the contract suites in test/contract define what each
 * must guarantee. Correctness never depends on behaviour of a single adapter.
 */
import type { CrashPoint } from './domain/crash-point.ts';
import type { WrappedKey } from './domain/key-copy.ts';
import type { TenantRef } from './domain/tenant.ts';

/**
 * Stored objects. Write-once: nothing is ever overwritten, and nothing is removed while it is locked or under legal
 * hold.
 */
export interface Vault {
  /**
   * Stores an object durably and completely, or not at all. The promise resolves when the bytes would survive a power
   * cut. Throws StorageError `object-exists` if the key exists, `vault-full` if there is no space.
   */
  put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject>;
  /**
   * The entire object, or the bytes [offset, offset + length). IntegrityError `object-missing`, `object-truncated`.
   */
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array>;
  /** Undefined if the object does not exist. */
  head(key: string): Promise<StoredObject | undefined>;
  /** Objects with the key prefix, in key order (UTF-8); only those after the key `after`, if given. */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;
  /** The keys of the same objects: one request per thousand, while `list` also reads the metadata of each. */
  keys(prefix: string, after?: string): AsyncIterable<string>;
  /** Extends the retention; a date before the current one changes nothing. */
  extendRetention(key: string, until: Date): Promise<void>;
  setHold(key: string, hold: boolean): Promise<void>;
  /** StorageError `object-locked` while the object is locked or under legal hold. */
  delete(key: string): Promise<void>;
}

export interface PutOptions {
  readonly retainUntil: Date;
  readonly hold?: boolean;
  /** Hardly ever read: a cheaper class of storage where there is one, which gives the bytes at once all the same. */
  readonly cold?: boolean;
}

export interface StoredObject {
  readonly key: string;
  readonly bytes: number;
  /** SHA-256 of the stored bytes, hex. */
  readonly sha256: string;
  readonly storedAt: Date;
  readonly retainUntil: Date;
  readonly hold: boolean;
}

/** Seals and opens under a tenant's key, with the tenant authenticated in the encryption context. */
export interface Keyring {
  /** Creates the tenant's key if it does not exist. StorageError `key-destroyed` if it was destroyed. */
  ensureKey(tenant: TenantRef): Promise<void>;
  /** One AWS Encryption SDK message. StorageError `no-key`, `key-destroyed`. */
  seal(tenant: TenantRef, plaintext: Uint8Array): Promise<Uint8Array>;
  /** IntegrityError `cannot-open` for altered bytes or another tenant's message; StorageError `no-key`, `key-destroyed`. */
  open(tenant: TenantRef, sealed: Uint8Array): Promise<Uint8Array>;
  /**
   * One message of any length, while the plaintext is still being made. The data key is there when the promise resolves.
   * StorageError as `seal`.
   */
  sealStream(tenant: TenantRef, plaintext: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
  /** Opens a message of any length. Bytes are given once they are proved; an altered message ends in `cannot-open`. */
  openStream(tenant: TenantRef, sealed: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>>;
  /**
   * Makes everything sealed under the key permanently unreadable: at once, or as the end of `scheduleDestruction`.
   * Repeatable. `lastLook` runs once nobody can bring the key back any more and before anything of it is removed: where it
   * throws, the key is as it was, and nothing is removed. InputError `not-a-tenant` for `system` and `auditors`, whose keys
   * are never destroyed.
   */
  destroyKey(tenant: TenantRef, lastLook?: () => Promise<void>): Promise<void>;
  /**
   * From now on the key opens and seals nothing (StorageError `key-destroyed`), and after `days` (7 to 30) it is gone or
   * waits for `destroyKey`; until then `cancelDestruction` brings it back. Repeatable: the first date stands. A tenant
   * without a key never gets one. InputError `not-a-tenant`, `bad-countdown`; StorageError `key-destroyed` if it was
   * destroyed, `key-replica-unreachable`.
   */
  scheduleDestruction(tenant: TenantRef, days: number): Promise<KeyState>;
  /** The key works as before. Repeatable. StorageError `key-destroyed` where it is too late. */
  cancelDestruction(tenant: TenantRef): Promise<void>;
  /** What exists of the tenant's key. */
  destructionState(tenant: TenantRef): Promise<KeyState>;
  /** Number of requests to the key service (GenerateDataKey and Decrypt), for records. */
  readonly calls: { generate: number; decrypt: number };
}

/** What exists of a tenant's key. */
export interface KeyState {
  /** `none`: never made. `pending`: opens nothing, can be cancelled. `destroyed`: never to be used again. */
  readonly state: 'none' | 'usable' | 'pending' | 'destroyed';
  /** A file on this machine, a KMS key of its own, or branch keys under the fleet's KMS key. */
  readonly mode: 'file' | 'dedicated' | 'pooled';
  /** Of `pending`, ISO 8601 UTC: when the last copy of the key is gone. */
  readonly deletionDate?: string;
  /** The key and its replicas: an ARN, or a name within the keyring. Those that still exist. */
  readonly keys: readonly { readonly id: string; readonly region?: string }[];
}

/** Copies of tenants' keys in the other regions of the vault, without which backups there cannot be opened. */
export interface KeyReplicas {
  readonly regions: readonly string[];
  /**
   * Makes the replica if it does not exist. False if the tenant has no key to copy. StorageError `key-unusable` for a
   * replica that is disabled or about to be deleted, `keyring-unreachable`.
   */
  replicate(tenant: TenantRef, region: string): Promise<boolean>;
}

/** Marks on the keys of tenants under legal hold, by which the key service itself refuses to destroy them. */
export interface HeldKeys {
  /**
   * Marks the key of the tenant in every region; nothing where it has no key of its own. True if the key of this region
   * was not marked before. StorageError `keyring-unreachable`.
   */
  mark(tenant: TenantRef): Promise<boolean>;
  /** Removes the marks. Repeatable. StorageError `keyring-unreachable`. */
  unmark(tenant: TenantRef): Promise<void>;
}

/** Copies of the source that its own cluster keeps: outside Holdfast's reach. */
export interface ClusterBackups {
  /** In words, with the day or the event that ends each. SourceError or StorageError where the service does not tell. */
  list(): Promise<readonly { readonly what: string; readonly ends: string }[]>;
}

/** The rows of the table of keys in pooled mode, as stored: wrapped by KMS, and tombstones. */
export interface KeyRows {
  of(owner: TenantRef): Promise<readonly WrappedKey[]>;
  /** Adds the rows that are missing, of a destroyed owner only its tombstone; how many it added. */
  add(owner: TenantRef, rows: readonly WrappedKey[]): Promise<number>;
}

/** ECDSA P-256 over SHA-256, like AWS KMS (ECDSA_SHA_256, DER signatures). */
export interface Signer {
  readonly keyId: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** False for a wrong signature or an unknown key id. */
  verify(message: Uint8Array, signature: Uint8Array, keyId: string): Promise<boolean>;
  /** Whether it can verify signatures of that key; absent if unknown. */
  knows?(keyId: string): Promise<boolean>;
  /**
   * The public key, SubjectPublicKeyInfo in PEM: the current one, or that of a key id that verifies. StorageError
   * `no-signing-key`.
   */
  publicKey(keyId?: string): Promise<string>;
}

/**
 * Ordered items in partitions, as DynamoDB and SQLite both support well. An index only: it can be rebuilt from the
 * manifests.
 */
export interface Catalog {
  get(partition: string, sort: string): Promise<CatalogItem | undefined>;
  /** Items of one partition in sort order; bounds are inclusive; `reverse` starts from the greatest. */
  query(
    partition: string,
    range?: { from?: string; to?: string; reverse?: boolean; limit?: number },
  ): AsyncIterable<CatalogItem>;
  /** All or nothing, at most 100 writes. Throws StorageError `lost-race` if a condition is false. */
  write(writes: readonly CatalogWrite[]): Promise<void>;
  close(): Promise<void>;
}

export interface CatalogItem {
  readonly partition: string;
  readonly sort: string;
  /** Increases with each write of the item; starts at 1. */
  readonly revision: number;
  readonly value: unknown;
}

export type CatalogWrite =
  | {
      readonly put: { partition: string; sort: string; value: unknown };
      readonly onlyIf?: 'absent' | { revision: number };
    }
  | { readonly remove: { partition: string; sort: string } };

export interface Clock {
  now(): Date;
}

/** Unpredictable bytes, suitable for keys. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** Progress for people and programs. No tenant data. */
export interface ProgressEvent {
  /** `snapshot.table`, `ship.batch`, `restore.stage` …: verb and step. */
  readonly step: string;
  /** A sentence for people. */
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
  /** Unit of `done` and `total`: `bytes`, `rows`, `tenants`, `chunks`, `transactions`. */
  readonly unit?: string;
}

/** Where the files of one export go. No file exists before it is complete. */
export interface ExportDirectory {
  /** Stores a file durably, readable by its owner alone. One of that name is replaced. */
  put(name: string, bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** The file in pieces; undefined if there is none. */
  read(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
}

export interface ExportPlace {
  /**
   * Makes the directory for this request, or opens the one that the same request began. InputError `export-exists` where
   * there is anything else, `export-place`.
   */
  open(path: string, request: string): Promise<ExportDirectory>;
}

export interface Notifier {
  /** Notifies the responsible people; severity `alarm` must reach a person. */
  notify(notice: {
    severity: 'info' | 'alarm';
    code: string;
    message: string;
    details?: Record<string, unknown>;
  }): Promise<void>;
  /** Sends what was held back and is due now. Absent where nothing is held back. Throws what the catalog throws. */
  sendDue?(): Promise<void>;
}

/** The cached value; `make` creates it if there is none. */
export interface MemoryPart<T extends object> {
  readonly make: () => T;
}

/**
 * A cache of a process across operations: what was read and verified, never what a result depends on. It belongs to
 * the vault and the keyring through which it was read: a session with others (for one tenant) has a separate cache, so
 * that no one gets data that they could not have read.
 */
export interface Memory {
  of<T extends object>(part: MemoryPart<T>): T;
}

/** The dependencies of every operation. */
export interface Deps {
  readonly installation: string;
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly signer: Signer;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
  readonly memory: Memory;
  readonly notifier: Notifier;
  readonly progress?: (event: ProgressEvent) => void;
  /**
   * In one of several regions: ConflictError `region-not-active` unless this one may ship, write rows of tenants and remove
   * backups.
   */
  readonly requireActive?: () => Promise<void>;
  readonly crash?: (point: CrashPoint) => void | Promise<void>;
  /**
   * Percentage of the source's processor in use, as its platform measures it; null where that is not known. Absent: nobody
   * measures it.
   */
  readonly processor?: () => Promise<number | null>;
  /** Waits the given milliseconds; default: the machine's timer. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}
