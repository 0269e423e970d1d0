#!/usr/bin/env node
// Verifies a certificate of destruction without Holdfast: Node.js, the certificate and the public key are all it needs.
//
//   node verify-destruction.mjs CERTIFICATE.json PUBLIC-KEY.pem
//
// Exit code 0: the certificate is what the holder of the key signed. 1: it is not. Nothing is sent anywhere.
import { verify } from 'node:crypto';
import { readFileSync } from 'node:fs';

const [file, pem] = process.argv.slice(2);
if (file === undefined || pem === undefined) {
  console.error('Usage: node verify-destruction.mjs CERTIFICATE.json PUBLIC-KEY.pem');
  process.exit(2);
}

const { document, signature } = JSON.parse(readFileSync(file, 'utf8'));
const certificate = JSON.parse(document);
const { format, tenant, number } = certificate;

// A document is signed together with its place in the vault: copied to another place, it is not valid there.
const place = `governance/destructions/${tenant}/${String(number).padStart(4, '0')}/certificate`;
const isSigned = verify(
  'sha256',
  Buffer.from(`${place}\n${document}`),
  { key: readFileSync(pem, 'utf8'), dsaEncoding: 'der' },
  Buffer.from(signature.value, 'base64'),
);
if (format !== 'holdfast.destruction-certificate/1' || !isSigned) {
  console.error('The certificate is NOT valid: it was not signed with this key, or was altered since.');
  process.exit(1);
}

const { method, keys, deletionDate, certifiedAt, responsible, proof, copies, outside } = certificate;
console.log(`The certificate of the destruction of tenant ${tenant} is valid.`);
console.log(`Method:    ${method}`);
console.log(`Keys:      ${keys.map(key => key.id).join(', ') || 'none'}, gone on ${deletionDate}`);
console.log(`Asked by:  ${responsible.requestedBy}, approved by ${responsible.approvedBy.join(', ') || 'nobody'}`);
console.log(`Certified: ${certifiedAt}, ${proof.length} objects tried`);
for (const { region, kind, objects, lockedUntil } of copies) {
  console.log(`Remains:   ${objects} ${kind} in ${region}, unreadable, locked until ${lockedUntil}`);
}
for (const { what, ends } of outside) console.log(`Elsewhere: ${what} (ends: ${ends})`);
