/**
 * What Holdfast needs from the world, one screen each. Adapters live in lib/local and lib/aws; the contract suites in
 * test/contract say what each must promise. No behaviour that correctness needs may live in an adapter alone.
 */
import type { CrashPoint } from './domain/crash-point.ts';
import type { TenantRef } from './domain/tenant.ts';

/** Stored objects. Write-once: nothing is ever overwritten, and nothing goes while its retention or a hold stands. */
export interface Vault {
  /**
   * Stores an object durably and whole, or not at all. The promise resolves when the bytes would survive a power cut.
   * Throws StorageError `object-exists` where the key is taken, `vault-full` where there is no room.
   */
  put(key: string, body: Uint8Array | AsyncIterable<Uint8Array>, options: PutOptions): Promise<StoredObject>;
  /** The whole object, or the bytes [offset, offset + length). IntegrityError `object-missing`, `object-truncated`. */
  get(key: string, range?: { offset: number; length: number }): Promise<Uint8Array>;
  /** Undefined where there is no such object. */
  head(key: string): Promise<StoredObject | undefined>;
  /** Objects whose key starts with the prefix, in key order (UTF-8); only those after the key `after`, where given. */
  list(prefix: string, after?: string): AsyncIterable<StoredObject>;
  /** The keys of the same objects: one request a thousand of them, where `list` also looks at each. */
  keys(prefix: string, after?: string): AsyncIterable<string>;
  /** Lengthens retention; an earlier date than the present one changes nothing. */
  extendRetention(key: string, until: Date): Promise<void>;
  setHold(key: string, hold: boolean): Promise<void>;
  /** StorageError `object-locked` while retention or a hold stands. */
  delete(key: string): Promise<void>;
}

export interface PutOptions {
  readonly retainUntil: Date;
  readonly hold?: boolean;
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
  /** Makes the tenant's key where there is none. StorageError `key-destroyed` where it once was. */
  ensureKey(tenant: TenantRef): Promise<void>;
  /** One AWS Encryption SDK message. StorageError `no-key`, `key-destroyed`. */
  seal(tenant: TenantRef, plaintext: Uint8Array): Promise<Uint8Array>;
  /** IntegrityError `cannot-open` for altered bytes or another tenant's message; StorageError `no-key`, `key-destroyed`. */
  open(tenant: TenantRef, sealed: Uint8Array): Promise<Uint8Array>;
  /** Makes everything sealed under it noise, for good. */
  destroyKey(tenant: TenantRef): Promise<void>;
  /** How often the key service was asked, for the record (GenerateDataKey and Decrypt). */
  readonly calls: { generate: number; decrypt: number };
}

/** ECDSA P-256 over SHA-256, as AWS KMS does (ECDSA_SHA_256, DER signatures). */
export interface Signer {
  readonly keyId: string;
  sign(message: Uint8Array): Promise<Uint8Array>;
  /** False for a wrong signature, also for an unknown key id. */
  verify(message: Uint8Array, signature: Uint8Array, keyId: string): Promise<boolean>;
  /** Whether it could verify what that key signed; absent where that cannot be told. */
  knows?(keyId: string): Promise<boolean>;
}

/** Ordered items in partitions: what DynamoDB and SQLite both do well. An index only: the manifests can rebuild it. */
export interface Catalog {
  get(partition: string, sort: string): Promise<CatalogItem | undefined>;
  /** Items of one partition in sort order; bounds are inclusive; `reverse` starts from the greatest. */
  query(
    partition: string,
    range?: { from?: string; to?: string; reverse?: boolean; limit?: number },
  ): AsyncIterable<CatalogItem>;
  /** All or nothing, at most 100 writes. Throws StorageError `lost-race` where a condition does not hold. */
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

/** Unpredictable bytes, fit for keys. */
export interface Random {
  bytes(count: number): Uint8Array;
}

/** What a person or a program watching is told while work goes on. No tenant data. */
export interface ProgressEvent {
  /** `snapshot.table`, `ship.batch`, `restore.stage` …: verb and step. */
  readonly step: string;
  /** A sentence for people. */
  readonly message: string;
  readonly done?: number;
  readonly total?: number;
  /** What done and total count: `bytes`, `rows`, `tenants`, `chunks`, `transactions`. */
  readonly unit?: string;
}

export interface Notifier {
  /** Tells the people in charge; `severity` alarm must reach somebody. */
  notify(notice: {
    severity: 'info' | 'alarm';
    code: string;
    message: string;
    details?: Record<string, unknown>;
  }): Promise<void>;
}

/** Something to remember; `make`: when nothing is remembered yet. */
export interface MemoryPart<T extends object> {
  readonly make: () => T;
}

/**
 * What a process remembers from one operation to the next so as not to read it again: what was read and verified, never
 * what a result depends on. It belongs to the vault and the keyring that it was read through: whoever brings others (a
 * session for one tenant) brings a memory of its own, so that nobody is answered what they could not have read.
 */
export interface Memory {
  of<T extends object>(part: MemoryPart<T>): T;
}

/** What every operation is given. */
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
  readonly crash?: (point: CrashPoint) => void | Promise<void>;
  /** Waits so many milliseconds; the machine's timer where there is none. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}
