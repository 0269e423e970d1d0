/**
 * Named markers: exact recovery targets. A marker is a logical message in the database's own WAL, so that it has one
 * position between the transactions, whatever the clocks. It can be used once the log is shipped past it.
 */
import { InputError } from '../../domain/errors.ts';
import { markerTarget } from '../../domain/recovery-target.ts';
import { SYSTEM, type TenantId } from '../../domain/tenant.ts';
import { withConnection } from '../../postgres/connection.ts';
import { emitMessage } from '../../postgres/log/replication-slot.ts';
import { markers, tenants } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';

/**
 * Sets the marker now; returns how it is written as a target. Throws InputError `unknown-tenant`, `bad-marker`,
 * `marker-exists`.
 */
export async function mark(ctx: Context, tenant: TenantId, name: string): Promise<string> {
  const ref = refOf(ctx, tenant);
  if (name.length === 0 || name.length > 200 || name.includes('\0') || ref === SYSTEM) {
    throw new InputError('bad-marker', 'A marker needs a name of 1 to 200 characters.', {
      hint: 'Give a short name, for example before-import.',
    });
  }
  const target = markerTarget(name, { now: ctx.clock.now(), timeZone: 'UTC' });
  if (target === undefined) {
    throw new InputError('bad-marker', `${JSON.stringify(name)} reads as a recovery target of another kind.`, {
      hint: 'Choose a name that is no time, position or transaction, for example before-import.',
    });
  }
  if ((await tenants.get(ctx.catalog, ref)) === undefined) {
    throw new InputError('unknown-tenant', 'This tenant has no backups yet.', {
      hint: 'Check the tenant id, or take a snapshot or ship the log first.',
    });
  }
  if ((await markers.get(ctx.catalog, ref, name)) !== undefined) {
    throw new InputError('marker-exists', `This tenant already has a marker ${JSON.stringify(name)}.`, {
      hint: 'Choose another name: a marker is never moved.',
    });
  }
  await withConnection(ctx.source, 'mark', connection => emitMessage(connection, { kind: 'mark', tenant: ref, name }));
  return target;
}
