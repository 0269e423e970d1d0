/**
 * Verifies an evidence bundle with nothing but its folder and the public key; needs Node.js 20 and no package.
 *
 *     node verify-evidence.mjs FOLDER public-key.pem
 *
 * Exit code 0: the manifest is signed with that key, and every file is the one that was signed.
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, keyFile] = process.argv.slice(2);
const read = name => readFileSync(join(folder, name));
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex');

const { document, signature } = JSON.parse(read('manifest.json'));
const manifest = JSON.parse(document);
const key = { key: createPublicKey(readFileSync(keyFile)), dsaEncoding: 'der' };
const signed = Buffer.from(`${manifest.key}\n${document}`);
const problems = [];
if (manifest.format !== 'holdfast.evidence-manifest/1') problems.push('manifest.json has an unknown format');
if (!verify('sha256', signed, key, Buffer.from(signature.value, 'base64')))
  problems.push('manifest.json is not signed with this key');
const present = readdirSync(folder);
for (const file of manifest.files) {
  if (!present.includes(file.name)) problems.push(`${file.name} is missing`);
  else if (sha256(read(file.name)) !== file.sha256) problems.push(`${file.name} is not the file that was signed`);
}
const known = [...manifest.files.map(file => file.name), 'manifest.json', 'sign-off.json'];
for (const name of present) if (!known.includes(name)) problems.push(`${name} is not part of the bundle`);
if (present.includes('sign-off.json') && JSON.parse(read('sign-off.json')).manifest !== sha256(read('manifest.json')))
  problems.push('sign-off.json is about another bundle');

for (const problem of problems) console.error(problem);
if (problems.length === 0) console.log(`${manifest.framework} ${manifest.from} ${manifest.to}: verified`);
process.exit(problems.length === 0 ? 0 : 1);
