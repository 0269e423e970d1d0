/**
 * Writes one message of the AWS Encryption SDK (format 2.0, framed) from materials that the SDK made. The SDK's own
 * `encrypt` builds a pipeline of five streams per message, which costs more than everything else about a block; header,
 * key derivation, commitment and authenticated data are still made by the SDK's own functions. Invariant: the message is
 * one that the SDK's `decrypt` opens, and the data key is zeroed after use, as `encrypt` does.
 *
 * Source: https://docs.aws.amazon.com/encryption-sdk/latest/developer-guide/message-format.html
 */
import { type CipherGCM, randomBytes } from 'node:crypto';
import { getEncryptHelper, type NodeEncryptionMaterial } from '@aws-crypto/material-management-node';
import { aadFactory, ContentType, serializeFactory } from '@aws-crypto/serialize';

const MESSAGE_ID_BYTES = 32;

const toUtf8 = (text: string) => Buffer.from(text, 'utf8');
const format = serializeFactory(toUtf8, { utf8Sorting: true });
const { messageAAD, messageAADContentString } = aadFactory(toUtf8);

type MakeCipher = (iv: Uint8Array) => CipherGCM;

/** The message. `material`: of a committing suite without signature; its data key is zeroed here. */
export function writeMessage(material: NodeEncryptionMaterial, plaintext: Uint8Array, frameBytes: number): Uint8Array {
  const { begin, frame, dispose } = messageWriter(material, frameBytes);
  try {
    const last = Math.floor(plaintext.byteLength / frameBytes);
    const pieces = [...begin];
    for (let index = 0; index <= last; index++)
      pieces.push(...frame(index, plaintext.subarray(index * frameBytes, (index + 1) * frameBytes), index === last));
    return Buffer.concat(pieces);
  } finally {
    dispose();
  }
}

/** The same of a plaintext of any length, frame by frame. Memory: two frames. */
export async function* streamMessage(
  material: NodeEncryptionMaterial,
  plaintext: AsyncIterable<Uint8Array>,
  frameBytes: number,
): AsyncGenerator<Uint8Array> {
  const { begin, frame, dispose } = messageWriter(material, frameBytes);
  try {
    yield Buffer.concat(begin);
    let rest = Buffer.alloc(0);
    let index = 0;
    for await (const piece of plaintext) {
      const bytes = Buffer.concat([rest, piece]);
      let at = 0;
      for (; bytes.byteLength - at >= frameBytes; at += frameBytes)
        yield Buffer.concat(frame(index++, bytes.subarray(at, at + frameBytes), false));
      rest = bytes.subarray(at);
    }
    yield Buffer.concat(frame(index, rest, true));
  } finally {
    dispose();
  }
}

interface MessageWriter {
  /** Header and its authentication. */
  readonly begin: readonly Uint8Array[];
  /** Full frames, then the final one, which is shorter and may be empty. */
  frame(index: number, content: Uint8Array, isFinal: boolean): Uint8Array[];
  dispose(): void;
}

function messageWriter(material: NodeEncryptionMaterial, frameBytes: number): MessageWriter {
  const helper = getEncryptHelper(material);
  try {
    const messageId = randomBytes(MESSAGE_ID_BYTES);
    const { getCipher, keyCommitment } = helper.getCipherInfo(messageId);
    if (keyCommitment === undefined || helper.getSigner) throw new Error('The suite must commit and not sign.');
    const cipher = getCipher as MakeCipher;
    return {
      begin: writeHeader(material, { messageId, keyCommitment, frameBytes }, cipher),
      frame: (index, content, isFinal) => writeFrame(material, { messageId, index, content, isFinal }, cipher),
      dispose: () => helper.dispose(),
    };
  } catch (error) {
    helper.dispose();
    throw error;
  }
}

function writeHeader(
  { suite, encryptedDataKeys, encryptionContext }: NodeEncryptionMaterial,
  message: { messageId: Uint8Array; keyCommitment: Uint8Array; frameBytes: number },
  makeCipher: MakeCipher,
): Uint8Array[] {
  const header = format.serializeMessageHeader(
    format.buildMessageHeader({
      suite,
      encryptedDataKeys,
      encryptionContext,
      messageId: message.messageId,
      frameLength: message.frameBytes,
      suiteData: message.keyCommitment,
    }),
  );
  const cipher = makeCipher(format.headerAuthIv(suite.ivLength));
  cipher.setAAD(header);
  cipher.final();
  return [header, cipher.getAuthTag()];
}

function writeFrame(
  { suite: { ivLength } }: NodeEncryptionMaterial,
  {
    messageId,
    index,
    content,
    isFinal,
  }: { messageId: Uint8Array; index: number; content: Uint8Array; isFinal: boolean },
  makeCipher: MakeCipher,
): Uint8Array[] {
  const number = index + 1;
  const iv = format.frameIv(ivLength, number);
  const cipher = makeCipher(iv);
  const text = messageAADContentString({ contentType: ContentType.FRAMED_DATA, isFinalFrame: isFinal });
  cipher.setAAD(messageAAD(messageId, text, number, content.byteLength));
  const header = isFinal ? format.finalFrameHeader(number, iv, content.byteLength) : format.frameHeader(number, iv);
  return [header, cipher.update(content), cipher.final(), cipher.getAuthTag()];
}
