/**
 * A restore of many tenants on AWS: the input of an execution of restore-tenants, and what the catalog keeps of the group
 * and of each of its tenants. A group is previewed by one execution and restored by another, and either can be repeated:
 * each goes on with the tenants that are not done.
 *
 * Invariants: a tenant is restored from a preview that was kept before, and from nothing else; the requester of a run is
 * written by its first step, from what the entry stamped, and no input can change it.
 */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { destinationKind } from './destination.ts';
import { InputError } from './errors.ts';
import { GroupOutcome, type RestoreGroup, requestOfGroup } from './restore-group.ts';
import { type TenantId, TenantRef, tenantId, tenantRef } from './tenant.ts';

/** More would not fit into one item of the catalog, whatever their ids look like. */
const MOST_TENANTS = 1000;
const MOST_BYTES = 200_000;
/** Sessions in the database, twice. */
const MOST_AT_ONCE = 40;

const GroupName = z.string().regex(/^[\w-]{1,80}$/, 'expected 1 to 80 letters, digits, "-" or "_"');

export const GroupInput = z.strictObject({
  /** Chosen by whoever asks: the same name goes on with the same group. */
  group: GroupName,
  /** Stops once every tenant is previewed. Without it, the kept previews are applied. */
  previewOnly: z.boolean().default(false),
  /** Of a new group: ids as the application spells them, or a condition over the tenants' own table, or both. */
  tenants: z.array(z.string().min(1)).min(1).max(MOST_TENANTS).exactOptional(),
  where: z.string().min(1).max(4000).exactOptional(),
  /** Of a new group: a restore request without its tenant. */
  request: z.record(z.string(), z.unknown()).exactOptional(),
  /** Of a new group: tenants at the same time. */
  atOnce: z.number().int().min(1).max(MOST_AT_ONCE).default(2),
  requestedBy: z.string().default('unknown'),
});
export type GroupInput = z.infer<typeof GroupInput>;

const GroupRun = z.object({
  /** ARN. */
  execution: z.string(),
  requestedBy: z.string(),
  previewOnly: z.boolean(),
});

export const KeptGroup = z.object({
  format: z.literal('holdfast.kept-group/1'),
  ...{ id: GroupName, createdAt: z.string(), installation: z.string() },
  request: z.record(z.string(), z.unknown()),
  tenants: z.array(z.string().min(1)).min(1),
  atOnce: z.number().int().min(1),
  /** The latest one. */
  run: GroupRun,
});
export type KeptGroup = z.infer<typeof KeptGroup>;

/** A tenant of a group. */
export const GroupMember = z.object({
  format: z.literal('holdfast.group-member/1'),
  tenant: TenantRef,
  /** ARN of the execution of restore-tenants that wrote this. */
  run: z.string(),
  /** Name of the execution of restore-tenant that was started last. */
  execution: z.string().exactOptional(),
  /** The kept preview. */
  preview: z.object({ planKey: z.string(), approvals: z.number().int(), keptUntil: z.string() }).exactOptional(),
  /** Absent while its preview is being made. */
  outcome: GroupOutcome.exactOptional(),
});
export type GroupMember = z.infer<typeof GroupMember>;

/** InputError `bad-group`: names the fields, never their values. */
export function parseGroupInput(input: unknown): GroupInput {
  const parsed = GroupInput.safeParse(input);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(
    issue => `${issue.path[0] === undefined ? 'input' : String(issue.path[0])}: ${issue.message}`,
  );
  throw new InputError('bad-group', `The request for many tenants is not valid: ${[...new Set(fields)].join('; ')}.`, {
    hint: 'docs/state-machines.md shows an input of restore-tenants.',
  });
}

/** A group as it begins. InputError `bad-group`, `bad-request`. */
export function newGroup(
  { group, request, atOnce }: GroupInput,
  { tenants, ...facts }: Pick<KeptGroup, 'createdAt' | 'installation' | 'tenants' | 'run'>,
): KeptGroup {
  if (request === undefined) throw bad('A new group needs a request.', 'Give a request without its tenant.');
  const kept: KeptGroup = {
    ...{ format: 'holdfast.kept-group/1', id: group, request, tenants: [...tenants], atOnce },
    ...facts,
  };
  if (tenants.length === 0) throw bad('No tenant matches.', 'Change the condition, or the list.');
  if (tenants.length > MOST_TENANTS || JSON.stringify(kept).length > MOST_BYTES)
    throw bad(
      `A group has at most ${MOST_TENANTS} tenants, and its list at most ${MOST_BYTES} bytes.`,
      'Ask for two groups.',
    );
  // A request that is not valid is refused before anything is staged.
  const { batches, ...first } = requestOfGroup(kept, tenants[0]!);
  if (destinationKind(first) !== 'in-place' || batches !== undefined)
    throw bad(
      'Many tenants are restored in place, each in one transaction.',
      'Restore other destinations tenant by tenant.',
    );
  return kept;
}

/** Name of a tenant's execution in a run: the same however often its step is tried. Step Functions takes 80 characters. */
export function memberExecution(run: string, tenant: TenantRef): string {
  const name = run.slice(run.lastIndexOf(':') + 1);
  const short = name.length <= 53 ? name : createHash('sha256').update(name).digest('hex').slice(0, 40);
  return `${short}-${tenant}`;
}

/** The tenant of a reference. InputError `bad-group` if it is none of the group's. */
export function memberOf({ installation, tenants }: KeptGroup, ref: TenantRef): TenantId {
  const found = tenants.find(tenant => tenantRef(installation, tenantId(tenant)) === ref);
  if (found !== undefined) return tenantId(found);
  throw bad('The tenant is not in the group.', 'Ask for a group of its own.');
}

/** The group as the command line shows it. */
export function shownGroup(
  { id, createdAt, installation, request, tenants }: KeptGroup,
  outcomeOf: (tenant: string) => GroupOutcome | undefined,
): RestoreGroup {
  const known = tenants.map(tenant => [tenant, outcomeOf(tenant)] as const);
  const outcomes = Object.fromEntries(known.flatMap(([tenant, outcome]) => (outcome ? [[tenant, outcome]] : [])));
  return { format: 'holdfast.restore-group/1', id, createdAt, installation, request, tenants, outcomes };
}

function bad(message: string, hint: string): InputError {
  return new InputError('bad-group', message, { hint });
}
