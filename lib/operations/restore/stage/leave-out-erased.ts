/**
 * Leaves erased subjects out of a staged state: rows whose key, in whatever spelling, was recorded by its digest, and,
 * transitively, rows that refer to them. Only digests are stored, so that the record of an erasure does not reveal what
 * was erased. An erasure that cannot be applied refuses the restore: restoring erased rows would be worse.
 */
import { erasureDigest } from '../../../codec/digest.ts';
import { IntegrityError } from '../../../domain/errors.ts';
import { ErasureBody } from '../../../domain/manifest.ts';
import type { RestorePlan } from '../../../domain/restore-plan.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import type { Deps } from '../../../ports.ts';
import type { Connection } from '../../../postgres/connection.ts';
import { leaveOut, leaveOutDependents } from '../../../postgres/staging/settle-stage.ts';
import type { StageTable } from '../../../postgres/staging/stage-table.ts';
import { readManifest } from '../../storage/manifest-store.ts';
import { digestKey } from '../../storage/tenant-key.ts';

export interface LeftOut {
  /** Table → rows of erased subjects. */
  readonly recorded: ReadonlyMap<string, number>;
  /** Table → rows that refer to such a row. */
  readonly dependent: ReadonlyMap<string, number>;
  readonly notes: readonly string[];
}

export async function leaveOutErased(
  deps: Pick<Deps, 'vault' | 'keyring' | 'signer' | 'memory'>,
  tenant: TenantRef,
  erasures: RestorePlan['erasures'],
  connection: Connection,
  stages: ReadonlyMap<string, StageTable>,
): Promise<LeftOut> {
  const recorded = new Map<string, number>();
  if (erasures.length === 0) return { recorded, dependent: new Map(), notes: [] };
  const secret = await digestKey(deps, tenant);
  const bodies: ErasureBody[] = [];
  for (const { key, sha256 } of erasures) {
    bodies.push((await readManifest(deps, key, ErasureBody, { tenant, kind: 'erasure', sha256 })).body);
  }
  for (const same of Map.groupBy(bodies, body => JSON.stringify([body.table, body.key])).values()) {
    const { table, key } = same[0]!;
    const stage = stages.get(table);
    if (!stage) continue;
    if (!key.every(name => stage.column(name))) throw cannotApply(table);
    const digests = new Set(same.flatMap(body => body.digests));
    const isErased = (values: readonly string[]) => digests.has(erasureDigest(secret, table, values));
    // Digests may be of the spelling as it was typed: earlier versions did not normalize equal keys.
    const moved = await leaveOut(connection, stage, key, (own, shared) => isErased(own) || isErased(shared));
    if (moved > 0) recorded.set(table, (recorded.get(table) ?? 0) + moved);
  }
  const dependent = await leaveOutDependents(connection, stages);
  const tables = [...new Set([...recorded.keys(), ...dependent.keys()])];
  const notes = tables.map(
    table =>
      `${table}: ${recorded.get(table) ?? 0} erased row(s) and ${dependent.get(table) ?? 0} that refer to erased rows are left out.`,
  );
  return { recorded, dependent, notes };
}

function cannotApply(table: string): IntegrityError {
  return new IntegrityError(
    'erasure-not-applicable',
    `An erasure recorded for ${table} names key columns that the table did not have then.`,
    {
      hint: 'Choose a target at which the table has these columns, or record the erasure again with the old key.',
      details: { table },
    },
  );
}
