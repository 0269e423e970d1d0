/**
 * The Cedar policies in force: those of Holdfast (policies/) and the installation's own, checked against the schema. A layer of
 * its own, since they are checked where an installation is deployed and used where it decides.
 *
 * Invariant: what does not parse, does not fit the schema, or has no id of its own is refused as a whole, naming its place.
 */
import { InputError } from '../domain/errors.ts';
import { BASE_POLICIES, POLICY_SCHEMA } from './policy-text.ts';

/** A policy file: its name for messages, and its text. */
export interface PolicyFile {
  readonly name: string;
  readonly text: string;
}

export type Cedar = typeof import('@cedar-policy/cedar-wasm/nodejs');

/** What an error of the engine is used for. Offsets are in bytes. */
interface PolicyFault {
  readonly message: string;
  readonly help?: string | null | undefined;
  readonly sourceLocations?: readonly { readonly start: number }[] | undefined;
}

/** Loaded on demand: four megabytes that most runs of a function never need. */
export async function loadCedar(): Promise<Cedar> {
  const loaded: Cedar & { readonly default?: Cedar } = await import('@cedar-policy/cedar-wasm/nodejs');
  // A bundle has a CommonJS module as its default export alone.
  return loaded.default ?? loaded;
}

/** InputError `bad-policy`: file, line, and what is wrong. */
export async function validatePolicies(own: readonly PolicyFile[]): Promise<void> {
  policySet(await loadCedar(), own);
}

/** By id, in no order that matters. InputError `bad-policy`. */
export function policySet(cedar: Cedar, own: readonly PolicyFile[]): Record<string, string> {
  const found: Record<string, string> = { ...BASE_POLICIES };
  for (const file of own) {
    const parts = cedar.policySetTextToParts(file.text);
    if (parts.type === 'failure') throw badPolicy(file, parts.errors[0], 0);
    if (parts.policy_templates.length > 0) throw badPolicy(file, { message: 'templates are not supported' }, 0);
    // The next of two that are the same is looked for after the first.
    let from = 0;
    for (const policy of parts.policies) {
      const place = file.text.indexOf(policy, from);
      from = place + policy.length;
      const id = idOf(cedar, policy);
      if (id === undefined) throw badPolicy(file, { message: 'every policy needs an @id("…") annotation' }, place);
      if (Object.hasOwn(found, id)) throw badPolicy(file, { message: `the id ${JSON.stringify(id)} is in use` }, place);
      requireValid(cedar, { file, place, id, policy });
      found[id] = policy;
    }
  }
  return found;
}

function idOf(cedar: Cedar, policy: string): string | undefined {
  const parsed = cedar.policyToJson(policy);
  return parsed.type === 'success' ? parsed.json.annotations?.id : undefined;
}

interface PlacedPolicy {
  readonly file: PolicyFile;
  /** Where it begins in the file, in characters. */
  readonly place: number;
  readonly id: string;
  readonly policy: string;
}

/** Each alone: validation concerns no other. Those of Holdfast are checked by its tests. */
function requireValid(cedar: Cedar, { file, place, id, policy }: PlacedPolicy): void {
  const checked = cedar.validate({ schema: POLICY_SCHEMA, policies: { staticPolicies: { [id]: policy } } });
  const fault = checked.type === 'failure' ? checked.errors[0] : checked.validationErrors[0]?.error;
  if (checked.type === 'failure' || fault) throw badPolicy(file, fault, place);
}

/** `from`: where the text begins that the engine was given, in characters of the file. */
function badPolicy({ name, text }: PolicyFile, fault: PolicyFault | undefined, from: number): InputError {
  const { message = 'it cannot be read', help, sourceLocations } = fault ?? {};
  const before = Buffer.byteLength(text.slice(0, Math.max(0, from))) + (sourceLocations?.[0]?.start ?? 0);
  const line = Buffer.from(text).subarray(0, before).toString('utf8').split('\n').length;
  const why = help ? `${message} (${help})` : message;
  return new InputError('bad-policy', `The policies in ${name}, line ${line}, cannot be used: ${why}.`, {
    hint: 'Correct the file. `policies/schema.cedarschema` has the entities and actions; docs/roles.md shows an example.',
    details: { file: name, line },
  });
}
