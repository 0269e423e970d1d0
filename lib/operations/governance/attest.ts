/**
 * Signs a statement about stored objects for people who have neither the vault nor Holdfast: what was done, by whom,
 * under which approval. The statement names the signed records by digest, so that it can be held against them.
 */
import { type DsseEnvelope, InTotoStatement, preAuthentication, STATEMENT_PAYLOAD } from '../../domain/attestation.ts';
import type { Deps } from '../../ports.ts';

export interface Attested {
  /** A URI that says what the predicate means. */
  readonly predicateType: string;
  /** SHA-256 of the stored objects that it is about, by vault key. */
  readonly subjects: Readonly<Record<string, string>>;
  /** JSON without row values and tenant names. */
  readonly predicate: unknown;
}

/** Throws what the signer throws. */
export async function attest(
  { signer }: Pick<Deps, 'signer'>,
  { predicateType, subjects, predicate }: Attested,
): Promise<DsseEnvelope> {
  const statement = InTotoStatement.parse({
    _type: 'https://in-toto.io/Statement/v1',
    subject: Object.entries(subjects).map(([name, sha256]) => ({ name, digest: { sha256 } })),
    predicateType,
    predicate,
  });
  const payload = Buffer.from(JSON.stringify(statement));
  const signature = await signer.sign(preAuthentication(STATEMENT_PAYLOAD, payload));
  return {
    payloadType: STATEMENT_PAYLOAD,
    payload: payload.toString('base64'),
    signatures: [{ keyid: signer.keyId, sig: Buffer.from(signature).toString('base64') }],
  };
}
