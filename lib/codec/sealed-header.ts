/**
 * Reads the header of a sealed message without any key: algorithm and encryption context. Nothing in it is proved by
 * reading; opening the message proves it, since the key authenticates the context.
 *
 * Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html (version 2)
 */
import { OWNER_CONTEXT_KEY } from './envelope.ts';

export interface SealedHeader {
  /** AES-256-GCM with key commitment and without signature is 0x0478. */
  readonly algorithm: number;
  readonly owner: string | undefined;
}

const VERSION = 2;
/** Version, algorithm, message id. */
const CONTEXT_AT = 1 + 2 + 32;

/** AES-256-GCM, HKDF with SHA-512, key commitment. */
export const COMMITTING_AES_256 = 0x0478;

/** Undefined for bytes that are no such message. */
export function readSealedHeader(message: Uint8Array): SealedHeader | undefined {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  try {
    if (bytes.readUInt8(0) !== VERSION) return undefined;
    const algorithm = bytes.readUInt16BE(1);
    return { algorithm, owner: readContext(bytes).get(OWNER_CONTEXT_KEY) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function readContext(bytes: Buffer): Map<string, string> {
  const context = new Map<string, string>();
  const length = bytes.readUInt16BE(CONTEXT_AT);
  if (length === 0) return context;
  let at = CONTEXT_AT + 2;
  const text = () => {
    const size = bytes.readUInt16BE(at);
    const found = bytes.subarray(at + 2, at + 2 + size).toString('utf8');
    at += 2 + size;
    return found;
  };
  const pairs = bytes.readUInt16BE(at);
  at += 2;
  for (let pair = 0; pair < pairs; pair++) {
    const key = text();
    context.set(key, text());
  }
  return context;
}
