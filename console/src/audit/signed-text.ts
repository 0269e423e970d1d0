/**
 * Signed documents of the audit trail, verified with WebCrypto alone: ECDSA over P-256 and SHA-256. Invariants: a signature in
 * another encoding than the one that Holdfast writes is no signature; a key is known by the digest of its public part, which
 * a person can compare.
 */

/** The exact text that was signed, and its signature. */
export interface SignedText {
  readonly document: string;
  readonly signature: { readonly keyId: string; readonly algorithm: string; readonly value: string };
}

export interface VerifyingKey {
  /** As signatures name it. */
  readonly keyId: string;
  readonly key: Awaited<ReturnType<typeof crypto.subtle.importKey>>;
  /** SHA-256 of the public key (SubjectPublicKeyInfo), hex: for comparing with a copy kept elsewhere. */
  readonly fingerprint: string;
}

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const OVER_SHA_256 = { name: 'ECDSA', hash: 'SHA-256' } as const;

/** Throws where the PEM is no public key of P-256. */
export async function verifyingKey(keyId: string, pem: string): Promise<VerifyingKey> {
  const lines = pem.split('\n').map(line => line.trim());
  const der = bytesOf(lines.filter(line => line !== '' && !line.startsWith('-----')).join(''));
  if (der === undefined) throw new TypeError('The public key cannot be read.');
  const key = await crypto.subtle.importKey('spki', der, CURVE, true, ['verify']);
  return { keyId, key, fingerprint: await sha256(der) };
}

/** Whether the document was signed with the key for this place, and for no other. */
export async function isSignedFor(place: string, signed: SignedText, { keyId, key }: VerifyingKey): Promise<boolean> {
  const { signature, document } = signed;
  const der = bytesOf(signature.value);
  const raw = der && rawSignature(der);
  if (raw === undefined || signature.keyId !== keyId || signature.algorithm !== 'ECDSA_SHA_256') return false;
  return crypto.subtle.verify(OVER_SHA_256, key, raw, new TextEncoder().encode(`${place}\n${document}`));
}

/** Lower-case hex. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Of base64 in its one canonical form; undefined for anything else: two texts never mean the same bytes. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(base64);
    if (btoa(binary) !== base64) return undefined;
    return Uint8Array.from(binary, character => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Half of a signature of P-256, in bytes. */
const HALF = 32;

/**
 * What WebCrypto verifies, from the DER that is stored (RFC 3279, section 2.2.3: two integers in a sequence). Undefined unless
 * it is the one DER encoding of two positive integers.
 */
function rawSignature(der: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  if (der.length < 8 || der[0] !== 0x30 || der[1] !== der.length - 2) return undefined;
  const first = integerAt(der, 2);
  const second = first && integerAt(der, first.end);
  if (first === undefined || second?.end !== der.length) return undefined;
  const raw = new Uint8Array(2 * HALF);
  raw.set(first.value, HALF - first.value.length);
  raw.set(second.value, 2 * HALF - second.value.length);
  return raw;
}

function integerAt(der: Uint8Array, at: number): { value: Uint8Array; end: number } | undefined {
  const length = der[at + 1] ?? 0;
  const end = at + 2 + length;
  const value = der.subarray(at + 2, end);
  if (der[at] !== 0x02 || length === 0 || end > der.length || value[0]! >= 0x80) return undefined;
  const isPadded = value[0] === 0 && length > 1;
  if (isPadded && value[1]! < 0x80) return undefined;
  const digits = isPadded ? value.subarray(1) : value;
  return digits.length > HALF ? undefined : { value: digits, end };
}
