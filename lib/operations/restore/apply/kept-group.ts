/** Groups of tenants that are restored by one request, in the catalog: one item for the group, one for each tenant. */
import { ConflictError } from '../../../domain/errors.ts';
import { GroupMember, KeptGroup } from '../../../domain/group-run.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import { collect, one, parsed } from '../../catalog/typed-items.ts';

/** As the map over the tenants of a group passes it to each of its steps. */
export interface MemberStep {
  readonly group: string;
  /** ARN of the execution of restore-tenants. */
  readonly run: string;
  readonly previewOnly: boolean;
  readonly tenant: TenantRef;
}

type GroupDeps = Pick<Deps, 'catalog'>;

const partitionOf = (group: string) => `group#${group}`;
const GROUP = 'group';
const MEMBERS = 'tenant#';

/** With the revision that a write must name. */
export async function keptGroup({ catalog }: GroupDeps, id: string) {
  const item = await catalog.get(partitionOf(id), GROUP);
  return item && { group: parsed(KeptGroup, item), revision: item.revision };
}

/** StorageError `lost-race` where it was written since. */
export function keepGroup({ catalog }: GroupDeps, group: KeptGroup, revision: number | undefined): Promise<void> {
  const put = { partition: partitionOf(group.id), sort: GROUP, value: group };
  return catalog.write([{ put, onlyIf: revision === undefined ? 'absent' : { revision } }]);
}

export async function groupMembers({ catalog }: GroupDeps, id: string): Promise<ReadonlyMap<TenantRef, GroupMember>> {
  const found = await collect(catalog, partitionOf(id), GroupMember, { from: MEMBERS, to: `${MEMBERS}~` });
  return new Map(found.map(member => [member.tenant, member]));
}

export function groupMember({ catalog }: GroupDeps, id: string, tenant: TenantRef): Promise<GroupMember | undefined> {
  return one(catalog, partitionOf(id), `${MEMBERS}${tenant}`, GroupMember);
}

export function keepMember({ catalog }: GroupDeps, id: string, member: GroupMember): Promise<void> {
  return catalog.write([{ put: { partition: partitionOf(id), sort: `${MEMBERS}${member.tenant}`, value: member } }]);
}

/** The group, if this is its latest run. ConflictError `group-running`. */
export async function groupOfRun(
  ctx: GroupDeps,
  { group: id, run }: Pick<MemberStep, 'group' | 'run'>,
): Promise<KeptGroup> {
  const kept = await keptGroup(ctx, id);
  if (kept?.group.run.execution === run) return kept.group;
  throw goesOn(kept?.group.run.execution ?? 'none');
}

export function goesOn(execution: string): ConflictError {
  return new ConflictError('group-running', 'Another execution goes on with this group, or with this tenant of it.', {
    hint: 'Follow that one, or stop it; then start the group again.',
    details: { execution },
  });
}
