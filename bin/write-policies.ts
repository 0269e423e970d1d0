/**
 * Writes lib/policy/policy-text.ts from policies/: the functions and the bundled command line carry the
 * policies in their code. Run it after a change of a policy; a test compares the two.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The names are declared in the module that is written, not here. */
const EXPORT = 'export const';
const FOLDER = join(ROOT, 'policies');

/** The module as text, from the files of policies/: each policy under its @id, without comments. */
export function policyModule(): string {
  const files = readdirSync(FOLDER).filter(name => name.endsWith('.cedar'));
  const policies = files.sort().flatMap(name => policiesOf(read(name)));
  return `/**
 * The policies of policies/ as text, so that they are found from the sources, the bundled command line and the functions
 * alike. Generated: change policies/ and run \`node bin/write-policies.ts\`.
 */

${EXPORT} POLICY_SCHEMA = \`${escaped(read('schema.cedarschema'))}\`;

/** The policies that come with Holdfast, by id. */
${EXPORT} BASE_POLICIES: Readonly<Record<string, string>> = {
${policies.map(([id, text]) => `  ${/^\w+$/.test(id) ? id : `'${id}'`}: \`${escaped(text)}\`,\n`).join('')}};
`;
}

function policiesOf(text: string): (readonly [id: string, text: string])[] {
  const plain = text.replaceAll(/^\/\/.*\n/gm, '');
  return plain.split(/^(?=@id\()/m).flatMap(policy => {
    const id = /^@id\("([^"]+)"\)/.exec(policy)?.[1];
    return id === undefined ? [] : [[id, policy.trim()] as const];
  });
}

function read(name: string): string {
  return readFileSync(join(FOLDER, name), 'utf8');
}

function escaped(text: string): string {
  return text.replaceAll(/[\\`]|\$\{/g, found => `\\${found}`);
}

if (import.meta.main) writeFileSync(join(ROOT, 'lib/policy/policy-text.ts'), policyModule());
