/**
 * Whose a sealed message is, from its header, which is authenticated and not encrypted: no key is needed to read it. Only
 * opening the message proves the header.
 */
import { NodeAlgorithmSuite } from '@aws-crypto/material-management-node';
import { deserializeFactory } from '@aws-crypto/serialize';
import { OWNER_CONTEXT_KEY } from './envelope.ts';

/** More than any header of ours. */
export const HEADER_BYTES = 64 * 1024;

const toUtf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
const { deserializeMessageHeader } = deserializeFactory(toUtf8, NodeAlgorithmSuite);

/** Undefined for what is no sealed message, or for one that more than one key opens. */
export function ownerOfMessage(bytes: Uint8Array): string | undefined {
  try {
    const header = deserializeMessageHeader(bytes.subarray(0, HEADER_BYTES));
    if (header === false || header.messageHeader.encryptedDataKeys.length !== 1) return undefined;
    return header.messageHeader.encryptionContext[OWNER_CONTEXT_KEY];
  } catch {
    return undefined;
  }
}
