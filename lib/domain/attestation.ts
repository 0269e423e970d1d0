/**
 * Attestations that others verify with the public key alone: in-toto Statements in DSSE envelopes, as `cosign
 * verify-blob-attestation` and other supply-chain tools read them.
 *
 * Sources: https://github.com/secure-systems-lab/dsse/blob/master/protocol.md (envelope, pre-authentication encoding),
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md (statement).
 */
import * as z from 'zod';

export const STATEMENT_PAYLOAD = 'application/vnd.in-toto+json';

export const InTotoStatement = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  /** Stored objects that it is about: their keys in the vault and digests. */
  subject: z.array(z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })).min(1),
  predicateType: z.string(),
  predicate: z.unknown(),
});
export type InTotoStatement = z.infer<typeof InTotoStatement>;

export const DsseEnvelope = z.object({
  payloadType: z.literal(STATEMENT_PAYLOAD),
  /** Base64 of the statement. */
  payload: z.base64(),
  signatures: z.array(
    z.object({
      keyid: z.string(),
      /** Base64 of a DER signature, ECDSA P-256 over SHA-256 of the pre-authentication encoding. */
      sig: z.base64(),
    }),
  ),
});
export type DsseEnvelope = z.infer<typeof DsseEnvelope>;

/** What is signed: type and payload with their lengths in bytes, so that neither can pass as part of the other. */
export function preAuthentication(payloadType: string, payload: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.byteLength} `;
  return Buffer.concat([Buffer.from(head), payload]);
}
