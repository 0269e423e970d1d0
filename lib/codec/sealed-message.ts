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

/** The message, in pieces. `material`: of a committing suite without signature; its data key is zeroed here. */
export function writeMessage(material: NodeEncryptionMaterial, plaintext: Uint8Array, frameBytes: number): Uint8Array {
  const helper = getEncryptHelper(material);
  try {
    const messageId = randomBytes(MESSAGE_ID_BYTES);
    const { getCipher, keyCommitment } = helper.getCipherInfo(messageId);
    if (keyCommitment === undefined || helper.getSigner) throw new Error('The suite must commit and not sign.');
    const cipher = getCipher as MakeCipher;
    const header = writeHeader(material, { messageId, keyCommitment, frameBytes }, cipher);
    return Buffer.concat([...header, ...writeFrames(material, { messageId, plaintext, frameBytes }, cipher)]);
  } finally {
    helper.dispose();
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

/** Full frames, then the final one, which is shorter and may be empty. */
function writeFrames(
  { suite: { ivLength } }: NodeEncryptionMaterial,
  { messageId, plaintext, frameBytes }: { messageId: Uint8Array; plaintext: Uint8Array; frameBytes: number },
  makeCipher: MakeCipher,
): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const last = Math.floor(plaintext.byteLength / frameBytes);
  for (let index = 0; index <= last; index++) {
    const content = plaintext.subarray(index * frameBytes, (index + 1) * frameBytes);
    const isFinalFrame = index === last;
    const number = index + 1;
    const iv = format.frameIv(ivLength, number);
    const cipher = makeCipher(iv);
    const text = messageAADContentString({ contentType: ContentType.FRAMED_DATA, isFinalFrame });
    cipher.setAAD(messageAAD(messageId, text, number, content.byteLength));
    const header = isFinalFrame
      ? format.finalFrameHeader(number, iv, content.byteLength)
      : format.frameHeader(number, iv);
    pieces.push(header, cipher.update(content), cipher.final(), cipher.getAuthTag());
  }
  return pieces;
}
