/** A tenant's own changes in all of the log that it can be restored from, each payload as text. */
import { lsn } from '../../lib/domain/lsn.ts';
import type { TenantRef } from '../../lib/domain/tenant.ts';
import { type LoggedRunsDeps, readRunsBetween, segmentOf } from '../../lib/operations/log/logged-runs.ts';
import { readPayload } from '../../lib/operations/log/payload-reader.ts';

export async function payloadOf(deps: LoggedRunsDeps, tenant: TenantRef): Promise<string[]> {
  const { runs } = await readRunsBetween(deps, tenant, lsn(0n), lsn(1n << 40n));
  const payloads: string[] = [];
  for (const run of runs) {
    const segment = segmentOf(tenant, run);
    if (segment === undefined) continue;
    const blocks: Uint8Array[] = [];
    for await (const block of readPayload(deps, tenant, segment)) blocks.push(Buffer.from(block));
    payloads.push(Buffer.concat(blocks).toString('hex'));
  }
  return payloads;
}
