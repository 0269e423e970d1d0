/**
 * Which runs of the log a tenant has copies of, by the signed headers in the vault, and the removal of copies that no hold
 * keeps: the shared log has whatever a tenant without a hold needs.
 */
import { parseLsn } from '../../domain/lsn.ts';
import { manifestPrefix } from '../../domain/object-key.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import { heldRuns } from '../catalog/held-log-items.ts';
import { readHeader } from '../storage/manifest-store.ts';
import { type HoldReadDeps, heldTenants } from '../storage/standing-holds.ts';
import { type ExpireDeps, type ExpiryResult, removable, removeBackups } from './remove-backup.ts';

/** Why a run that no window needs stays. */
export const NOT_COPIED = 'a tenant under legal hold has no copy of it yet';

/** Those of the runs of which some tenant under legal hold has no copy. IntegrityError for a copy that does not verify. */
export async function withoutCopy(deps: HoldReadDeps, doomed: readonly RunItem[]): Promise<Set<string>> {
  const lacking = new Set<string>();
  if (doomed.length === 0) return lacking;
  for (const tenant of await heldTenants(deps)) {
    const isCopied = await copiesOf(deps, tenant);
    for (const run of doomed) if (!isCopied(run)) lacking.add(run.id);
  }
  return lacking;
}

async function copiesOf(deps: HoldReadDeps, tenant: TenantRef): Promise<(run: RunItem) => boolean> {
  const spans: { from: bigint; to: bigint }[] = [];
  for await (const key of deps.vault.keys(manifestPrefix(tenant, 'held-log'))) {
    const { header } = await readHeader(deps, key);
    const isCopy = header.tenant === tenant && header.kind === 'held-log';
    if (isCopy) spans.push({ from: parseLsn(header.from), to: parseLsn(header.to) });
  }
  return run => {
    const [from, to] = [parseLsn(run.from), parseLsn(run.to)];
    return spans.some(span => span.from <= from && to <= span.to);
  };
}

/** Of a tenant without a hold. Order as for every backup: catalog, manifest, packs. */
export async function removeCopies(deps: ExpireDeps, tenant: TenantRef, result: ExpiryResult): Promise<void> {
  const copied = await heldRuns.list(deps.catalog, tenant);
  const copies = new Map(copied.flatMap(({ copy }) => (copy ? [[copy.key, { ...copy, id: copy.key }] as const] : [])));
  const items = await removable(deps, [...copies.values()], result);
  const forget = ({ key }: { key: string }) =>
    copied.filter(run => run.copy?.key === key).map(run => heldRuns.remove(tenant, run));
  await removeBackups(deps, { owner: tenant, items, forget, needed: new Set(), atOnce: 1 }, result);
}
