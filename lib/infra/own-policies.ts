/**
 * The deployment's own Cedar policies: read and checked when the stacks are synthesized, so that no function is deployed with
 * a policy that it would refuse. They go with the code of the functions.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { InputError } from '../domain/errors.ts';
import { type Cedar, type PolicyFile, policySet } from '../policy/policy-set.ts';

/** Names of the files are relative to the directory. InputError `no-policy-file`, `bad-policy`. */
export function ownPolicies(names: readonly string[], directory: string): PolicyFile[] {
  if (names.length === 0) return [];
  const files = names.map(name => ({ name, text: textOf(name, resolve(directory, name)) }));
  // Synthesis does not wait: the engine is loaded as CommonJS.
  policySet(createRequire(import.meta.url)('@cedar-policy/cedar-wasm/nodejs') as Cedar, files);
  return files;
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new InputError('no-policy-file', `The policy file ${name} cannot be read (${code}).`, {
      hint: 'Correct `policies` in the deployment.',
      cause,
    });
  }
}
